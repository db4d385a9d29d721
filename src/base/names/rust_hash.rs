//! Hashes in Rust names, which differ between builds.

/// Removes suffixes added by the compiler: `::h0123456789abcdef`, `.llvm.123`.
pub fn without_hash(name: &str) -> &str {
    let name = match name.rfind(".llvm.") {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    };
    match name.rsplit_once("::h") {
        Some((rest, hash)) if !rest.is_empty() && is_hash(hash) => rest,
        _ => name,
    }
}

/// Part of a legacy Rust name before its hash; other names are returned unchanged.
pub fn without_legacy_hash(name: &[u8]) -> &[u8] {
    // Functions split off by LLVM have a suffix after the hash.
    let llvm = name.windows(6).rposition(|part| part == b".llvm.").map_or(name, |at| &name[..at]);
    let (end, start) = match llvm.strip_suffix(b"E") {
        Some(inner) if name.starts_with(b"_ZN") || name.starts_with(b"__ZN") => (inner, &b"17h"[..]),
        _ => (llvm, &b"::h"[..]),
    };
    let Some(at) = end.len().checked_sub(16 + start.len()) else { return name };
    let hash = &end[at + start.len()..];
    let is_hash = hash.iter().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit));
    if at > 0 && is_hash && end[at..].starts_with(start) { &name[..at] } else { name }
}

/// Removes the crate hashes of a demangled v0 name (`store[4fa91a8ac9a3a6a0]::put`); `None` if there are none.
pub fn without_crate_hashes(name: &str) -> Option<String> {
    // Hashes have 64 bits and no leading zeros; shorter ones may be indices or types of other languages.
    const DIGITS: std::ops::RangeInclusive<usize> = 12..=16;
    let mut kept = String::new();
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let close = open + rest[open..].find(']')?;
        let hash = &rest[open + 1..close];
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_crate = rest[..open].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
        let is_hash = DIGITS.contains(&hash.len()) && hash.bytes().all(is_digit);
        kept.push_str(&rest[..if is_crate && is_hash { open } else { close + 1 }]);
        rest = &rest[close + 1..];
    }
    kept.push_str(rest);
    (kept.len() < name.len()).then_some(kept)
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
