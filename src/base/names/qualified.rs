//! Parser of names with `::` between their parts: C++ and Rust, with templates, arguments and closures.
//!
//! The parser examines bytes and cuts only at ASCII, so every cut is between characters. Unbalanced brackets change
//! where parts end, never whether parsing ends.

use crate::base::step_count::count_steps;

/// Maximum nesting of self types (`<<T as A>::B as C>::f`); deeper ones are taken as one part.
const MAX_SELF_TYPES: usize = 4;

/// Operators that contain brackets or commas, the longest first.
const OPERATORS: [&str; 14] = ["<=>", "<<=", ">>=", "->*", "()", "[]", "->", "<<", ">>", "<=", ">=", "<", ">", ","];

/// Syntax of the parts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NameSyntax {
    /// A space outside of brackets ends a return type; parentheses enclose arguments.
    Cpp,
    /// `<T as Trait>` stands for `T`.
    Rust,
}

/// Part of a qualified name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileNamePart<'a> {
    /// Identifier.
    pub name: &'a str,
    /// Generics or template arguments with their brackets; may be empty.
    pub generics: &'a str,
}

impl FileNamePart<'_> {
    /// True for a closure, which names nothing without the part before it.
    pub fn is_closure(&self) -> bool {
        self.name.starts_with('{') || self.name.starts_with("$_") || self.name.starts_with("'lambda")
    }
}

/// True if `text` consists of one or more digits.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True if `text` is an identifier in most languages, including `$`.
pub fn is_identifier(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    text.chars().all(is_letter) && text.starts_with(|letter: char| is_letter(letter) && !letter.is_numeric())
}

/// Parts of `name`, without arguments, return type and qualifiers.
pub fn parts(syntax: NameSyntax, name: &str) -> Vec<FileNamePart<'_>> {
    parse_parts(syntax, name, MAX_SELF_TYPES)
}

fn parse_parts(syntax: NameSyntax, name: &str, depth_left: usize) -> Vec<FileNamePart<'_>> {
    let brackets = Brackets::new(name);
    let mut parser = NameParser { name, syntax, brackets, parts: Vec::new(), start: 0, name_end: None, end: None };
    let mut at = 0;
    while at < name.len() {
        at = parser.step(at, depth_left);
    }
    parser.finish(name.len());
    parser.parts
}

/// State of the parser. Between steps the parser is outside of all brackets, since a step skips a bracket as a whole.
struct NameParser<'a> {
    name: &'a str,
    syntax: NameSyntax,
    brackets: Brackets,
    parts: Vec<FileNamePart<'a>>,
    /// Start of the part.
    start: usize,
    /// End of the identifier, once its generics have begun.
    name_end: Option<usize>,
    /// End of the part, once its arguments have begun; the rest up to the next `::` is skipped.
    end: Option<usize>,
}

