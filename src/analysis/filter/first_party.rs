//! The program's own code among the functions of a profile: its modules, crates, packages, namespaces or directories.
//!
//! A known source file decides: files installed by package managers and systems are not the program's. Without files
//! the names decide, with the crate, class or package of `main` first.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::filter::installed::{GO_PACKAGES, installed};
use crate::base::compact_sort::CompactSort;
use crate::base::names::{Language, package_of};
use crate::base::step_count::count_steps;

/// Maximum number of functions examined.
const MAX_FUNCTIONS: usize = 50_000;
/// Length of the longest name or path examined, in bytes.
const MAX_TEXT: usize = 4096;
/// Maximum number of modules and directories in a pattern.
const MAX_PARTS: usize = 8;
/// Modules of installed code whose files are not known: first elements of Java packages, crates and C++ namespaces.
const WELL_KNOWN: [&str; 54] = [
    "abseil",
    "absl",
    "addr2line",
    "akka",
    "arrow",
    "axum",
    "backtrace",
    "boost",
    "bytes",
    "crossbeam",
    "fmt",
    "folly",
    "futures",
    "futures_util",
    "gimli",
    "google",
    "grpc",
    "h2",
    "hyper",
    "hyper_util",
    "indexmap",
    "io.grpc",
    "io.netty",
    "io.vertx",
    "java",
    "javax",
    "jdk",
    "kotlin",
    "kotlinx",
    "leveldb",
    "log",
    "miniz_oxide",
    "mio",
    "object",
    "org.apache",
    "org.eclipse",
    "org.hibernate",
    "org.junit",
    "org.springframework",
    "com.fasterxml",
    "com.google",
    "com.sun",
    "protobuf",
    "rayon",
    "reactor",
    "regex",
    "rocksdb",
    "rustls",
    "scala",
    "serde",
    "serde_json",
    "sun",
    "tokio",
    "tracing",
];

/// Function by its raw name and its source file.
pub type NameAndFile<'a> = (&'a str, Option<&'a str>);

/// Builds the pattern of the program's own code; `None` if neither names nor files show which code that is.
pub(super) fn first_party<'a>(language: Language, functions: impl Iterator<Item = NameAndFile<'a>>) -> Option<String> {
    // A name or path of many kilobytes would make a pattern of many megabytes.
    let is_short =
        |(name, file): &NameAndFile| name.len() <= MAX_TEXT && file.is_none_or(|file| file.len() <= MAX_TEXT);
    let functions: Vec<NameAndFile> = functions.take(MAX_FUNCTIONS).filter(is_short).collect();
    match language {
        Language::Go => go(&functions),
        Language::Java => java(&functions),
        Language::Rust => rust(&functions),
        Language::Cpp => cpp(&functions),
        Language::Python => directories(language, &functions)
            .or_else(|| Some(r"file:^(/(srv|app|home|opt|work|usr/src|workspace)/|[^/<])".to_owned())),
        Language::Node => directories(language, &functions).or_else(|| Some(r"file:^(file://)?/[^:]*$".to_owned())),
        Language::Other => None,
    }
}

/// Pattern of `main`, and of the module with most functions among those that were not installed.
fn go<'a>(functions: &[NameAndFile<'a>]) -> Option<String> {
    let has_main = functions.iter().any(|(name, _)| name.starts_with("main."));
    // Most functions are the standard library's, of no module: their files are not looked at.
    let modules = |is_own: fn(Option<&str>) -> bool| {
        let module = |(name, file): &NameAndFile<'a>| go_module(name).filter(|_| is_own(*file));
        ranked(functions.iter().filter_map(module))
    };
    let own = modules(|file| file.is_none_or(|file| installed(Language::Go, file).is_none()));
    let own = if own.is_empty() && !has_main { modules(|_| true) } else { own };
    match own.first().map(|module| regex::escape(module)) {
        Some(module) if has_main => Some(format!(r"fn:^(main\.|{module}[./])")),
        Some(module) => Some(format!(r"fn:^{module}[./]")),
        None => has_main.then(|| r"fn:^main\.".to_owned()),
    }
}

