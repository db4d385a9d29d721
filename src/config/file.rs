//! Settings file, parsed to keys, values and their lines.
//!
//! A fault in the file never stops the program: it is reported with its line, and all valid lines hold.

use std::collections::BTreeSet;
use std::fmt;

use toml::de::{DeTable, DeValue};

use crate::base::compact_sort::CompactSort;
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::base::step_count;

/// Setting with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingEntry {
    /// Key.
    pub key: String,
    /// Value.
    pub value: SettingValue,
    /// Line, from 1.
    pub line: usize,
}

/// Value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// Text, or a number as written.
    Text(String),
    /// Boolean.
    Flag(bool),
    /// List of texts.
    List(Vec<String>),
}

/// Key binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Name of the action.
    pub action: String,
    /// Keys as written.
    pub keys: Vec<String>,
    /// Line, from 1.
    pub line: usize,
}

/// Contents of a settings file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsFile {
    /// Settings.
    pub entries: Vec<SettingEntry>,
    /// Key bindings.
    pub bindings: Vec<Binding>,
    /// Faults.
    pub warnings: Vec<SettingsWarning>,
}

/// Fault in a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsWarning {
    /// Line, from 1.
    pub line: usize,
    /// Description.
    pub text: String,
}

impl fmt::Display for SettingsWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

impl SettingsFile {
    /// Parses a file.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        step_count::count_steps(text.len());
        let line_ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line_of = |at: usize| line_ends.partition_point(|end| *end < at) + 1;
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut faulty = BTreeSet::new();
        for error in errors {
            let line = error.span().map_or(1, |span| line_of(span.start));
            if faulty.insert(line) {
                let reason = error.message().lines().next().unwrap_or_default();
                file.warn(line, format!("{reason}; the line is ignored"));
            }
        }
        let has_fault = |line: usize, end: usize| faulty.range(line..=line_of(end).max(line)).next().is_some();
        for (key, value) in table.into_inner() {
            let line = line_of(key.span().start);
            let is_faulty = has_fault(line, value.span().end);
            let key = key.into_inner().into_owned();
            match value.into_inner() {
                DeValue::Table(bindings) if key == "keys" => {
                    for (action, keys) in bindings {
                        let line = line_of(action.span().start);
                        if !has_fault(line, keys.span().end) {
                            file.bind(action.into_inner().into_owned(), keys.into_inner(), line);
                        }
                    }
                }
                _ if is_faulty => {}
                _ if key == "keys" => file.warn(line, "`keys` is a table: write `[keys]`".to_owned()),
                DeValue::Table(_) => {
                    let meant = nearest(&key, ["keys"]).map(|key| format!(", did you mean `[{key}]`?"));
                    file.warn(line, format!("`{}` is not a table{}", safe_str(&key), meant.unwrap_or_default()));
                }
                value => match plain(value) {
                    Some(value) => file.entries.push(SettingEntry { key, value, line }),
                    None => file.warn(line, format!("`{}` is a date, which no setting takes", safe_str(&key))),
                },
            }
        }
        // A table is sorted by name; messages are sorted by line.
        file.entries.compact_sort_by_key(|entry| entry.line);
        file.bindings.compact_sort_by_key(|binding| binding.line);
        file.warnings.compact_sort_by_key(|warning| warning.line);
        file
    }

    /// Parses a file as stored. A line that is not UTF-8 is a fault of that line.
    pub fn parse_bytes(bytes: &[u8]) -> Self {
        let (mut text, mut unreadable) = (String::with_capacity(bytes.len()), Vec::new());
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if index > 0 {
                text.push('\n');
            }
            match std::str::from_utf8(line) {
                Ok(line) => text.push_str(line),
                Err(_) => unreadable.push(index + 1),
            }
        }
        let mut file = Self::parse(&text);
        for line in unreadable {
            file.warn(line, "it is not UTF-8; the line is ignored".to_owned());
        }
        file.warnings.compact_sort_by_key(|warning| warning.line);
        file
    }

    fn warn(&mut self, line: usize, text: String) {
        self.warnings.push(SettingsWarning { line, text });
    }

    fn bind(&mut self, action: String, keys: DeValue<'_>, line: usize) {
        let keys = match plain(keys) {
            Some(SettingValue::Text(key)) => vec![key],
            Some(SettingValue::List(keys)) => keys,
            Some(SettingValue::Flag(_)) | None => {
                return self.warn(line, format!("`{}` takes a key, or a list of keys", safe_str(&action)));
            }
        };
        self.bindings.push(Binding { action, keys, line });
    }
}

