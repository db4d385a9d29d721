//! Numbers and hashes that compilers and runtimes give to functions and classes without a name of their own.

use std::borrow::Cow;

/// Numbers after a text: closures, lambdas, anonymous classes, generated classes and methods. The digits, and `_` between
/// them, are dropped if no other letter follows. A rule ends with its second text if it is not empty.
const NUMBERED: [(&str, &str); 27] = [
    // C++, Rust: `{lambda()#1}`, `{closure#0}`, `$_0`, `'lambda0'`, `'unnamed1'`.
    ("#", "}"),
    ("'lambda", "'"),
    ("'unnamed", "'"),
    // Go: `run-range1`, `run·dwrap·1`.
    ("-range", ""),
    ("·", ""),
    // Swift: `closure #1 in run()`.
    ("closure #", ""),
    // Java: `$Proxy12`, `jdk.proxy2`, `GeneratedMethodAccessor12`. Kotlin, Groovy: `run$lambda-0`, `_run_closure2`.
    ("$Proxy", ""),
    ("jdk.proxy", "."),
    ("jdk/proxy", "/"),
    ("GeneratedMethodAccessor", ""),
    ("GeneratedConstructorAccessor", ""),
    ("GeneratedSerializationConstructorAccessor", ""),
    ("lambda-", ""),
    ("_closure", ""),
    // Clojure: `core$fn__1234`.
    ("fn__", ""),
    ("reify__", ""),
    // .NET: `<RunAsync>d__5`, `<Run>b__3_0`, `<Run>g__Add|3_0`, `<>c__DisplayClass3_0`, `<>f__AnonymousType0`.
    (">d__", ""),
    (">b__", ""),
    ("|", ""),
    (">c__DisplayClass", ""),
    (">c__", ""),
    (">f__AnonymousType", ""),
    // D, Zig: `__lambda1`, `__dgliteral2`, `__anon_1234`.
    ("__lambda", ""),
    ("__dgliteral", ""),
    ("__anon_", ""),
    // Erlang: `-run/1-fun-0-`. Ruby: `block (2 levels) in run`.
    ("-fun-", "-"),
    ("block (", " levels) in"),
];

/// Texts before a hash, which ends with the word: classes that Spring, Guice, Byte Buddy and Hibernate generate.
const HASHED: [&str; 5] = ["CGLIB$$", "Guice$$", "ByteBuddy$", "HibernateProxy$", "HibernateInstantiator$"];

/// File extensions of scripts, in which a function without a name is named by its place: `main.js:10:5`.
const SCRIPTS: [&str; 6] = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"];

/// Drops the numbers and hashes of functions without a name of their own.
pub fn without_numbers(name: &str) -> String {
    let mut text = without_go_numbers(without_place(name));
    for (open, close) in NUMBERED {
        text = without_run_after(&text, open, close, |letter| letter.is_ascii_digit() || letter == '_');
    }
    for open in HASHED {
        text = without_run_after(&text, open, "", char::is_alphanumeric);
    }
    without_dollar_numbers(&text)
        .replace("block ( levels) in", "block in")
        .replace("{{closure}}", "{closure}")
        .replace("{closure#}", "{closure}")
        .replace("{closure_env#}", "{closure_env}")
}

/// Drops the numbers of Go's closures and initializers: `func1.2`, `gowrap1`, `init.0`.
fn without_go_numbers(name: &str) -> String {
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    for part in name.split('.') {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let before = parts.last().map(Cow::as_ref);
        if is_number && before.is_some_and(|before| is_go_closure(before) || before.is_empty()) {
            continue;
        }
        if is_number && before == Some("init") && parts.len() > 1 {
            // `x.init` is another function than `x.init.0`.
            parts.push(Cow::Borrowed(""));
            continue;
        }
        let (head, range) = part.split_at(part.find("-range").unwrap_or(part.len()));
        let letters = head.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_closure = is_go_closure(letters) && letters.len() < head.len() && !parts.is_empty();
        parts.push(if is_closure { Cow::Owned(format!("{letters}{range}")) } else { Cow::Borrowed(part) });
    }
    parts.join(".")
}

fn is_go_closure(part: &str) -> bool {
    matches!(part, "func" | "gowrap" | "deferwrap")
}

/// Drops the line and column of a place in a script.
fn without_place(name: &str) -> &str {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut rest = name;
    while let Some((before, number)) = rest.rsplit_once(':') {
        if number.is_empty() || !number.chars().all(is_digit) {
            break;
        }
        rest = before;
    }
    if SCRIPTS.iter().any(|ending| rest.ends_with(ending)) { rest } else { name }
}

/// Drops the letters of a kind after every `open`, if they begin with a letter or digit and end a word at `close`.
fn without_run_after(text: &str, open: &str, close: &str, is_dropped: fn(char) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(open) {
        let (head, after) = rest.split_at(at + open.len());
        kept.push_str(head);
        let end = after.find(|letter| !is_dropped(letter)).unwrap_or(after.len());
        let is_run = after.starts_with(char::is_alphanumeric) && after[end..].starts_with(close);
        let is_end = !close.is_empty() || !after[end..].starts_with(char::is_alphanumeric);
        rest = if is_run && is_end { &after[end..] } else { after };
    }
    kept.push_str(rest);
    kept
}

/// Drops the digits after any `$`, or `$_`, that end a word: `lambda$main$0`, `Outer$1`, `$anonfun$1`, `$_0`.
fn without_dollar_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let start = at + if rest[at..].starts_with("$_") { 2 } else { 1 };
        kept.push_str(&rest[..start]);
        let after = &rest[start..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let is_end = !after[digits..].starts_with(char::is_alphanumeric);
        rest = if is_end { &after[digits..] } else { after };
    }
    kept.push_str(rest);
    kept
}
