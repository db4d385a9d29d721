//! Recognition of inputs that are not profiles, by the table of their first bytes.

use std::fmt;

use crate::format::ContentKind;
use crate::format::content_table::{Encoding, KINDS, KindRow, NO_PROFILE, Signature};
use crate::format::otlp::is_otlp;
use crate::format::tar_header;
use crate::format::tokens::{contains, is_text};

/// Bytes compared with text signatures.
const SIGNATURE_BYTES: usize = 64;
/// Bytes searched for the second part of a signature.
const SEARCHED_BYTES: usize = 4096;

/// Size above which a text is no message of a server, in bytes.
const MOST_OF_MESSAGE: usize = 1024;
/// Words of which a message of a server has one, in lower case.
const WORDS_OF_MESSAGES: &[&str] = &[
    "error",
    "not found",
    "denied",
    "forbidden",
    "unauthorized",
    "unavailable",
    "invalid",
    "failed",
    "timeout",
    "timed out",
    "bad request",
    "bad gateway",
    "not allowed",
    "unknown",
    "no such",
    "disabled",
    "rate limit",
    "too many",
];

/// Returns true for a short text with a word of an error.
fn is_message(head: &[u8]) -> bool {
    let is_short = head.len() <= MOST_OF_MESSAGE;
    let text = || String::from_utf8_lossy(head).to_lowercase();
    is_short && WORDS_OF_MESSAGES.iter().any(|word| text().contains(word))
}

impl ContentKind {
    /// Identifies content by `head`, the first bytes of an inflated input.
    pub fn of(head: &[u8]) -> Self {
        let lower: Vec<u8> = head.trim_ascii_start().iter().take(SIGNATURE_BYTES).map(u8::to_ascii_lowercase).collect();
        let searched = &head[..head.len().min(SEARCHED_BYTES)];
        let matches = |signature: &Signature| {
            let begins = match signature.encoding {
                Encoding::Text => lower.starts_with(signature.prefix),
                Encoding::Binary => head.starts_with(signature.prefix),
            };
            begins && contains(searched, signature.also)
        };
        match KINDS.iter().find(|row| row.signatures.iter().any(matches)) {
            Some(row) if row.kind == Self::Json && is_message(head) => Self::JsonMessage,
            Some(row) => row.kind,
            None if is_otlp(head) => Self::Otlp,
            None if tar_header::is_tar(head) => Self::Tar,
            None if is_text(head) && is_message(head) => Self::TextMessage,
            None if is_text(head) => Self::Text,
            None => Self::Binary,
        }
    }

    /// Returns true for content that can stand in the place of a lost profile: nothing but zeros, a pointer to the file, a
    /// server's message, a compression that is not read, or data without a format. Documents of other tools are not among
    /// it.
    pub fn is_substitute(self) -> bool {
        matches!(
            self,
            Self::Zeros
                | Self::GitLfs
                | Self::Utf8Damage
                | Self::HtmlDoctype
                | Self::Html
                | Self::Xml
                | Self::Json
                | Self::JsonMessage
                | Self::NotFound
                | Self::UnknownProfile
                | Self::Utf16
                | Self::Text
                | Self::MemoryFigures
                | Self::TextMessage
                | Self::Binary
                | Self::Gzip
                | Self::Zstd
                | Self::Zlib
                | Self::Xz
                | Self::Bzip2
                | Self::Lz4
                | Self::SevenZip
                | Self::Zip
                | Self::Tar
        )
    }

    /// Returns true for an archive that is read where it stands in a directory, and not inside another archive.
    pub fn is_nested_archive(self) -> bool {
        matches!(self, Self::Zip | Self::Tar)
    }

    fn row(self) -> Option<&'static KindRow> {
        KINDS.iter().find(|row| row.kind == self)
    }

    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::TextMessage | Self::JsonMessage => Some(NO_PROFILE),
            Self::Text | Self::Json => None,
            Self::MemoryFigures => Some("give them beside a profile: heapglass report memory --memory FILE PROFILE"),
            Self::Binary => Some("if it is a pprof profile, it is damaged from its first byte on; fetch it again"),
            Self::Tar => Some("save it and give it as a file, or unpack it first: tar xf FILE"),
            other => other.row().map(|row| row.hint),
        }
    }
}

impl fmt::Display for ContentKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::MemoryFigures => "holds figures of a process's memory",
            Self::Text | Self::TextMessage => "is text",
            Self::JsonMessage => "is JSON",
            Self::Tar => "is a tar archive",
            other => other.row().map_or("is binary data of an unknown kind", |row| row.says),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_identified_by_its_first_bytes() {
        for (head, kind) in [
            (&b"\n<!DOCTYPE HTML><title>"[..], ContentKind::HtmlDoctype),
            (b"{\"snapshot\":{\"meta\":", ContentKind::V8HeapSnapshot),
            (b"\x7fELF\x02\x01", ContentKind::Elf),
            ("gr\u{f6}\u{df}er".as_bytes(), ContentKind::Text),
            (b"\x0a\x04\x08\x01\x10\x02", ContentKind::Binary),
            (b"\x0a\x1c\x0a\x0a\x0a\x08\x0a\x01k\x12\x03\x0a\x01v\x12\x0e\x0a\x00", ContentKind::Otlp),
            (b"{ \"resourceProfiles\": []", ContentKind::Otlp),
            (b"\x0a\x04\x08\x0a\x10\x12\x12\x05\x0a\x01\x01", ContentKind::Binary),
            (b"[root]\nstacks", ContentKind::Text),
            (&[b'\n'; 40], ContentKind::Text),
            (b"root:x:0:0:root:/root:/bin/bash", ContentKind::Text),
            (b"Service Unavailable", ContentKind::TextMessage),
            (b"{\"error\":\"no profile\"}", ContentKind::JsonMessage),
            (b"{\"name\":\"x\"}", ContentKind::Json),
            (b"Type: inuse_space\nShowing nodes accounting for 24MB\n      flat  flat%", ContentKind::PprofTop),
        ] {
            assert_eq!(ContentKind::of(head), kind);
        }
    }

    #[test]
    fn every_signature_is_found_and_leads_on() {
        for row in KINDS {
            assert!(!row.hint.is_empty() && !row.signatures.is_empty(), "{}", row.says);
            for Signature { prefix, also, .. } in row.signatures {
                assert_eq!(ContentKind::of(&[*prefix, b" ", *also].concat()), row.kind, "{}", row.says);
            }
            let is_unknown = matches!(row.kind, ContentKind::Json | ContentKind::Utf16);
            assert!(is_unknown || row.hint != NO_PROFILE, "{}", row.says);
        }
    }
}
