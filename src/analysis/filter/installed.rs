//! Source files that belong to a language or to a package manager, recognized by their path.

use crate::base::names::Language;

/// Installer of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Installed {
    /// Runtime of the language or C library of the system.
    Runtime,
    /// Standard library of the language.
    Standard,
    /// Package manager.
    Package,
}

/// Parts of the paths that package managers use.
const PACKAGES: [&str; 16] = [
    "/pkg/mod/",
    "/vendor/",
    "/.cargo/",
    "/cargo/registry/",
    "/cargo/git/",
    "/registry/src/",
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/.m2/",
    "/.gradle/",
    "/usr/include/",
    "/usr/lib/",
    "/usr/local/include/",
    "/_deps/",
    "/.conan",
];

/// Parts of the paths of standard libraries.
const STANDARD: [&str; 6] =
    ["/rustc/", "/lib/rustlib/src/rust/library/", "/include/c++/", "/libstdc++-v3/", "/libcxx/", "/usr/local/go/src/"];

/// Directories of the C library, as its own debug information names them.
const C_LIBRARY: [&str; 14] = [
    "csu/",
    "libio/",
    "malloc/",
    "nptl/",
    "elf/",
    "misc/",
    "stdio-common/",
    "stdlib/",
    "string/",
    "sysdeps/",
    "posix/",
    "io/",
    "socket/",
    "time/",
];

/// Installer of `file`; `None` for a file of the program, as far as its path tells.
pub(super) fn installed(language: Language, file: &str) -> Option<Installed> {
    if has_part(file, &STANDARD) {
        let is_allocator =
            file.contains("/alloc/src/alloc.rs") || file.contains("/std/src/sys") || file.contains("/std/src/rt.rs");
        return Some(if is_allocator { Installed::Runtime } else { Installed::Standard });
    }
    if has_part(file, &PACKAGES) || language == Language::Go && has_version(file) {
        return Some(if language == Language::Python && is_python_standard(file) {
            Installed::Standard
        } else {
            Installed::Package
        });
    }
    match language {
        Language::Python if file.starts_with("<frozen ") => Some(Installed::Runtime),
        Language::Python if is_python_standard(file) => Some(Installed::Standard),
        Language::Node if file.starts_with("node:internal") => Some(Installed::Runtime),
        Language::Node if file.starts_with("node:") || file.is_empty() => Some(Installed::Standard),
        Language::Cpp | Language::Rust | Language::Other if is_c_library(file) => Some(Installed::Runtime),
        _ => None,
    }
}

/// Returns true if a path contains one of these parts, which begin with `/`, or begins with a part without its `/`.
fn has_part(file: &str, parts: &[&str]) -> bool {
    let is_part = |rest: &str| {
        let first = rest.as_bytes().first();
        parts.iter().any(|part| part.as_bytes().get(1) == first && rest.starts_with(&part[1..]))
    };
    is_part(file) || file.bytes().enumerate().any(|(at, byte)| byte == b'/' && is_part(&file[at + 1..]))
}

/// Returns true for `module@v1.2.3/file.go`, the path of a dependency of a trimmed build.
fn has_version(file: &str) -> bool {
    file.split('@').skip(1).any(|rest| {
        let mut letters = rest.bytes();
        letters.next() == Some(b'v') && letters.next().is_some_and(|digit| digit.is_ascii_digit())
    })
}

/// Returns true for Python's own library, `…/lib/python3.11/…`, without the packages installed in its folder.
fn is_python_standard(file: &str) -> bool {
    file.contains("/lib/python") && !file.contains("/site-packages/") && !file.contains("/dist-packages/")
}

fn is_c_library(file: &str) -> bool {
    let Some(rest) = file.strip_prefix("./").or_else(|| file.strip_prefix("../")) else { return false };
    C_LIBRARY.iter().any(|folder| rest.starts_with(folder))
}

/// First elements of the import paths of Go's standard library.
pub(super) const GO_PACKAGES: [&str; 50] = [
    "archive",
    "bufio",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go/[a-z]+",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "vendor",
    "weak",
];