/// `host/owner/project` of a function, or the first element of an import path without a host; `None` for the standard
/// library and `main`.
fn go_module(name: &str) -> Option<&str> {
    let package = package_of(Language::Go, name);
    let host = package.split('/').next().filter(|host| !host.is_empty() && *host != "main")?;
    if !host.contains('.') {
        return (host != "go" && !GO_PACKAGES.contains(&host)).then_some(host);
    }
    let rest = package.len() - host.len();
    let parts: usize = package[host.len()..].split('/').skip(1).take(2).map(|part| part.len() + 1).sum();
    Some(&package[..host.len() + parts.min(rest)])
}

/// Pattern of the first two packages of the class with `main`, else of those with most functions.
fn java(functions: &[NameAndFile]) -> Option<String> {
    let dotted = functions.iter().map(|(name, _)| name.replace('/', "."));
    let names: Vec<String> = dotted.filter(|name| !is_well_known(name)).collect();
    let package = |name: &str| {
        let package = package_of(Language::Java, name);
        let end = package.match_indices('.').map(|(at, _)| at).nth(1).unwrap_or(package.len());
        Some(package[..end].to_owned()).filter(|package| !package.is_empty())
    };
    let main = names.iter().find(|name| name.rsplit('.').next() == Some("main")).and_then(|name| package(name));
    let own = main.or_else(|| ranked(names.iter().filter_map(|name| package(name))).into_iter().next())?;
    Some(format!(r"fn:^{}[./]", regex::escape(&own).replace(r"\.", "[./]")))
}

/// Pattern of the crates whose files were not installed; without files, the crate with `main`, else the one with most
/// functions.
fn rust(functions: &[NameAndFile]) -> Option<String> {
    const STANDARD: [&str; 5] = ["std", "core", "alloc", "hashbrown", "__rustc"];
    // `<impl hashbrown::…>` stands for no crate of that name.
    let of = |name| first_segment(Language::Rust, name).filter(|own| !STANDARD.contains(own) && !own.contains(' '));
    let own = ranked(with_own_file(Language::Rust, functions).filter_map(of));
    if !own.is_empty() {
        return Some(segments(&own, ""));
    }
    let main =
        functions.iter().map(|(name, _)| *name).filter(|name| package_of(Language::Rust, name).find("::").is_none());
    let main = main.filter(|name| crate::base::names::readable(name).ends_with("::main")).find_map(of);
    let most = || ranked(functions.iter().filter_map(|(name, _)| of(name)).filter(|own| !is_well_known(own)));
    main.or_else(|| most().first().copied()).map(|own| segments(&[own], ""))
}

/// Pattern of the namespaces whose files were not installed, and of the directories of these files; without files, the
/// namespace with most functions.
fn cpp(functions: &[NameAndFile]) -> Option<String> {
    const STANDARD: [&str; 3] = ["std", "__gnu_cxx", "__cxxabiv1"];
    let of = |name| first_segment(Language::Cpp, name).filter(|own| !STANDARD.contains(own));
    let own = ranked(with_own_file(Language::Cpp, functions).filter_map(of));
    let directories = own_directories(Language::Cpp, functions);
    if !own.is_empty() || !directories.is_empty() {
        let directories: Vec<String> = directories.iter().map(|one| format!("|^{}/", regex::escape(one))).collect();
        let spaces: Vec<String> = own.iter().take(MAX_PARTS).map(|own| format!("{}::|", regex::escape(own))).collect();
        return Some(format!("^({}main$){}", spaces.concat(), directories.concat()));
    }
    let most = ranked(functions.iter().filter_map(|(name, _)| of(name)).filter(|own| !is_well_known(own)));
    most.first().map(|own| segments(&[own], "|^main$"))
}

