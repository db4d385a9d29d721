//! The settings file, taken apart: which key has which value, and in which line.
//!
//! A file never stands in the way of the program. What cannot be understood is said with its line, and everything else
//! holds.

use toml::de::{DeTable, DeValue};

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
    /// The line that it stands in, from 1.
    pub line: usize,
}

/// A value as the settings know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, or a number as it is written.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Texts.
    List(Vec<String>),
}

/// The keys that an action is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The action's name.
    pub action: String,
    /// The keys as they are written.
    pub keys: Vec<String>,
    /// The line that it stands in, from 1.
    pub line: usize,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The settings.
    pub entries: Vec<Entry>,
    /// The keys.
    pub bindings: Vec<Binding>,
    /// What could not be understood, a line each.
    pub warnings: Vec<String>,
}

impl File {
    /// Takes a file apart.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let line_of = |at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(span.start));
                let reason = error.message().lines().next().unwrap_or_default();
                file.warnings.push(format!("line {line}: {reason}; nothing of the file holds"));
                return file;
            }
        };
        for (key, value) in table {
            let line = line_of(key.span().start);
            let key = key.into_inner().into_owned();
            match value.into_inner() {
                DeValue::Table(bindings) if key == "keys" => {
                    for (action, keys) in bindings {
                        let line = line_of(action.span().start);
                        file.bind(action.into_inner().into_owned(), keys.into_inner(), line);
                    }
                }
                _ if key == "keys" => file.warnings.push(format!("line {line}: `keys` is a table: write `[keys]`")),
                value => match plain(value) {
                    Some(value) => file.entries.push(Entry { key, value, line }),
                    None => {
                        file.warnings.push(format!("line {line}: `{key}` takes text, a number, or a list of texts"));
                    }
                },
            }
        }
        // A table is sorted by its names; what is said goes by lines.
        file.entries.sort_by_key(|entry| entry.line);
        file.bindings.sort_by_key(|binding| binding.line);
        file
    }

    fn bind(&mut self, action: String, keys: DeValue<'_>, line: usize) {
        let keys = match plain(keys) {
            Some(Value::Text(key)) => vec![key],
            Some(Value::List(keys)) => keys,
            Some(Value::Flag(_)) | None => {
                self.warnings.push(format!("line {line}: `{action}` takes a key, or a list of keys"));
                return;
            }
        };
        self.bindings.push(Binding { action, keys, line });
    }
}

/// A value that the settings know.
fn plain(value: DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Text(number.to_string()),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Array(values) => {
            let texts = values.into_iter().map(|value| match value.into_inner() {
                DeValue::String(text) => Some(text.into_owned()),
                // `0` and `3` are keys too, and who writes them without quotes means the same.
                DeValue::Integer(number) => Some(number.to_string()),
                _ => None,
            });
            Value::List(texts.collect::<Option<_>>()?)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_apart_with_its_lines() {
        let file =
            File::parse("# mine\ntheme = \"light\"\ncolor = 16\ninlines = false\n\n[keys]\nquit = \"Q\"\nfind = []\n");
        let entry = |key: &str, value, line| Entry { key: key.to_owned(), value, line };
        let text = |text: &str| Value::Text(text.to_owned());
        let expected =
            [entry("theme", text("light"), 2), entry("color", text("16"), 3), entry("inlines", Value::Flag(false), 4)];
        assert_eq!(file.entries, expected);
        let quit = Binding { action: "quit".to_owned(), keys: vec!["Q".to_owned()], line: 7 };
        assert_eq!(file.bindings, [quit, Binding { action: "find".to_owned(), keys: Vec::new(), line: 8 }]);
        assert!(file.warnings.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_and_the_rest_holds() {
        let file = File::parse("theme = \"light\"\nascii = 2026-01-01\nkeys = 3\n");
        assert_eq!(file.entries.len(), 1);
        assert_eq!(file.warnings.len(), 2);
        assert!(file.warnings.contains(&"line 3: `keys` is a table: write `[keys]`".to_owned()), "{:?}", file.warnings);
        let file = File::parse("theme = \"light\"\n\nascii = = on\n");
        assert!(file.entries.is_empty());
        assert!(file.warnings[0].starts_with("line 3: "), "{:?}", file.warnings);
        let file = File::parse("[keys]\nquit = true\n");
        assert_eq!(file.warnings, ["line 2: `quit` takes a key, or a list of keys"]);
    }
}
