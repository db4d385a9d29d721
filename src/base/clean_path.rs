//! Lexical cleaning of paths: `/a/./b/../c` becomes `/a/c`, as with Go's `filepath.Clean`.

use std::borrow::Cow;

/// Length up to which all bytes of a path are compared at once.
const USUAL: usize = 256;

/// Path without `.` and `..` elements and without doubled separators; an empty path stays empty.
pub fn clean_path(path: &str) -> Cow<'_, str> {
    if path.len() <= USUAL && is_clearly_clean(path) {
        return Cow::Borrowed(path);
    }
    let is_clean = |part: &str| !matches!(part, "" | "." | "..");
    let parts = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() || parts.split('/').all(is_clean) {
        return Cow::Borrowed(path);
    }
    let is_rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in parts.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => drop(kept.pop()),
            ".." if is_rooted => {}
            part => kept.push(part),
        }
    }
    let root = if is_rooted { "/" } else { "" };
    match (root, kept.as_slice()) {
        ("", []) => Cow::Borrowed("."),
        (root, kept) => Cow::Owned(format!("{root}{}", kept.join("/"))),
    }
}

/// Returns true if no element is empty or begins with a point, as in nearly all paths. All bytes are compared, which is
/// faster than to stop at the first separator.
fn is_clearly_clean(path: &str) -> bool {
    let bytes = path.as_bytes();
    let [first, .., last] = *bytes else { return false };
    let pairs = bytes.iter().zip(&bytes[1..]);
    let is_unclear = pairs.fold(false, |found, (one, next)| found | ((*one == b'/') & matches!(*next, b'/' | b'.')));
    first != b'.' && last != b'/' && !is_unclear
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_are_left_out() {
        for (path, clean) in [
            ("", ""),
            ("/src/app/x.go", "/src/app/x.go"),
            ("/src/app/../app/x.go", "/src/app/x.go"),
            ("./a//b/./c", "a/b/c"),
            ("../a/../b", "../b"),
            ("/../a/", "/a"),
            ("a/..", "."),
            ("/", "/"),
            ("//", "/"),
            ("a/", "a"),
            (".hidden/x", ".hidden/x"),
            ("/a/.hidden/..x", "/a/.hidden/..x"),
            ("a/.", "a"),
            ("C:\\a\\..\\b", "C:\\a\\..\\b"),
        ] {
            assert_eq!(clean_path(path), clean, "{path}");
        }
    }
}