/// Names of the functions whose file is known and was not installed.
fn with_own_file<'a>(language: Language, functions: &'a [NameAndFile<'a>]) -> impl Iterator<Item = &'a str> {
    let is_own = move |file: &str| installed(language, file).is_none();
    functions.iter().filter(move |(_, file)| file.is_some_and(is_own)).map(|(name, _)| *name)
}

/// Pattern of the directories of the program's own files; `None` without any.
fn directories(language: Language, functions: &[NameAndFile]) -> Option<String> {
    let found = own_directories(language, functions);
    let parts: Vec<String> = found.iter().map(|one| format!("{}/", regex::escape(one))).collect();
    let relative = functions.iter().filter_map(|(_, file)| *file);
    let has_relative = relative.filter(|file| installed(language, file).is_none()).any(is_relative);
    let parts = parts.into_iter().chain(has_relative.then(|| "[^/<]".to_owned())).collect::<Vec<_>>();
    (!parts.is_empty()).then(|| format!("file:^(file://)?({})", parts.join("|")))
}

/// Directories of source files that were not installed, without those below another one, most files first.
fn own_directories(language: Language, functions: &[NameAndFile]) -> Vec<String> {
    let files = functions.iter().filter_map(|(_, file)| *file).filter(|file| installed(language, file).is_none());
    let plain = files.map(|file| file.strip_prefix("file://").unwrap_or(file)).filter(|file| !is_relative(file));
    let ranked =
        ranked(plain.filter_map(|file| file.rfind('/').map(|end| &file[..end])).filter(|path| !path.is_empty()));
    let tops: FxHashSet<&str> = topmost(&ranked).into_iter().collect();
    ranked.into_iter().filter(|one| tops.contains(one)).take(MAX_PARTS).map(str::to_owned).collect()
}

/// Directories that are not below another one.
fn topmost<'a>(directories: &[&'a str]) -> Vec<&'a str> {
    let mut sorted = directories.to_vec();
    // By elements, so that what is below a directory follows it.
    sorted.compact_sort_by(|one, other| one.split('/').cmp(other.split('/')));
    let mut tops: Vec<&str> = Vec::new();
    for one in sorted {
        count_steps(1);
        let is_below = |top: &&str| one.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'));
        if !tops.last().is_some_and(is_below) {
            tops.push(one);
        }
    }
    tops
}

fn is_relative(file: &str) -> bool {
    !file.starts_with('/') && !file.starts_with('<') && !file.contains(':') && !file.is_empty()
}

/// First element of the package of a function: a crate or a namespace.
fn first_segment(language: Language, name: &str) -> Option<&str> {
    package_of(language, name).split("::").next().filter(|first| !first.is_empty())
}

/// Pattern of functions in one of these crates or namespaces.
fn segments(own: &[&str], more: &str) -> String {
    let names: Vec<String> = own.iter().take(MAX_PARTS).map(|own| regex::escape(own)).collect();
    match (&names[..], more) {
        ([one], "") => format!("fn:^<?{one}::"),
        (many, more) => format!("fn:^<?({})::{more}", many.join("|")),
    }
}

fn is_well_known(name: &str) -> bool {
    let follows = |known: &str| matches!(name.as_bytes().get(known.len()), None | Some(b'.' | b':'));
    WELL_KNOWN.iter().any(|known| name.starts_with(known) && follows(known))
}