impl NameParser<'_> {
    /// Parses at offset `at` and returns the offset of the next step, which is always larger.
    fn step(&mut self, at: usize, depth_left: usize) -> usize {
        count_steps(1);
        let rest = &self.name[at..];
        if rest.starts_with("::") {
            self.finish(at);
            self.start = at + 2;
            return at + 2;
        }
        if at == self.start && self.syntax == NameSyntax::Cpp && rest.starts_with("operator") {
            return at + operator_len(rest);
        }
        match rest.as_bytes()[0] {
            b'<' => self.parse_angle(at, depth_left),
            b'(' | b'[' => {
                if at > self.start && self.end.is_none() {
                    self.end = Some(at);
                }
                self.brackets.end(at)
            }
            b'{' => self.brackets.end(at),
            b' ' if self.syntax == NameSyntax::Cpp => {
                self.parse_space(at);
                at + 1
            }
            _ => at + rest.chars().next().map_or(1, char::len_utf8),
        }
    }

    /// Parses `<`: generics of the part, or a self type at the start of a part.
    fn parse_angle(&mut self, at: usize, depth_left: usize) -> usize {
        let after = self.brackets.end(at);
        let inside = self.name.get(at + 1..after.saturating_sub(1)).unwrap_or("");
        if at > self.start || self.syntax == NameSyntax::Cpp {
            self.name_end.get_or_insert(at);
        } else if let Some(part) = self.parts.last_mut().filter(|_| !inside.starts_with("impl ")) {
            // The generics of `from_iter::<T>` follow another `::`.
            if part.generics.is_empty() {
                part.generics = &self.name[at..after];
            }
            self.start = after;
        } else if depth_left > 0 && !inside.is_empty() {
            self.parts = parse_parts(self.syntax, self_type(inside), depth_left - 1);
            self.start = after;
        }
        after
    }

    /// Parses a space in C++. A space ends a return type, unless it follows the arguments or belongs to the name of an
    /// operator.
    fn parse_space(&mut self, at: usize) {
        let rest = &self.name[at + 1..];
        let trailing = ["const", "volatile", "noexcept", "&", "[", "requires"];
        if self.name[self.start..at].starts_with("operator") || rest.is_empty() {
            return;
        }
        if trailing.iter().any(|word| rest.starts_with(word)) {
            self.end.get_or_insert(at);
        } else {
            self.parts.clear();
            self.start = at + 1;
            self.name_end = None;
            self.end = None;
        }
    }

    /// Ends the part at offset `at`.
    fn finish(&mut self, at: usize) {
        let end = self.end.take().unwrap_or(at);
        let name_end = self.name_end.take().unwrap_or(end).min(end);
        let (start, name) = (self.start.min(name_end), self.name);
        if start < end {
            self.parts.push(FileNamePart { name: name[start..name_end].trim(), generics: name[name_end..end].trim() });
        }
    }
}

/// Type that a qualified path starts from: `T` of `T as Trait`, of `impl Trait for T`, of `&mut T`.
fn self_type(inside: &str) -> &str {
    let mut found = inside;
    if inside.starts_with("impl ") {
        if let Some(at) = top_level(inside, " for ") {
            found = &inside[at + " for ".len()..];
        }
    } else if let Some(at) = top_level(inside, " as ") {
        found = &inside[..at];
    }
    loop {
        let shorter = ["&", "mut ", "dyn ", "*const ", "*mut "].iter().find_map(|prefix| found.strip_prefix(prefix));
        match shorter {
            Some(shorter) if !shorter.is_empty() => found = shorter,
            _ => return found,
        }
    }
}

/// Offset of `word` outside of all brackets.
fn top_level(text: &str, word: &str) -> Option<usize> {
    let brackets = Brackets::new(text);
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(word) {
            return Some(at);
        }
        at = match rest.as_bytes()[0] {
            b'<' | b'(' | b'[' | b'{' => brackets.end(at),
            _ => at + rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    None
}

/// Brackets of a text with their matches, found in one pass: a name may consist of brackets without a match.
struct Brackets {
    /// Offset of each opening bracket, and the offset after its match, or after itself if it has none.
    pairs: Vec<(usize, usize)>,
}

impl Brackets {
    fn new(text: &str) -> Self {
        count_steps(text.len());
        let (mut pairs, mut open) = (Vec::new(), Vec::new());
        let mut before = 0;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'<' | b'(' | b'[' | b'{' => {
                    open.push(pairs.len());
                    pairs.push((at, at + 1));
                }
                // `->` and `=>` are arrows.
                b'>' if before == b'-' || before == b'=' => {}
                b'>' | b')' | b']' | b'}' => {
                    if let Some(opened) = open.pop() {
                        let pair: &mut (usize, usize) = &mut pairs[opened];
                        pair.1 = at + 1;
                    }
                }
                _ => {}
            }
            before = byte;
        }
        Self { pairs }
    }

    /// Offset after the match of the bracket at offset `at`, or after the bracket if it has none.
    fn end(&self, at: usize) -> usize {
        self.pairs.binary_search_by_key(&at, |(open, _)| *open).map_or(at + 1, |index| self.pairs[index].1)
    }
}

/// Length of `operator` and the symbols after it.
fn operator_len(text: &str) -> usize {
    let word = "operator".len();
    let symbol = OPERATORS.iter().find(|symbol| text[word..].starts_with(**symbol));
    word + symbol.map_or(0, |symbol| symbol.len())
}
