//! Request headers. Their values are mostly secrets, so they are never printed and can be read from variables or files.

use std::fmt;
use std::fs::File;
use std::io::Read as _;

/// Request header.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestHeader {
    /// Name.
    pub name: String,
    value: String,
}

/// Error of parsing a header. Messages do not quote the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// No colon, or an invalid name before it.
    #[error("a header is not written as `Name: value`")]
    Form,
    /// A header that the connection itself decides.
    #[error("header `{0}` is not set by hand: it follows from the request")]
    Reserved(String),
    /// A control character in the value.
    #[error("the value of header `{0}` has a line break or a control character in it")]
    Value(String),
    /// A variable that is not set: header and variable.
    #[error("header `{0}`: the variable `{1}` is not set")]
    Variable(String, String),
    /// A file that cannot be read: header and path.
    #[error("header `{0}`: the file `{1}` cannot be read")]
    File(String, String),
    /// A file that is larger than any value: header and path.
    #[error("header `{0}`: the file `{1}` has more than 64 KiB")]
    FileSize(String, String),
}

/// Maximum size of a file with a value.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Headers that follow from the request. Other values would leave client and server waiting for each other.
const RESERVED: [&str; 7] = ["connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"];

/// Maximum length of a value.
const MAX_VALUE: usize = 16 << 10;

impl RequestHeader {
    /// Parses `Name: value`. The value, or its second word, may be `$VARIABLE` or `@FILE` to keep a secret out of
    /// process lists and shell histories.
    ///
    /// # Errors
    /// [`HeaderError`] if the text is not a header, or its variable or file cannot be read.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::Form)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(HeaderError::Form);
        }
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(HeaderError::Reserved(name.to_owned()));
        }
        let value = match ValueSource::find(value) {
            None => value.trim().to_owned(),
            Some(("", source)) => source.read(name, variable)?,
            Some((word, source)) => format!("{word} {}", source.read(name, variable)?),
        };
        if value.len() > MAX_VALUE || value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(HeaderError::Value(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), value })
    }

    /// Display form of a text for [`parse`](Self::parse): a literal value is replaced by `...`, the name of a variable
    /// or a file is kept.
    pub fn redacted(text: &str) -> String {
        let (name, value) = text.split_once(':').unwrap_or_default();
        // The first word is the name of an authentication scheme; a secret may end with something that looks like a
        // variable.
        let is_scheme = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        match ValueSource::find(value).filter(|(word, _)| is_scheme(word)) {
            Some(_) => text.to_owned(),
            None => format!("{name}: ..."),
        }
    }

    /// Value to send.
    pub(super) fn value(&self) -> &str {
        &self.value
    }
}

/// Reference to a value.
enum ValueSource<'a> {
    Variable(&'a str),
    File(&'a str),
}

impl<'a> ValueSource<'a> {
    /// Finds `$VARIABLE` or `@FILE`, alone or after one word, and returns the word and the reference. Parsing and
    /// display share this function, so that a literal value is never displayed.
    fn find(value: &'a str) -> Option<(&'a str, Self)> {
        let value = value.trim();
        let (word, rest) = value.rsplit_once(' ').unwrap_or(("", value));
        let is_variable = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let source = if let Some(name) = rest.strip_prefix('$').filter(is_variable) {
            Self::Variable(name)
        } else {
            Self::File(rest.strip_prefix('@').filter(|path| !path.is_empty())?)
        };
        (!word.contains(' ')).then_some((word, source))
    }

    /// Reads the value.
    fn read(&self, header: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, HeaderError> {
        let text = match *self {
            Self::Variable(name) => {
                variable(name).ok_or_else(|| HeaderError::Variable(header.to_owned(), name.to_owned()))?
            }
            Self::File(path) => {
                let unreadable = || HeaderError::File(header.to_owned(), path.to_owned());
                let (file, mut text) = (File::open(path).map_err(|_| unreadable())?, String::new());
                file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(|_| unreadable())?;
                if text.len() as u64 > MAX_FILE_BYTES {
                    return Err(HeaderError::FileSize(header.to_owned(), path.to_owned()));
                }
                text
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
    fn headers_of_the_connection_are_refused() {
        for name in ["Content-Length", "transfer-encoding", "CONNECTION", "Expect"] {
            assert_eq!(parse(&format!("{name}: 5")), Err(HeaderError::Reserved(name.to_owned())));
        }
        assert_eq!(parse("Host: other").unwrap(), "Host=other");
    }

    #[test]
    fn values_may_be_in_variables_and_files() {
        let path = std::env::temp_dir().join(format!("heapglass-header-{}", std::process::id()));
        std::fs::write(&path, "from a file\n").unwrap();
        let file = parse(&format!("X: @{}", path.display()));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(file.unwrap(), "X=from a file");
        assert_eq!(parse("X: $TOKEN").unwrap(), "X=geheim");
        assert_eq!(parse("Authorization: Bearer $TOKEN").unwrap(), "Authorization=Bearer geheim");
        assert_eq!(parse("Cookie: a=$b; c d").unwrap(), "Cookie=a=$b; c d");
        assert_eq!(parse("X:").unwrap(), "X=");
    }

    #[test]
    fn literal_values_are_not_displayed() {
        for text in ["X: $TOKEN", "X:@file", "Authorization: Bearer $TOKEN", "A: AWS4-HMAC-SHA256 @a/b"] {
            assert_eq!(RequestHeader::redacted(text), text);
        }
        let secret =
            ["hush", "$hush-1", "$2y$10$hush", "$", "@", "a=hush b $TOKEN", "a=hush; $TOKEN", "hush hush @file", ""];
        for value in secret {
            assert_eq!(RequestHeader::redacted(&format!("X: {value}")), "X: ...", "{value}");
        }
        assert!(!RequestHeader::redacted("hush").contains("hush"));
    }

    #[test]
    fn invalid_headers_are_not_quoted() {
        for text in ["geheim", "geheim geheim: x", ": x", "X: a\r\nY: geheim", "X: $GEHEIM_NOT_SET", "X: @/no/such"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
        let header = RequestHeader::parse("X: geheim", &|_| None).unwrap();
        assert_eq!(format!("{header:?}"), "Header(X: ***)");
    }
}
