//! Setup of the explorer: key bindings, themes, and settings with their origin.

use crate::analysis::{Matching, Query};
use crate::app::task::SourceReader;
use crate::config::file::Binding;
use crate::config::settings::{Settings, Toggle, detect};
use crate::config::themes::Themes;
use crate::profile::Series;
use crate::view::pointer::Mouse;
use crate::view::span::{self, Spans};

/// Parts of the command line that are not in the query, as given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// Sources, without passwords.
    pub sources: Vec<String>,
    /// Base sources.
    pub base: Vec<String>,
    /// Options common to all commands.
    pub options: Vec<String>,
    /// Options of the explorer only.
    pub explorer: Vec<String>,
    /// True if a secret was left out: a password, or the value of a header.
    pub is_redacted: bool,
}

/// Function that writes a query as options of a command with the given default for the matching of names.
pub type QueryOptions = fn(&Query, &Series, Matching, &Invocation) -> Vec<String>;

/// Part of the input that is loaded behind the first screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeferredPart {
    /// Steps of a profile store; the first screen shows their sums.
    Steps,
    /// Samples of the sample types that are not on the first screen.
    SampleTypes,
    /// Snapshots before the newest one.
    Snapshots,
}

impl DeferredPart {
    /// Name in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::SampleTypes => "other sample types",
            Self::Snapshots => "earlier snapshots",
        }
    }
}

/// Setup of the program.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Capabilities detected in the terminal, the defaults of the display settings.
    pub detected: Settings,
    /// Available themes.
    pub themes: Themes,
    /// Key bindings of the user.
    pub keys: Vec<Binding>,
    /// Settings and their origin, one line each.
    pub setting_lines: Vec<String>,
    /// Warnings about the settings, one line each.
    pub warnings: Vec<String>,
    /// Name of the settings file.
    pub file: String,
    /// Parser for windows.
    pub spans: Spans,
    /// Command line.
    pub given: Invocation,
    /// Printer of queries as options.
    pub query_options: QueryOptions,
    /// True for the built-in demo, which has a tour.
    pub is_demo: bool,
    /// Initial state of the mouse.
    pub mouse: Mouse,
    /// True if only the files named on the command line may be written.
    pub is_secure: bool,
    /// Reader of source files.
    pub source_reader: SourceReader,
    /// Part of the input that is loaded behind the first screen; `None` if everything is loaded.
    pub deferred: Option<DeferredPart>,
}

impl Setup {
    /// Warning about the settings, in one line.
    pub fn warning(&self) -> Option<String> {
        match self.warnings.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [first, rest @ ..] => Some(format!("{first}; :config lists {} more", rest.len())),
        }
    }
}

impl Default for Setup {
    /// Built-in defaults: no settings file, no own themes, times in UTC.
    fn default() -> Self {
        Self {
            detected: detect(&|_| None, None, Toggle::Auto),
            themes: Themes::default(),
            keys: Vec::new(),
            setting_lines: Vec::new(),
            warnings: Vec::new(),
            file: "settings".to_owned(),
            spans: span::utc,
            given: Invocation::default(),
            query_options: |_, _, _, _| Vec::new(),
            is_demo: false,
            mouse: Mouse::Off,
            is_secure: false,
            source_reader: SourceReader::default(),
            deferred: None,
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
