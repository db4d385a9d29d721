//! What is said to a service beside the address: mostly secrets, so that a value is never shown, and need not be typed.

use std::fmt;
use std::fs;

/// A header of a request.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Header {
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

impl Header {
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
        let value = value.trim();
        let (word, rest) = value.rsplit_once(' ').unwrap_or(("", value));
        let value = match meant(name, rest, variable)? {
            Some(meant) if word.is_empty() => meant,
            Some(meant) if !word.contains(' ') => format!("{word} {meant}"),
            _ => value.to_owned(),
        };
        if value.len() > MOST || value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(HeaderError::Value(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), value })
    }

    /// What is said.
    pub(super) fn value(&self) -> &str {
        &self.value
    }
}

/// What `$VARIABLE` or `@FILE` stands for.
fn meant(name: &str, rest: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, HeaderError> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if let Some(word) = rest.strip_prefix('$').filter(|word| is_word(word)) {
        let value = variable(word).ok_or_else(|| HeaderError::Variable(name.to_owned(), word.to_owned()))?;
        return Ok(Some(value.trim().to_owned()));
    }
    if let Some(path) = rest.strip_prefix('@').filter(|path| !path.is_empty()) {
        let text = fs::read_to_string(path).map_err(|_| HeaderError::File(name.to_owned(), path.to_owned()))?;
        return Ok(Some(text.trim().to_owned()));
    }
    Ok(None)
}

impl fmt::Debug for Header {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Header({}: ***)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, HeaderError> {
        let variable = |name: &str| (name == "TOKEN").then(|| "geheim\n".to_owned());
        Header::parse(text, &variable).map(|header| format!("{}={}", header.name, header.value))
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
    fn what_is_no_header_is_refused_without_being_repeated() {
        for text in ["geheim", "geheim geheim: x", ": x", "X: a\r\nY: geheim", "X: $GEHEIM_NOT_SET", "X: @/no/such"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
        let header = Header::parse("X: geheim", &|_| None).unwrap();
        assert_eq!(format!("{header:?}"), "Header(X: ***)");
    }
}
