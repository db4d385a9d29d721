//! Normal form of function names, in which the names of one function in two builds agree.
//!
//! Numbers of functions without a name, generic arguments, hashes, compiler suffixes, package paths and major versions
//! are dropped. The last package or module and the function are kept.

use super::numbered::without_numbers;
use super::rust_hash::{without_crate_hashes, without_hash};

/// Normal form of a demangled name.
pub fn normal(name: &str) -> String {
    let name = without_hash(name);
    let hashless = without_crate_hashes(name);
    let mut text = without_clone_suffixes(hashless.as_deref().unwrap_or(name)).to_owned();
    for anonymous in ["(anonymous namespace)::", "_GLOBAL__N_1::", "{anonymous}::"] {
        text = text.replace(anonymous, "");
    }
    let text = without_hidden_class(&text);
    let text = without_numbers(&text);
    let text = without_generics(&text);
    without_package_path(&text)
}

/// Returns true if a name has the number of a closure, of an anonymous class, or of generated code.
pub fn is_closure(name: &str) -> bool {
    without_numbers(name) != name
}

/// Drops the number and the address of a Java class without a name: `Svc$$Lambda$14.0x08.run`, `Svc$$Lambda/0x08.run`,
/// `LambdaForm$MH/0x08.invoke`.
fn without_hidden_class(name: &str) -> String {
    const MARKS: [&str; 4] = ["$$Lambda", "LambdaForm$MH", "LambdaForm$DMH", "LambdaForm$BMH"];
    let Some(end) = MARKS.iter().find_map(|mark| name.find(mark).map(|at| at + mark.len())) else {
        return name.to_owned();
    };
    let (class, mut rest) = name.split_at(end);
    loop {
        let after = rest.strip_prefix(['$', '/', '.']).unwrap_or_default();
        let number = after.strip_prefix("0x").unwrap_or(after);
        let digits = number.bytes().take_while(u8::is_ascii_hexdigit).count();
        let is_number = after.starts_with(|first: char| first.is_ascii_digit());
        let is_end = !number[digits..].starts_with(|next: char| next.is_alphanumeric());
        if !is_number || !is_end {
            return format!("{class}{rest}");
        }
        rest = &number[digits..];
    }
}

/// Drops suffixes that compilers append to clones of a function: `.constprop.0`, `.isra.0`, `.part.1`, `.cold`, `-fm`.
fn without_clone_suffixes(name: &str) -> &str {
    let mut name = name.strip_suffix("-fm").unwrap_or(name);
    loop {
        let before = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let before = before.strip_suffix('.').unwrap_or(name);
        let cut = [".constprop", ".isra", ".part", ".cold", ".lto_priv"];
        let Some(rest) = cut.iter().find_map(|suffix| before.strip_suffix(suffix).or(name.strip_suffix(suffix))) else {
            return name;
        };
        name = rest;
    }
}

