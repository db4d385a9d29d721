//! Source files named by a profile: search, and refused files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use heapglass::base::source_text::{Freshness, MissingSource, Refusal, SourceArea, SourceText};
use heapglass::source::source_files::{PathTrim, SourceFinder};

use crate::support::sources::{change_at, folder};

fn write(path: PathBuf, text: &[u8]) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn first(found: Result<SourceText, MissingSource>) -> String {
    found.unwrap().line(0).into_owned()
}

fn refusals(found: Result<SourceText, MissingSource>) -> Vec<Refusal> {
    found.unwrap_err().tried.into_iter().map(|tried| tried.refusal).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_file_is_found_where_the_profile_says_then_by_the_longest_end_of_its_path() {
    let (root, here) = (folder("found"), folder("found-here"));
    let named = write(root.join("elsewhere/app/x.go"), b"as named");
    write(root.join("src/app/x.go"), b"the longer end");
    write(root.join("src/x.go"), b"the name alone");
    let mut finder = SourceFinder::new(Some(here.clone()), Vec::new());
    finder.add_folder(&root.join("src")).unwrap();
    assert_eq!(first(finder.find(text(&named), 0)), "as named");
    assert_eq!(first(finder.find("/build/app/x.go", 0)), "the longer end");
    assert_eq!(first(finder.find("/build/other/x.go", 0)), "the name alone");
    assert_eq!(first(finder.find("app/./x.go", 0)), "the longer end");
    assert_eq!(first(finder.find("C:\\build\\app\\x.go", 0)), "the longer end");
    // Below the current folder, a name alone is not enough.
    write(here.join("z.go"), b"here");
    assert_eq!(first(finder.find("z.go", 0)), "here");
    assert_eq!(first(finder.find("/proc/self/cwd/z.go", 0)), "here");
    let tried = finder.find("/build/deep/z.go", 0).unwrap_err().tried;
    assert!(
        tried.iter().all(|tried| tried.refusal == Refusal::Missing && tried.path != here.join("z.go")),
        "{tried:?}"
    );
    assert_eq!(tried[0].path, Path::new("/build/deep/z.go"));
}

#[test]
fn beginnings_of_paths_are_exchanged_or_cut_off() {
    let root = folder("trimmed");
    write(root.join("app/x.go"), b"found");
    write(root.join("vendor/github.com/lib/y.go"), b"vendored");
    let find = |trim: &str, named: &str| SourceFinder::new(Some(root.clone()), PathTrim::parse(trim)).find(named, 0);
    assert_eq!(first(find("/very/odd/place", "/very/odd/place/app/x.go")), "found");
    assert_eq!(first(find("/a:/very/odd/place/", "/very/odd/place/app/x.go")), "found");
    assert_eq!(first(find("/build=vendor", "/build/github.com/lib/y.go")), "vendored");
    assert_eq!(first(find(&format!("/build={}", text(&root)), "/build/app/x.go")), "found");
    // A part of a name is not a prefix of a path.
    assert!(find("/very/odd/pla=.", "/very/odd/place/x.go").is_err());
    assert!(find("/build=/nowhere", "/build/app/x.go").is_ok(), "what is exchanged is still looked for by its end");
}

#[test]
fn modules_are_found_as_their_cache_spells_them() {
    let root = folder("modules");
    write(root.join("github.com/!burnt!sushi/toml@v1.2.3/Decode.go"), b"a module");
    let mut finder = SourceFinder::default();
    finder.add_module_folder(&root);
    assert_eq!(first(finder.find("github.com/BurntSushi/toml@v1.2.3/Decode.go", 0)), "a module");
    assert_eq!(finder.find("github.com/BurntSushi/toml@v1.2.3/Decode.go", 0).unwrap().file.area, SourceArea::Outside);
}

#[test]
fn a_profile_cannot_bring_up_what_is_no_source_code() {
    let root = folder("strange");
    let key = write(root.join("id_rsa"), b"-----BEGIN PRIVATE KEY-----");
    let hidden = write(root.join(".ssh/config.py"), b"secret = 1");
    let link = root.join("innocent.go");
    symlink(&key, &link).unwrap();
    let finder = SourceFinder::new(Some(folder("strange-here")), Vec::new());
    for path in [&key, &hidden, &link] {
        assert_eq!(refusals(finder.find(text(path), 0))[0], Refusal::NotCode, "{}", path.display());
    }
    for path in ["/etc/passwd", "/proc/self/environ", "/proc/self/cmdline"] {
        assert_eq!(refusals(finder.find(path, 0))[0], Refusal::NotCode, "{path}");
    }
    // Files of a named folder are trusted.
    let mut asked = finder.clone();
    asked.add_folder(&root).unwrap();
    assert_eq!(first(asked.find(text(&key), 0)), "-----BEGIN PRIVATE KEY-----");
}

#[test]
fn no_path_leads_out_of_a_named_folder() {
    let root = folder("inside");
    write(root.join("secret/x.go"), b"outside");
    fs::create_dir(root.join("src")).unwrap();
    symlink(root.join("secret"), root.join("src/linked")).unwrap();
    let mut finder = SourceFinder::default();
    finder.add_folder(&root.join("src")).unwrap();
    assert!(refusals(finder.find("../secret/x.go", 0)).contains(&Refusal::OutsideFolder));
    assert!(refusals(finder.find("linked/x.go", 0)).contains(&Refusal::OutsideFolder));
    assert!(finder.add_folder(&root.join("none")).is_err());
    assert_eq!(finder.add_folder(&root.join("secret/x.go")), Err("not a directory".to_owned()));
}

#[test]
fn only_text_of_a_bounded_size_in_regular_files_is_read() {
    let root = folder("regular");
    fs::create_dir(root.join("folder.go")).unwrap();
    let made = Command::new("mkfifo").arg(root.join("pipe.go")).status().unwrap();
    assert!(made.success());
    write(root.join("binary.go"), b"package\0x");
    fs::File::create(root.join("large.go")).unwrap().set_len((16 << 20) + 1).unwrap();
    write(root.join("most.go"), &vec![b'\n'; 16 << 20]);
    let mut finder = SourceFinder::default();
    finder.add_folder(&root).unwrap();
    let refused = |name: &str| refusals(finder.find(text(&root.join(name)), 0))[0].clone();
    assert_eq!(refused("folder.go"), Refusal::NotRegular);
    assert_eq!(refused("pipe.go"), Refusal::NotRegular, "and nothing waited for its other end");
    assert_eq!(refused("binary.go"), Refusal::Binary);
    assert_eq!(refused("large.go"), Refusal::TooLarge(16 << 20));
    assert_eq!(refused("none.go"), Refusal::Missing);
    assert_eq!(finder.find("most.go", 0).unwrap().len(), 16 << 20);
    assert_eq!(refusals(finder.find("/dev/null", 0))[0], Refusal::NotRegular);
    assert_eq!(finder.find("", 0), Err(MissingSource::default()));
    assert_eq!(refusals(finder.find(&"a/".repeat(100_000), 0)).len(), 12, "as many as are worth telling");
}

#[test]
fn a_file_that_was_changed_since_says_so() {
    let root = folder("age");
    let file = write(root.join("x.go"), b"x");
    change_at(&file, 1000);
    let finder = SourceFinder::new(Some(root.clone()), Vec::new());
    let age = |taken: i64| finder.find("x.go", taken).unwrap().file.freshness;
    assert_eq!(age(999_000_000_000), Freshness::Changed);
    assert_eq!(age(1_001_000_000_000), Freshness::Unchanged);
    assert_eq!((age(0), age(-5)), (Freshness::Unchanged, Freshness::Unchanged), "it is not known when it was taken");
    let found = finder.find("x.go", 0).unwrap().file;
    assert_eq!((found.path, found.display_path, found.area), (file, PathBuf::from("x.go"), SourceArea::Inside));
}
