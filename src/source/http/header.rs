//! What is said to a service beside the address: mostly secrets, so that a value is never shown, and need not be typed.

use std::fmt;
use std::fs;

/// A header of a request.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestHeader {
    /// Its name.
    pub name: String,
    value: String,
}

/// Why a text is no header. What was typed is not repeated: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// No colon, or before it letters that no name has.
    #[error("a header is not written as `Name: value`")]
    Form,
    /// Letters that would begin another header.
    #[error("the value of header `{0}` has a line break or a control character in it")]
    Value(String),
    /// A variable that is not set.
    #[error("header `{0}`: the variable `{1}` is not set")]
    Variable(String, String),
    /// A file that cannot be read.
    #[error("header `{0}`: the file `{1}` cannot be read")]
    File(String, String),
}

/// More bytes than any header has; a token in a file is far shorter.
const MOST: usize = 16 << 10;

impl RequestHeader {
    /// Reads `Name: value`. A value, or what follows its first word, may be `$VARIABLE` or `@FILE`: then it is what
    /// stands there, so that a secret is neither in the list of processes nor in the history of a shell.
    ///
    /// # Errors
    /// [`HeaderError`] when it is no header, or what it names is not there.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::Form)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(HeaderError::Form);
        }
        let value = match ValueSource::find(value) {
            None => value.trim().to_owned(),
            Some(("", place)) => place.read(name, variable)?,
            Some((word, place)) => format!("{word} {}", place.read(name, variable)?),
        };
        if value.len() > MOST || value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(HeaderError::Value(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), value })
    }

    /// A text that [`parse`](Self::parse) takes, as it may be shown: where its value is, and `...` for a value that
    /// stands in the text itself.
    pub fn shown(text: &str) -> String {
        let (name, value) = text.split_once(':').unwrap_or_default();
        // What stands before is the name of a scheme, and no part of a secret that only has the look of a place at its end.
        let is_scheme = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        match ValueSource::find(value).filter(|(word, _)| is_scheme(word)) {
            Some(_) => text.to_owned(),
            None => format!("{name}: ..."),
        }
    }

    /// What is said.
    pub(super) fn value(&self) -> &str {
        &self.value
    }
}

/// Where a value is that does not stand in the text itself.
enum ValueSource<'a> {
    Variable(&'a str),
    File(&'a str),
}

impl<'a> ValueSource<'a> {
    /// `$VARIABLE` or `@FILE`, alone or after one word, which may be empty. Both who sends a header and who shows it ask
    /// here, so that nothing is shown as a place that is sent as it stands.
    fn find(value: &'a str) -> Option<(&'a str, Self)> {
        let value = value.trim();
        let (word, rest) = value.rsplit_once(' ').unwrap_or(("", value));
        let is_variable = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let place = if let Some(name) = rest.strip_prefix('$').filter(is_variable) {
            Self::Variable(name)
        } else {
            Self::File(rest.strip_prefix('@').filter(|path| !path.is_empty())?)
        };
        (!word.contains(' ')).then_some((word, place))
    }

    /// What stands there.
    fn read(&self, header: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, HeaderError> {
        let text = match *self {
            Self::Variable(name) => {
                variable(name).ok_or_else(|| HeaderError::Variable(header.to_owned(), name.to_owned()))?
            }
            Self::File(path) => {
                fs::read_to_string(path).map_err(|_| HeaderError::File(header.to_owned(), path.to_owned()))?
            }
        };
        Ok(text.trim().to_owned())
    }
}

impl fmt::Debug for RequestHeader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Header({}: ***)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, HeaderError> {
        let variable = |name: &str| (name == "TOKEN").then(|| "geheim\n".to_owned());
        RequestHeader::parse(text, &variable).map(|header| format!("{}={}", header.name, header.value))
    }

    #[test]
    fn a_secret_may_stand_elsewhere() {
        let path = std::env::temp_dir().join(format!("heapglass-header-{}", std::process::id()));
        fs::write(&path, "from a file\n").unwrap();
        let file = parse(&format!("X: @{}", path.display()));
        fs::remove_file(&path).unwrap();
        assert_eq!(file.unwrap(), "X=from a file");
        assert_eq!(parse("X: $TOKEN").unwrap(), "X=geheim");
        assert_eq!(parse("Authorization: Bearer $TOKEN").unwrap(), "Authorization=Bearer geheim");
        assert_eq!(parse("Cookie: a=$b; c d").unwrap(), "Cookie=a=$b; c d");
        assert_eq!(parse("X:").unwrap(), "X=");
    }

    #[test]
    fn a_value_is_shown_only_as_the_place_where_it_is() {
        for text in ["X: $TOKEN", "X:@file", "Authorization: Bearer $TOKEN", "A: AWS4-HMAC-SHA256 @a/b"] {
            assert_eq!(RequestHeader::shown(text), text);
        }
        let secret =
            ["hush", "$hush-1", "$2y$10$hush", "$", "@", "a=hush b $TOKEN", "a=hush; $TOKEN", "hush hush @file", ""];
        for value in secret {
            assert_eq!(RequestHeader::shown(&format!("X: {value}")), "X: ...", "{value}");
        }
        assert!(!RequestHeader::shown("hush").contains("hush"));
    }

    #[test]
    fn what_is_no_header_is_refused_without_being_repeated() {
        for text in ["geheim", "geheim geheim: x", ": x", "X: a\r\nY: geheim", "X: $GEHEIM_NOT_SET", "X: @/no/such"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
        let header = RequestHeader::parse("X: geheim", &|_| None).unwrap();
        assert_eq!(format!("{header:?}"), "Header(X: ***)");
    }
}
