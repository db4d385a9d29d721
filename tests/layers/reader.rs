//! Reader of a subset of Rust for the layer test: tokens without comments and literals, and resolved paths.

use std::collections::HashMap;

/// Token with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    pub line: usize,
}

/// Resolved path: aliases and imports followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub segments: Vec<String>,
    /// True for a path in this crate; its first segment is a layer.
    pub inside: bool,
    pub line: usize,
    /// True for code that only tests compile.
    pub in_test: bool,
}

/// Contents of a file.
pub struct Reading<'a> {
    pub tokens: Vec<Token<'a>>,
    pub paths: Vec<Path>,
    /// Names of macros called outside of tests.
    pub macros: Vec<Token<'a>>,
    /// Declared modules, inline or as files.
    pub modules: Vec<Token<'a>>,
}

/// Splits a text into tokens. Comments are left out, a literal is one token, `"`.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < text.len() {
        let rest = &text[at..];
        let (length, kept) = next(rest);
        if let Some(text) = kept {
            tokens.push(Token { text, line });
        }
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

/// Length of the first token, and its text if it is kept.
fn next(rest: &str) -> (usize, Option<&str>) {
    let first = rest.chars().next().unwrap();
    if first.is_whitespace() {
        return (first.len_utf8(), None);
    }
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some(length) = text_literal(rest) {
        return (length, Some("\""));
    }
    if first == '\'' {
        return letter_or_lifetime(rest);
    }
    let word = rest.strip_prefix("r#").unwrap_or(rest);
    let length = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    if length > 0 {
        return (rest.len() - word.len() + length, Some(&word[..length]));
    }
    let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
    (length, Some(&rest[..length]))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Length of a string literal at the start: plain, raw, byte or C.
fn text_literal(rest: &str) -> Option<usize> {
    let after = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - after.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = after.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&close).map_or(body.len(), |end| end + close.len());
        return Some(prefix + 1 + hashes + 1 + length);
    }
    let body = after.strip_prefix('"')?;
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            '"' if !escaped => return Some(prefix + 1 + at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some(rest.len())
}

fn letter_or_lifetime(rest: &str) -> (usize, Option<&str>) {
    let body = &rest[1..];
    let mut letters = body.char_indices();
    if body.starts_with('\\') {
        // The closing quote is the first one after the escaped character.
        let end = body[2..].find('\'').map_or(body.len(), |end| end + 3);
        return (1 + end, Some("\""));
    }
    letters.next();
    match letters.next() {
        Some((at, '\'')) => (1 + at + 1, Some("\"")),
        _ => (1, None),
    }
}

/// Reads a file that is the module `module`.
pub fn read<'a>(text: &'a str, module: &[&str]) -> Reading<'a> {
    let tokens = tokens(text);
    let mut walk = Walk {
        tokens: &tokens,
        at: 0,
        module: module.iter().map(ToString::to_string).collect(),
        scopes: Vec::new(),
        pending_test: false,
        in_test: module.last() == Some(&"tests"),
        raw: Vec::new(),
        imports: HashMap::new(),
        macros: Vec::new(),
        modules: Vec::new(),
    };
    walk.run();
    let Walk { raw, imports, macros, modules, .. } = walk;
    let paths = raw.into_iter().map(|path| path.follow(&imports)).collect();
    Reading { tokens, paths, macros, modules }
}

/// Path as written, with its module.
struct Raw {
    segments: Vec<String>,
    module: Vec<String>,
    line: usize,
    in_test: bool,
}

impl Raw {
    /// Resolves a path. An import may depend on another import, so it is repeated.
    fn follow(self, imports: &HashMap<String, (Vec<String>, Vec<String>)>) -> Path {
        let Self { mut segments, mut module, line, in_test } = self;
        let mut inside = false;
        for _ in 0..4 {
            match segments[0].as_str() {
                "crate" => {
                    inside = true;
                    segments.remove(0);
                    break;
                }
                "self" | "super" => {
                    while let Some(first) = segments.first().filter(|first| matches!(first.as_str(), "self" | "super"))
                    {
                        if first == "super" {
                            module.pop();
                        }
                        segments.remove(0);
                    }
                    module.append(&mut segments);
                    (segments, inside) = (module, true);
                    break;
                }
                first => match imports.get(first) {
                    Some((target, from)) if target[0] != first => {
                        let rest = segments.split_off(1);
                        (segments, module) = (target.clone(), from.clone());
                        segments.extend(rest);
                    }
                    _ => break,
                },
            }
        }
        Path { segments, inside, line, in_test }
    }
}

enum Scope {
    Module,
    Other,
}

