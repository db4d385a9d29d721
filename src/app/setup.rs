//! What the program is set up with beside what it looks at: keys of one's own, themes, and what was set and where.

use crate::app::invocation::Invocation;
use crate::app::mouse::Mouse;
use crate::app::task::SourceReader;
use crate::config::file::Binding;
use crate::config::settings::{Settings, Toggle, detect};
use crate::config::themes::Themes;
use crate::view::span::{self, Spans};

/// What the program is set up with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the terminal can show, where nobody says otherwise.
    pub detected: Settings,
    /// The themes that there are.
    pub themes: Themes,
    /// Keys of one's own.
    pub keys: Vec<Binding>,
    /// What is set and where, a line each.
    pub told: Vec<String>,
    /// What is wrong with it, a line each.
    pub warnings: Vec<String>,
    /// What the settings file is called.
    pub file: String,
    /// Finds the snapshots that a text means.
    pub spans: Spans,
    /// What was given on the command line.
    pub given: Invocation,
    /// Whether the demo is looked at, of which there is a tour.
    pub is_demo: bool,
    /// Whether the mouse is heard from the beginning.
    pub mouse: Mouse,
    /// Whether nothing may be written but what the command line says.
    pub is_secure: bool,
    /// Reads source files.
    pub source_reader: SourceReader,
}

impl Setup {
    /// What is wrong with the settings, in one line.
    pub fn warning(&self) -> Option<String> {
        match self.warnings.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [first, rest @ ..] => Some(format!("{first}; :config lists {} more", rest.len())),
        }
    }
}

impl Default for Setup {
    /// No file, no theme of one's own, and times in UTC.
    fn default() -> Self {
        Self {
            detected: detect(&|_| None, None, Toggle::Auto),
            themes: Themes::default(),
            keys: Vec::new(),
            told: Vec::new(),
            warnings: Vec::new(),
            file: "settings".to_owned(),
            spans: span::utc,
            given: Invocation::default(),
            is_demo: false,
            mouse: Mouse::Off,
            is_secure: false,
            source_reader: SourceReader::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_mistakes_are_one_line_that_says_where_the_others_are() {
        let setup = |lines: &[&str]| Setup {
            warnings: lines.iter().map(|line| (*line).to_owned()).collect(),
            ..Setup::default()
        };
        assert_eq!(setup(&[]).warning(), None);
        assert_eq!(setup(&["line 1: a"]).warning().as_deref(), Some("line 1: a"));
        assert_eq!(setup(&["line 1: a", "b", "c"]).warning().as_deref(), Some("line 1: a; :config lists 2 more"));
    }
}
