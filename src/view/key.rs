//! Keys of the program, and their spelling in tables and files.

use std::fmt;

use crate::base::safe_text::safe_str;

/// Key press with its relevant modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Character as typed, shifted or not.
    Char(char),
    /// Ctrl with a lower-case letter.
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    /// Function key, from 1 to [`FUNCTION_KEYS`].
    Function(u8),
}

/// Number of function keys that terminals report.
const FUNCTION_KEYS: u8 = 24;

/// Names of the keys that are no characters.
const NAMED: &[(&str, Key)] = &[
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Tab", Key::Tab),
    ("Shift-Tab", Key::BackTab),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Insert", Key::Insert),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("Space", Key::Char(' ')),
];

impl Key {
    /// Parses a key: `h`, `Left`, `F1`, `Ctrl-L`. Invisible characters are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return (safe_str(text) == text).then_some(Self::Char(character));
        }
        if let Some((_, key)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(*key);
        }
        if let Some(number) = text.strip_prefix('F').and_then(|number| number.parse().ok()) {
            return Self::function(number).filter(|key| key.to_string() == text);
        }
        let mut held = text.strip_prefix("Ctrl-")?.chars();
        match (held.next(), held.next()) {
            (Some(letter), None) if letter.is_ascii_graphic() => Some(Self::Ctrl(letter.to_ascii_lowercase())),
            _ => None,
        }
    }

    /// Function key with a number; `None` if there is no such key.
    pub fn function(number: u8) -> Option<Self> {
        (1..=FUNCTION_KEYS).contains(&number).then_some(Self::Function(number))
    }

    /// Short form for the footer.
    pub fn brief(self) -> String {
        match self {
            Self::Up => "↑".to_owned(),
            Self::Down => "↓".to_owned(),
            Self::Left => "←".to_owned(),
            Self::Right => "→".to_owned(),
            Self::Backspace => "Bksp".to_owned(),
            Self::PageUp => "PgUp".to_owned(),
            Self::PageDown => "PgDn".to_owned(),
            Self::BackTab => "S-Tab".to_owned(),
            _ => self.to_string(),
        }
    }

    /// Returns true for an arrow key.
    pub fn is_arrow(self) -> bool {
        matches!(self, Self::Up | Self::Down | Self::Left | Self::Right)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = NAMED.iter().find(|(_, key)| key == self) {
            return f.write_str(name);
        }
        match self {
            Self::Ctrl(letter) => write!(f, "Ctrl-{}", letter.to_ascii_uppercase()),
            Self::Char(character) => write!(f, "{character}"),
            Self::Function(number) => write!(f, "F{number}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_they_are_read() {
        for (_, key) in NAMED {
            assert_eq!(Key::parse(&key.to_string()), Some(*key));
        }
        for text in ["h", "?", "Ctrl-L", "é", "F1", "F24"] {
            assert_eq!(Key::parse(text).map(|key| key.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Key::parse("Ctrl-l"), Some(Key::Ctrl('l')));
        for text in ["", "Ctrl-", "Ctrl-xy", "F0", "F01", "F25", "left", "\u{7}", "\u{202e}", "Ctrl-\u{7}", "Ctrl-é"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