/// Converts a TOML value; `None` for unsupported types.
fn plain(value: DeValue<'_>) -> Option<SettingValue> {
    Some(match value {
        DeValue::String(text) => SettingValue::Text(text.into_owned()),
        DeValue::Integer(number) => SettingValue::Text(number.to_string()),
        DeValue::Float(number) => SettingValue::Text(number.to_string()),
        DeValue::Boolean(flag) => SettingValue::Flag(flag),
        DeValue::Array(values) => {
            let texts = values.into_iter().map(|value| match value.into_inner() {
                DeValue::String(text) => Some(text.into_owned()),
                // Digits are keys too, with or without quotes.
                DeValue::Integer(number) => Some(number.to_string()),
                _ => None,
            });
            SettingValue::List(texts.collect::<Option<_>>()?)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_apart_with_its_lines() {
        let file = SettingsFile::parse(
            "# mine\ntheme = \"light\"\ncolor = 16\ninlines = false\n\n[keys]\nquit = \"Q\"\nfind = []\n",
        );
        let entry = |key: &str, value, line| SettingEntry { key: key.to_owned(), value, line };
        let text = |text: &str| SettingValue::Text(text.to_owned());
        let expected = [
            entry("theme", text("light"), 2),
            entry("color", text("16"), 3),
            entry("inlines", SettingValue::Flag(false), 4),
        ];
        assert_eq!(file.entries, expected);
        let quit = Binding { action: "quit".to_owned(), keys: vec!["Q".to_owned()], line: 7 };
        assert_eq!(file.bindings, [quit, Binding { action: "find".to_owned(), keys: Vec::new(), line: 8 }]);
        assert!(file.warnings.is_empty());
    }

    #[test]
    fn a_line_in_another_encoding_is_left_out() {
        let file = SettingsFile::parse_bytes(b"theme = \"light\"\n# gr\xfcn\nplain = true\r\n");
        assert_eq!(
            file.entries.iter().map(|entry| (&*entry.key, entry.line)).collect::<Vec<_>>(),
            [("theme", 1), ("plain", 3)]
        );
        assert_eq!(
            file.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["line 2: it is not UTF-8; the line is ignored"]
        );
    }

    #[test]
    fn a_long_file_takes_linear_time() {
        let steps = |keys: usize| {
            let lines: Vec<String> = (0..keys).map(|n| format!("unknown_{n} = 1")).collect();
            let text = lines.join("\n");
            step_count::measure_steps(|| assert_eq!(SettingsFile::parse(&text).entries.len(), keys)).0
        };
        let (small, large) = (steps(1000), steps(4000));
        assert!(small > 0 && large <= small * 5, "{small} {large}");
    }

    #[test]
    fn faults_are_reported_and_the_rest_holds() {
        let file = SettingsFile::parse("theme = \"light\"\nascii = 2026-01-01\nkeys = 3\n");
        assert_eq!(file.entries.len(), 1);
        let said = |file: &SettingsFile| file.warnings.iter().map(SettingsWarning::to_string).collect::<Vec<_>>();
        let expected =
            ["line 2: `ascii` is a date, which no setting takes", "line 3: `keys` is a table: write `[keys]`"];
        assert_eq!(said(&file), expected);
        let file = SettingsFile::parse(
            "theme = \"light\"\ncolor = bright\nascii = = on\ntheme = \"dark\"\nplain = true\n[keys]\nquit = \nfind = \"f\"\n[keys]\nhelp = \"h\"\n",
        );
        let keys: Vec<(&str, usize)> = file.entries.iter().map(|entry| (entry.key.as_str(), entry.line)).collect();
        assert_eq!(keys, [("theme", 1), ("plain", 5)]);
        assert_eq!(file.bindings.iter().map(|binding| binding.action.as_str()).collect::<Vec<_>>(), ["find", "help"]);
        assert_eq!(file.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), [2, 3, 4, 7, 9]);
        assert!(said(&file).iter().all(|line| line.ends_with("; the line is ignored")), "{:?}", said(&file));
        assert_eq!(
            said(&SettingsFile::parse("[keys]\nquit = true\n")),
            ["line 2: `quit` takes a key, or a list of keys"]
        );
        assert_eq!(
            said(&SettingsFile::parse("[keyz]\nquit = \"q\"\n")),
            ["line 1: `keyz` is not a table, did you mean `[keys]`?"]
        );
    }
}
