//! Fact: a label with a text.

/// Fact: a label with a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Label; empty for a continuation of the previous line.
    pub about: String,
    /// Text.
    pub text: String,
    /// Share that is drawn as a bar.
    pub bar: Option<f64>,
}

impl Fact {
    /// Empty line.
    pub fn gap() -> Self {
        fact("", String::new())
    }
}

/// Creates a fact.
pub fn fact(about: &str, text: String) -> Fact {
    Fact { about: about.to_owned(), text, bar: None }
}