struct Walk<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    module: Vec<String>,
    /// Open braces, each with the test state outside of it.
    scopes: Vec<(Scope, bool)>,
    /// `#[cfg(test)]` was read for the next item.
    pending_test: bool,
    in_test: bool,
    raw: Vec<Raw>,
    /// Path of each imported name, with the importing module.
    imports: HashMap<String, (Vec<String>, Vec<String>)>,
    macros: Vec<Token<'a>>,
    modules: Vec<Token<'a>>,
}

impl<'a> Walk<'_, 'a> {
    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text)
    }

    fn run(&mut self) {
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "use" if self.peek(1) != "<" => self.import(),
                "mod" if is_word(self.peek(1)) => self.declare(),
                "#" if self.is_cfg_test() => {
                    self.pending_test = true;
                    self.at += 7;
                }
                "{" => self.enter(Scope::Other),
                "}" => self.leave(),
                ";" => {
                    self.pending_test = false;
                    self.at += 1;
                }
                word if is_word(word) => self.word(),
                _ => self.at += 1,
            }
        }
    }

    fn is_cfg_test(&self) -> bool {
        (0..7).map(|ahead| self.peek(ahead)).eq(["#", "[", "cfg", "(", "test", ")", "]"])
    }

    fn enter(&mut self, scope: Scope) {
        self.scopes.push((scope, self.in_test));
        self.in_test |= self.pending_test;
        self.pending_test = false;
        self.at += 1;
    }

    fn leave(&mut self) {
        if let Some((scope, in_test)) = self.scopes.pop() {
            if matches!(scope, Scope::Module) {
                self.module.pop();
            }
            self.in_test = in_test;
        }
        self.at += 1;
    }

    fn declare(&mut self) {
        self.modules.push(self.tokens[self.at + 1].clone());
        if self.peek(2) == "{" {
            self.module.push(self.peek(1).to_owned());
            self.at += 2;
            self.enter(Scope::Module);
        } else {
            self.at += 2;
        }
    }

    /// Reads a word outside of imports: the start of a path, the name of a macro, or neither.
    fn word(&mut self) {
        let first = self.at;
        let goes_on = self.goes_on(first);
        let mut segments = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            segments.push(self.peek(1).to_owned());
            self.at += 2;
        }
        let in_test = self.in_test || self.pending_test;
        if self.peek(0) == "!" && self.peek(1) != "=" && !in_test {
            self.macros.push(self.tokens[self.at - 1].clone());
        }
        if segments.len() > 1 && !goes_on {
            self.push(segments, first);
        }
    }

    /// Returns true if the word at `at` is a later part, as in `value.field` or `<T as Trait>::name`, and not the start
    /// of a path, as in `..Type::default()` or `::std::fs`.
    fn goes_on(&self, at: usize) -> bool {
        let before = |count: usize| at.checked_sub(count).map_or("", |at| self.tokens[at].text);
        match before(1) {
            "." => before(2) != ".",
            "::" => is_word(before(2)) || before(2) == ">",
            _ => false,
        }
    }

    fn push(&mut self, segments: Vec<String>, at: usize) {
        let in_test = self.in_test || self.pending_test;
        self.raw.push(Raw { segments, module: self.module.clone(), line: self.tokens[at].line, in_test });
    }

    fn import(&mut self) {
        self.at += 1;
        if self.peek(0) == "::" {
            self.at += 1;
        }
        self.branch(&[]);
    }

    /// Reads one branch of an import: a path with the braces after it.
    fn branch(&mut self, trunk: &[String]) {
        let (mut segments, first) = (trunk.to_vec(), self.at);
        loop {
            match self.peek(0) {
                "{" => {
                    self.at += 1;
                    while !matches!(self.peek(0), "}" | "") {
                        self.branch(&segments);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "::" => self.at += 1,
                "as" => {
                    self.at += 1;
                    self.imported(segments, self.peek(0).to_owned(), first);
                    self.at += 1;
                    return;
                }
                word if is_word(word) || word == "*" => {
                    // `a::{self}` is `a`.
                    if word != "self" || segments.is_empty() {
                        segments.push(word.to_owned());
                    }
                    self.at += 1;
                }
                _ => {
                    let name = segments.last().cloned().unwrap_or_default();
                    self.imported(segments, name, first);
                    return;
                }
            }
        }
    }

    fn imported(&mut self, segments: Vec<String>, name: String, at: usize) {
        if segments.is_empty() {
            self.at += 1;
            return;
        }
        self.imports.insert(name, (segments.clone(), self.module.clone()));
        self.push(segments, at);
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
