//! Content of inputs that are not profiles, recognized by their first bytes.

use std::fmt;

/// Kind of content of an input that is not a profile. `Display` completes the sentence "it …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentKind {
    /// A web page that begins with its document type.
    HtmlDoctype,
    /// A web page.
    Html,
    /// XML.
    Xml,
    /// A V8 heap snapshot.
    V8HeapSnapshot,
    /// A V8 CPU profile.
    V8CpuProfile,
    /// Other JSON.
    Json,
    /// Go's text of goroutines.
    GoroutineProfile,
    /// The body of a 404 response of Go's HTTP server.
    NotFound,
    /// Go's answer to a request for a profile that it does not have.
    UnknownProfile,
    /// An ELF program or library.
    Elf,
    /// Zstandard inside another compression.
    Zstd,
    /// Gzip inside another compression.
    Gzip,
    /// A zip archive.
    Zip,
    /// Bzip2.
    Bzip2,
    /// Xz.
    Xz,
    /// A PNG picture.
    Png,
    /// UTF-16 text.
    Utf16,
    /// A heap dump of the JVM.
    JavaHeapDump,
    /// Other UTF-8 text.
    Text,
    /// Other binary data.
    Binary,
}

/// First bytes that identify a kind of content.
struct Signature {
    prefix: &'static [u8],
    encoding: Encoding,
    kind: ContentKind,
}

/// Rule by which first bytes are compared with a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// After leading white space, in lower case.
    Text,
    /// Byte for byte.
    Binary,
}

const fn text(prefix: &'static [u8], kind: ContentKind) -> Signature {
    Signature { prefix, encoding: Encoding::Text, kind }
}

const fn binary(prefix: &'static [u8], kind: ContentKind) -> Signature {
    Signature { prefix, encoding: Encoding::Binary, kind }
}

const SIGNATURES: &[Signature] = &[
    text(b"<!doctype html", ContentKind::HtmlDoctype),
    text(b"<html", ContentKind::Html),
    text(b"<?xml", ContentKind::Xml),
    text(b"{\"snapshot\":", ContentKind::V8HeapSnapshot),
    text(b"{\"nodes\":", ContentKind::V8CpuProfile),
    text(b"{", ContentKind::Json),
    text(b"goroutine profile:", ContentKind::GoroutineProfile),
    text(b"404 page not found", ContentKind::NotFound),
    text(b"unknown profile", ContentKind::UnknownProfile),
    binary(b"\x7fELF", ContentKind::Elf),
    binary(b"\x28\xb5\x2f\xfd", ContentKind::Zstd),
    binary(b"\x1f\x8b", ContentKind::Gzip),
    binary(b"PK\x03\x04", ContentKind::Zip),
    binary(b"BZh", ContentKind::Bzip2),
    binary(b"\xfd7zXZ", ContentKind::Xz),
    binary(b"\x89PNG", ContentKind::Png),
    binary(b"\xff\xfe", ContentKind::Utf16),
    binary(b"\xfe\xff", ContentKind::Utf16),
    binary(b"JAVA PROFILE", ContentKind::JavaHeapDump),
];

/// Bytes compared with text signatures.
const SIGNATURE_BYTES: usize = 64;
/// Bytes examined to tell text from binary data.
const TEXT_BYTES: usize = 512;

impl ContentKind {
    /// Identifies content by `head`, the first bytes of an inflated input.
    pub fn of(head: &[u8]) -> Self {
        let lower: Vec<u8> = head.trim_ascii_start().iter().take(SIGNATURE_BYTES).map(u8::to_ascii_lowercase).collect();
        let matches = |signature: &&Signature| match signature.encoding {
            Encoding::Text => lower.starts_with(signature.prefix),
            Encoding::Binary => head.starts_with(signature.prefix),
        };
        match SIGNATURES.iter().find(matches) {
            Some(signature) => signature.kind,
            None if is_text(head) => Self::Text,
            None => Self::Binary,
        }
    }

    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::HtmlDoctype | Self::Html | Self::Xml => {
                "the server answered with a web page; Go serves heaps at /debug/pprof/heap"
            }
            Self::V8HeapSnapshot => "a snapshot lists objects; `node --heap-prof` writes a heap profile",
            Self::V8CpuProfile => "`node --heap-prof` writes a heap profile",
            Self::Json | Self::Utf16 | Self::Text => {
                "did a server answer with a message instead of a profile? Go serves heaps at /debug/pprof/heap"
            }
            Self::GoroutineProfile | Self::NotFound | Self::UnknownProfile => "heap profiles are at /debug/pprof/heap",
            Self::Elf => "give the profile, not the program that it was taken of",
            Self::Zstd => "unpack it once: gunzip FILE or zstd -d FILE",
            Self::Gzip => "unpack it once: gunzip FILE",
            Self::Zip => "unpack it first: unzip FILE",
            Self::Bzip2 => "unpack it first: bunzip2 FILE",
            Self::Xz => "unpack it first: unxz FILE",
            Self::Png => "give the profile itself",
            Self::JavaHeapDump => "a heap dump lists objects; heapglass reads heap profiles",
            Self::Binary => return None,
        })
    }
}

impl fmt::Display for ContentKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::HtmlDoctype => "starts with <!DOCTYPE html",
            Self::Html => "starts with <html",
            Self::Xml => "is XML",
            Self::V8HeapSnapshot => "is a V8 heap snapshot",
            Self::V8CpuProfile => "is a V8 CPU profile",
            Self::Json => "is JSON",
            Self::GoroutineProfile => "is a goroutine profile as text",
            Self::NotFound => "says \"404 page not found\"",
            Self::UnknownProfile => "says \"Unknown profile\"",
            Self::Elf => "is an ELF binary",
            Self::Zstd => "is zstd inside another compression",
            Self::Gzip => "is gzip inside gzip",
            Self::Zip => "is a zip archive",
            Self::Bzip2 => "is compressed with bzip2",
            Self::Xz => "is compressed with xz",
            Self::Png => "is a picture",
            Self::Utf16 => "is UTF-16 text",
            Self::JavaHeapDump => "is a Java heap dump",
            Self::Text => "is text",
            Self::Binary => "is binary data of an unknown kind",
        })
    }
}

/// Returns true if the first bytes are UTF-8 text without control characters.
pub(super) fn is_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(TEXT_BYTES)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The end of the examined bytes may cut a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
        Err(_) => return false,
    };
    // A protobuf message begins with a tag, which is a control character below 0x20 or the line feed 0x0a. Other
    // control characters follow soon.
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
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
            ("größer".as_bytes(), ContentKind::Text),
            (b"\x0a\x04\x08\x01\x10\x02", ContentKind::Binary),
        ] {
            assert_eq!(ContentKind::of(head), kind);
        }
    }

    #[test]
    fn every_signature_is_found_and_has_a_hint() {
        for signature in SIGNATURES {
            assert_eq!(ContentKind::of(signature.prefix), signature.kind);
            assert!(signature.kind.hint().is_some(), "{}", signature.kind);
        }
    }
}
