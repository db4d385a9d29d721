//! What bytes look like that are no profile, so that the error can say so and what would help.

/// What `head`, the first bytes of an input, look like; completes the sentence "it …".
pub fn looks_like(head: &[u8]) -> &'static str {
    let text = head.trim_ascii_start();
    let lower: Vec<u8> = text.iter().take(64).map(u8::to_ascii_lowercase).collect();
    KINDS
        .iter()
        .find(|kind| if kind.binary { head.starts_with(kind.start) } else { lower.starts_with(kind.start) })
        .map_or_else(|| if is_text(head) { TEXT } else { BINARY }, |kind| kind.says)
}

/// What would help with bytes that look like `says`.
pub(super) fn hint(says: &str) -> Option<&'static str> {
    KINDS.iter().find(|kind| kind.says == says).map(|kind| kind.hint).or((says == TEXT).then_some(TEXT_HINT))
}

/// Whether bytes are nothing that could be a protobuf message: known by their first bytes, or text throughout.
pub(super) fn is_something_else(head: &[u8]) -> bool {
    let says = looks_like(head);
    says != BINARY
}

const TEXT: &str = "is text";
const BINARY: &str = "is binary data of an unknown kind";
const TEXT_HINT: &str = "did a server answer with a message instead of a profile? Go serves heaps at /debug/pprof/heap";
const WEB_HINT: &str = "the server answered with a web page; Go serves heaps at /debug/pprof/heap";

struct KindOfBytes {
    start: &'static [u8],
    binary: bool,
    says: &'static str,
    hint: &'static str,
}

const fn text(start: &'static [u8], says: &'static str, hint: &'static str) -> KindOfBytes {
    KindOfBytes { start, binary: false, says, hint }
}

const fn binary(start: &'static [u8], says: &'static str, hint: &'static str) -> KindOfBytes {
    KindOfBytes { start, binary: true, says, hint }
}

const KINDS: &[KindOfBytes] = &[
    text(b"<!doctype html", "starts with <!DOCTYPE html", WEB_HINT),
    text(b"<html", "starts with <html", WEB_HINT),
    text(b"<?xml", "is XML", WEB_HINT),
    text(
        b"{\"snapshot\":",
        "is a V8 heap snapshot",
        "a snapshot lists objects; `node --heap-prof` writes a heap profile",
    ),
    text(b"{\"nodes\":", "is a V8 CPU profile", "`node --heap-prof` writes a heap profile"),
    text(b"{", "is JSON", TEXT_HINT),
    text(b"goroutine profile:", "is a goroutine profile as text", "heap profiles are at /debug/pprof/heap"),
    text(b"404 page not found", "says \"404 page not found\"", "heap profiles are at /debug/pprof/heap"),
    text(b"unknown profile", "says \"Unknown profile\"", "heap profiles are at /debug/pprof/heap"),
    binary(b"\x7fELF", "is an ELF binary", "give the profile, not the program that it was taken of"),
    binary(b"\x28\xb5\x2f\xfd", "is zstd inside another compression", "unpack it once: gunzip FILE or zstd -d FILE"),
    binary(b"\x1f\x8b", "is gzip inside gzip", "unpack it once: gunzip FILE"),
    binary(b"PK\x03\x04", "is a zip archive", "unpack it first: unzip FILE"),
    binary(b"BZh", "is compressed with bzip2", "unpack it first: bunzip2 FILE"),
    binary(b"\xfd7zXZ", "is compressed with xz", "unpack it first: unxz FILE"),
    binary(b"\x89PNG", "is a picture", "give the profile itself"),
    binary(b"\xff\xfe", "is UTF-16 text", TEXT_HINT),
    binary(b"\xfe\xff", "is UTF-16 text", TEXT_HINT),
    binary(b"JAVA PROFILE", "is a Java heap dump", "a heap dump lists objects; heapglass reads heap profiles"),
];

/// Whether the first bytes are text: printable or white space throughout, in UTF-8.
pub(super) fn is_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(512)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut at the end of what is looked at.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
        Err(_) => return false,
    };
    // A protobuf message begins with a tag below 0x20 that is no white space, or 0x0a: what matters is that text has no
    // other control characters.
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_profile_is_named() {
        assert_eq!(looks_like(b"\n<!DOCTYPE HTML><title>"), "starts with <!DOCTYPE html");
        assert_eq!(looks_like(b"{\"snapshot\":{\"meta\":"), "is a V8 heap snapshot");
        assert_eq!(looks_like(b"\x7fELF\x02\x01"), "is an ELF binary");
        assert_eq!(looks_like("größer".as_bytes()), TEXT);
        assert_eq!(looks_like(b"\x0a\x04\x08\x01\x10\x02"), BINARY);
        assert!(hint(TEXT).is_some());
    }

    #[test]
    fn every_kind_has_a_hint() {
        for kind in KINDS {
            assert!(hint(kind.says).is_some(), "{}", kind.says);
        }
    }
}
