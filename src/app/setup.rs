//! What the program is set up with beside what it looks at: keys of one's own, themes, and what was set and where.

use crate::app::given::Given;
use crate::config::file::Binding;
use crate::config::settings::{Settings, detect};
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
    /// Finds the snapshots that a text means.
    pub spans: Spans,
    /// What was given on the command line.
    pub given: Given,
}

impl Default for Setup {
    /// No file, no theme of one's own, and times in UTC.
    fn default() -> Self {
        Self {
            detected: detect(&|_| None, None, crate::config::settings::Choice::Auto),
            themes: Themes::default(),
            keys: Vec::new(),
            told: Vec::new(),
            spans: span::utc,
            given: Given::default(),
        }
    }
}