/// Distinct values, the most frequent first, equal ones in order.
fn ranked<T: std::hash::Hash + Eq + Ord + Clone>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: FxHashMap<T, usize> = FxHashMap::default();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut ranked: Vec<(T, usize)> = counts.into_iter().collect();
    ranked.compact_sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    ranked.into_iter().map(|(value, _)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::filter::{CodeOwner, CodeOwners};
    use crate::base::step_count::measure_steps;

    /// Functions that are the program's own code.
    fn own<'a>(language: Language, functions: &[NameAndFile<'a>]) -> Vec<&'a str> {
        let owners = CodeOwners::new(language, functions.iter().copied());
        let is_own = |(name, file): &&NameAndFile| owners.of(name, *file) == Some(CodeOwner::FirstParty);
        functions.iter().filter(is_own).map(|(name, _)| *name).collect()
    }

    #[test]
    fn the_most_frequent_crate_is_not_the_program() {
        let registry = Some("/home/.cargo/registry/src/index-1949cf8c6b5b557f/tokio-1.40.0/src/runtime/task/core.rs");
        let functions = [
            ("tokio::runtime::task::core::Core<T,S>::poll", registry),
            ("tokio::runtime::task::harness::poll_future", registry),
            ("tokio::loom::std::unsafe_cell::UnsafeCell<T>::with_mut", registry),
            ("orders::Journal::push", Some("src/main.rs")),
            ("alloc::vec::Vec<T,A>::push", Some("/rustc/59807616e1/library/alloc/src/vec/mod.rs")),
        ];
        assert_eq!(own(Language::Rust, &functions), ["orders::Journal::push"]);
        let nameless: Vec<NameAndFile> = functions.iter().map(|(name, _)| (*name, None)).collect();
        let with_main = [&nameless[..], &[("orders::main", None)]].concat();
        assert_eq!(own(Language::Rust, &with_main), ["orders::Journal::push", "orders::main"]);
    }

    #[test]
    fn java_has_the_package_of_its_main_class() {
        let functions = [
            ("java/lang/invoke/LambdaForm$MH.invoke", None),
            ("java/lang/invoke/DirectMethodHandle.allocateInstance", None),
            ("org/springframework/web/servlet/DispatcherServlet.doDispatch", None),
            ("org/springframework/web/filter/OncePerRequestFilter.doFilter", None),
            ("com/acme/shop/Main.main", None),
        ];
        assert_eq!(own(Language::Java, &functions), ["com/acme/shop/Main.main"]);
    }

    #[test]
    fn python_and_node_have_the_directories_outside_of_their_packages() {
        let functions = [
            ("parse", Some("/srv/shop/.venv/lib/python3.11/site-packages/pyparsing/core.py")),
            ("load", Some("/usr/lib/python3.11/json/__init__.py")),
            ("report", Some("/srv/shop/app/report.py")),
        ];
        assert_eq!(own(Language::Python, &functions), ["report"]);
        let functions = [
            ("write", Some("node:internal/streams/writable")),
            ("encode", Some("file:///srv/shop/node_modules/pprof-format/dist/index.js")),
            ("ingest", Some("file:///srv/shop/src/shop.js")),
        ];
        assert_eq!(own(Language::Node, &functions), ["ingest"]);
    }

    #[test]
    fn cpp_has_its_namespaces_and_free_functions() {
        let functions = [
            ("std::vector<int>::push_back(int&&)", Some("/usr/include/c++/12/bits/stl_vector.h")),
            ("boost::asio::io_context::run()", Some("/usr/include/boost/asio/impl/io_context.ipp")),
            ("__libc_start_main", Some("./csu/../csu/libc-start.c")),
            ("idx::Indexer::index(int)", Some("/home/build/src/indexer.cpp")),
            ("main", Some("/home/build/src/indexer.cpp")),
        ];
        assert_eq!(own(Language::Cpp, &functions), ["idx::Indexer::index(int)", "main"]);
    }

    #[test]
    fn go_has_the_module_that_was_not_downloaded() {
        let functions = [
            ("github.com/a/big.One", Some("/root/go/pkg/mod/github.com/a/big@v1.2.0/one.go")),
            ("github.com/a/big.Two", Some("github.com/a/big@v1.2.0/two.go")),
            ("example.com/lab/shop/store.Put", Some("/src/shop/store/put.go")),
            ("main.main", Some("/src/shop/main.go")),
        ];
        assert_eq!(own(Language::Go, &functions), ["example.com/lab/shop/store.Put", "main.main"]);
    }

    #[test]
    fn a_directory_below_another_one_is_not_named() {
        let all = ["/a/b", "/a.b", "/a", "/a/b/c", "/a-b/c", "/ab", "/c/d", "/c/e"];
        assert_eq!(topmost(&all), ["/a", "/a-b/c", "/a.b", "/ab", "/c/d", "/c/e"]);
        let steps = |size: usize| {
            let paths: Vec<String> = (0..size).map(|n| format!("/srv/{}", n * 7919 % size)).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            measure_steps(|| assert_eq!(topmost(&paths).len(), size)).0
        };
        assert_eq!(steps(4000), 4 * steps(1000));
    }

    #[test]
    fn a_path_of_many_kilobytes_makes_no_pattern() {
        let long = format!("/srv/{}/x.py", "a".repeat(MAX_TEXT));
        let pattern = first_party(Language::Python, [("f", Some(&*long))].into_iter()).unwrap();
        assert!(pattern.len() < 200, "{}", pattern.len());
    }
}