/// Drops arguments of generics: `[…]` of Go and `<…>` of C++, Rust and Java. A qualified type at the beginning stays:
/// `<T as Trait>::f` becomes `T::f`.
fn without_generics(name: &str) -> String {
    if let Some(rest) = name.strip_prefix('<')
        && let Some(end) = closing(rest, '<', '>')
    {
        let inner = &rest[..end];
        let own = inner.split_once(" as ").map_or(inner, |(own, _)| own);
        return format!("{}{}", without_generics(own), without_generics(&rest[end + 1..]));
    }
    let keeps_angles = name.contains("operator");
    let mut kept = String::with_capacity(name.len());
    let mut depth = 0_usize;
    for (at, letter) in name.char_indices() {
        // `<lambda>` and `<module>` are names, not arguments.
        let opens_argument = kept.chars().next_back().is_some_and(|before| before.is_alphanumeric() || before == '_');
        match letter {
            '[' if opens_argument || depth > 0 => depth += 1,
            '<' if !keeps_angles && (opens_argument || depth > 0 || kept.ends_with("::")) => {
                // A turbofish leaves no separator behind.
                if depth == 0 && kept.ends_with("::") {
                    kept.truncate(kept.len() - 2);
                }
                depth += 1;
            }
            ']' if depth > 0 => depth -= 1,
            '>' if depth > 0 && !keeps_angles && !name[..at].ends_with('-') => depth -= 1,
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    // A name with unbalanced brackets is kept unchanged.
    if depth == 0 { kept } else { name.to_owned() }
}

/// Position of the bracket that closes a bracket opened before the text; `None` if there is none.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 1_usize;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close && !text[..at].ends_with('-') {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Drops package paths and major versions: `example.com/x/v2/store.(*T).Put` becomes `store.(*T).Put`,
/// `com.acme.store.Cart.add` `Cart.add`, `crate::a::store::put` `store::put`.
fn without_package_path(name: &str) -> String {
    let arguments = name.find('(').filter(|at| *at > 0 && !name[..*at].ends_with('.')).unwrap_or(name.len());
    let (path, rest) = name.split_at(arguments);
    if path.contains("::") {
        let parts: Vec<&str> = path.split("::").collect();
        let kept = parts.len().saturating_sub(parts_kept(&parts));
        return format!("{}{rest}", parts[kept..].join("::"));
    }
    if let Some((packages, last)) = path.rsplit_once('/') {
        let package = packages.rsplit('/').next().unwrap_or_default();
        let last = match last.split_once('.') {
            // A major version is not a package.
            Some((version, function)) if is_version(version) => format!("{package}.{function}"),
            Some((package, function)) => {
                let (version, after) = function.split_once('.').unwrap_or((function, ""));
                if is_version(version) && !after.is_empty() { format!("{package}.{after}") } else { last.to_owned() }
            }
            None => last.to_owned(),
        };
        return format!("{last}{rest}");
    }
    let parts: Vec<&str> = path.split('.').collect();
    let is_lower = |part: &&str| part.starts_with(|letter: char| letter.is_ascii_lowercase());
    let packages = parts.iter().take_while(|part| is_lower(part)).count();
    let is_java = packages >= 2 && parts.len() >= packages + 2 && parts[packages].starts_with(char::is_uppercase);
    if is_java { format!("{}{rest}", parts[packages..].join(".")) } else { name.to_owned() }
}

/// Number of parts at the end of a path that name the function: with closures, its parent and the module above it.
fn parts_kept(parts: &[&str]) -> usize {
    let closures = parts.iter().rev().take_while(|part| part.starts_with('{')).count();
    2 + closures
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_function_in_two_builds_agree() {
        for (one, other) in [
            ("main.serve.func1", "main.serve.func2"),
            ("main.serve.func1.1", "main.serve.func3.2"),
            ("main.(*Set[go.shape.int]).Add", "main.(*Set[go.shape.string]).Add"),
            ("example.com/x.Map[go.shape.int,go.shape.string]", "example.com/x.Map[...]"),
            ("example.com/x/internal/store.(*T).Put", "example.com/x/pkg/store.(*T).Put"),
            ("example.com/x/v2.Put", "example.com/x/v3.Put"),
            ("example.com/x.Put", "example.com/x/v2.Put"),
            ("gopkg.in/yaml.v2.Unmarshal", "gopkg.in/yaml.v3.Unmarshal"),
            ("app::alloc::h0123456789abcdef", "app::alloc::hfedcba9876543210"),
            ("app::run::{{closure}}::h0123456789abcdef", "app::run::{closure#0}"),
            ("app::run::{closure#0}", "app::run::{closure#3}"),
            ("(anonymous namespace)::mk", "mk"),
            ("a::store::Vec<int>::push(int const&)", "b::store::Vec<long>::push(int const&)"),
            ("<alloc::vec::Vec<T> as Extend<T>>::extend", "<alloc::vec::Vec<u8> as Extend<u8>>::extend"),
            ("com.acme.store.Cart.lambda$add$0", "com.acme.shop.Cart.lambda$add$12"),
            ("com.acme.Outer$1.run", "com.acme.Outer$2.run"),
            ("com.acme.Svc$$Lambda$14.0x0008.run", "com.acme.Svc$$Lambda$19.0x00ff.run"),
            ("com.acme.Svc$$Lambda/0x7f01.run", "com.acme.Svc$$Lambda$3.run"),
            ("run()::$_0::operator()", "run()::$_3::operator()"),
            ("grow.isra.0", "grow.constprop.1"),
            ("main.run-range1", "main.run-range2"),
            ("main.run.func1-range1", "main.run.func2-range3"),
            ("main.run-range1.func2", "main.run-range2.func1"),
            ("example.com/x.init.0", "example.com/x.init.1"),
            ("main.init.0.func1", "main.init.2.func3"),
            ("main.run·dwrap·1", "main.run·dwrap·2"),
            ("App.Foo+<RunAsync>d__5.MoveNext", "App.Foo+<RunAsync>d__6.MoveNext"),
            ("<RunAsync>d__5.MoveNext", "<RunAsync>d__12.MoveNext"),
            ("App.Foo+<>c.<Run>b__3_0", "App.Foo+<>c.<Run>b__4_1"),
            ("App.Foo+<>c__DisplayClass3_0.<Run>b__0", "App.Foo+<>c__DisplayClass5_1.<Run>b__1"),
            ("App.Foo.<Run>g__Add|3_0", "App.Foo.<Run>g__Add|4_0"),
            ("com.acme.Foo$$EnhancerBySpringCGLIB$$a1b2c3d4.get", "com.acme.Foo$$EnhancerBySpringCGLIB$$99aabb00.get"),
            ("com.acme.Foo$$SpringCGLIB$$0.get", "com.acme.Foo$$SpringCGLIB$$1.get"),
            ("com.acme.Foo$ByteBuddy$aB3xY9qZ.get", "com.acme.Foo$ByteBuddy$Qw0Er4Ty.get"),
            (
                "jdk.internal.reflect.GeneratedMethodAccessor12.invoke",
                "jdk.internal.reflect.GeneratedMethodAccessor44.invoke",
            ),
            ("com.sun.proxy.$Proxy12.get", "com.sun.proxy.$Proxy7.get"),
            ("jdk.proxy2.$Proxy12.get", "jdk.proxy3.$Proxy7.get"),
            ("java.lang.invoke.LambdaForm$MH/0x00007f01.invoke", "java.lang.invoke.LambdaForm$MH/0x00007f92.invoke"),
            ("com.acme.Foo$$anonfun$1.apply", "com.acme.Foo$$anonfun$2.apply"),
            ("com.acme.Foo.$anonfun$run$1", "com.acme.Foo.$anonfun$run$12"),
            ("com.acme.FooKt$run$lambda-0.invoke", "com.acme.FooKt$run$lambda-3.invoke"),
            ("Script1$_run_closure2.doCall", "Script1$_run_closure3.doCall"),
            ("user$fn__1234.invoke", "user$fn__1240.invoke"),
            ("closure #1 in run()", "closure #2 in run()"),
            ("run()::{lambda(int)#1}::operator()(int) const", "run()::{lambda(int)#2}::operator()(int) const"),
            ("run()::'lambda'(int)::operator()", "run()::'lambda0'(int)::operator()"),
            ("main.js:10", "main.js:12"),
            ("/app/main.ts:10:5", "/app/main.ts:12:7"),
            ("block in Foo#run", "block (2 levels) in Foo#run"),
            ("-run/1-fun-0-", "-run/1-fun-2-"),
        ] {
            assert_eq!(normal(one), normal(other), "{one} {other}");
        }
    }

    #[test]
    fn names_of_different_functions_differ() {
        for (one, other) in [
            ("main.serve.func1", "main.other.func1"),
            ("main.serve.func1", "main.serve"),
            ("x/store.Put", "x/cache.Put"),
            ("x/store.(*T).Put", "x/store.(*U).Put"),
            ("store.Put", "cache.Put"),
            ("a::store::put", "a::cache::put"),
            ("f(int)", "f(long)"),
            ("operator<", "operator>"),
            ("<lambda>", "<module>"),
            ("work1", "work2"),
            ("main.handleV1", "main.handleV2"),
            ("x.init", "x.init.0"),
            ("main.run-range1", "main.run"),
            ("main.run.func1", "main.run.func1-range1"),
            ("main.run-range1", "main.walk-range1"),
            ("App.Foo+<RunAsync>d__5.MoveNext", "App.Foo+<StopAsync>d__5.MoveNext"),
            ("com.acme.Foo$$SpringCGLIB$$0.get", "com.acme.Foo$$SpringCGLIB$$0.put"),
            ("com.acme.Foo$$SpringCGLIB$$0.get", "com.acme.Foo.get"),
            (
                "jdk.internal.reflect.GeneratedMethodAccessor1.invoke",
                "jdk.internal.reflect.GeneratedConstructorAccessor1.invoke",
            ),
            ("server.Proxy1", "server.Proxy2"),
            ("com.acme.Proxy1.get", "com.acme.Proxy2.get"),
            ("com.acme.Foo$facade.get", "com.acme.Foo$decade.get"),
            ("closure #1 in run()", "closure #1 in stop()"),
            ("main.js:10", "other.js:10"),
            ("localhost:8080", "localhost:8081"),
            ("app.range1", "app.range2"),
            ("sha1", "sha2"),
            ("fib_1", "fib_2"),
        ] {
            assert_ne!(normal(one), normal(other), "{one} {other}");
        }
    }

    #[test]
    fn names_that_are_no_names_stay() {
        for name in ["", "[", "<<<", "a<b", "::", "/", ".", "日本語", "a[", "x]", "func1", "$", "#"] {
            let _ = normal(name);
        }
        assert_eq!(normal("main.main"), "main.main");
        assert!(is_closure("main.serve.func1") && !is_closure("main.serve"));
    }
}
