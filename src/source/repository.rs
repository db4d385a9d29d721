//! Commit checked out in a Git repository, read from its files without running a program.
//!
//! A repository may come from elsewhere, such as an unpacked archive. Its files are read only if they are regular, a
//! reference stays below `refs/`, and nothing but a commit id is returned, so that no other file ends up in a ledger.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Maximum size, in bytes, of a repository file that is read.
const MAX_BYTES: u64 = 16 << 20;
/// Lengths of a commit id, in hexadecimal digits: SHA-1 and SHA-256.
const ID_LENGTHS: [usize; 2] = [40, 64];

/// Commit checked out in the nearest repository of a folder; `None` without a repository or a commit.
pub fn checked_out(folder: &Path) -> Option<String> {
    let (git, head) = folder.ancestors().find_map(head)?;
    let head = head.trim();
    let Some(name) = head.strip_prefix("ref: ") else { return commit_id(head) };
    if !is_reference(name) {
        return None;
    }
    let common = text(&git.join("commondir")).map_or_else(|| git.clone(), |path| git.join(path.trim()));
    let loose = text(&common.join(name)).and_then(|id| commit_id(&id));
    loose.or_else(|| {
        let packed = text(&common.join("packed-refs"))?;
        let ids = packed.lines().filter_map(|line| line.split_once(' '));
        ids.filter(|(_, known)| *known == name).find_map(|(id, _)| commit_id(id))
    })
}

/// Git directory of a folder, and the content of its `HEAD`; `None` if the folder is no working tree.
fn head(folder: &Path) -> Option<(PathBuf, String)> {
    let entry = folder.join(".git");
    // In a worktree, `.git` is a file that names the directory.
    let link = text(&entry).and_then(|link| Some(folder.join(link.trim().strip_prefix("gitdir: ")?)));
    let git = link.unwrap_or(entry);
    let head = text(&git.join("HEAD"))?;
    Some((git, head))
}

/// Returns true for a name below `refs/` that does not lead out of it.
fn is_reference(name: &str) -> bool {
    name.strip_prefix("refs/").is_some_and(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

/// Commit id in a text; `None` if it is anything else.
fn commit_id(text: &str) -> Option<String> {
    let id = text.trim();
    let is_id = ID_LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

/// Text of a regular file; `None` for other files. Opening a pipe would wait for its writer.
fn text(path: &Path) -> Option<String> {
    let is_regular = fs::metadata(path).is_ok_and(|found| found.is_file());
    let file = is_regular.then(|| File::open(path).ok())??;
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    /// Folder with a repository of these files.
    fn repository(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("heapglass-repository-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (path, text) in files {
            let path = folder.join(".git").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn commit(name: &str, files: &[(&str, &str)]) -> Option<String> {
        let folder = repository(name, files);
        let below = folder.join("src/deep");
        fs::create_dir_all(&below).unwrap();
        let found = checked_out(&below);
        fs::remove_dir_all(&folder).unwrap();
        found
    }

    #[test]
    fn a_commit_is_detached_loose_or_packed() {
        let found = [
            commit("detached", &[("HEAD", &format!("{ID}\n"))]),
            commit("loose", &[("HEAD", "ref: refs/heads/a/b\n"), ("refs/heads/a/b", &format!("{ID}\n"))]),
            commit(
                "packed",
                &[
                    ("HEAD", "ref: refs/heads/a\n"),
                    ("packed-refs", &format!("# pack-refs with: peeled\nffff refs/heads/a\n{ID} refs/heads/a\n")),
                ],
            ),
            commit(
                "worktree",
                &[("HEAD", "ref: refs/heads/b\n"), ("commondir", "../common\n"), ("../common/refs/heads/b", ID)],
            ),
            commit("sha256", &[("HEAD", &"ab".repeat(32))]),
        ];
        let sha1 = Some(ID.to_owned());
        assert_eq!(found, [sha1.clone(), sha1.clone(), sha1.clone(), sha1, Some("ab".repeat(32))]);
    }

    #[test]
    fn no_other_file_is_read_as_a_commit() {
        let secret = repository("secret", &[("secret", "password"), ("id", ID)]);
        let secret = |name: &str| secret.join(".git").join(name).display().to_string();
        let heads = [
            format!("ref: {}", secret("secret")),
            format!("ref: {}", secret("id")),
            "ref: refs/../../secret".to_owned(),
            "ref: ../secret".to_owned(),
            "ref: config".to_owned(),
            "ref: refs/heads/a".to_owned(),
            "password".to_owned(),
            format!("{ID}0"),
        ];
        for head in heads {
            let files = [("HEAD", &*head), ("config", ID), ("../secret", ID), ("refs/heads/a", "password")];
            assert_eq!(commit("other", &files), None, "{head}");
        }
        fs::remove_dir_all(repository("secret", &[("HEAD", "")])).unwrap();
    }

    #[test]
    fn a_repository_without_a_commit_hides_the_one_around_it() {
        let inner = ("../inner/.git/HEAD", "ref: refs/heads/main\n");
        let folder = repository("unborn", &[("HEAD", ID), inner]);
        let found = [checked_out(&folder), checked_out(&folder.join("inner"))];
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, [Some(ID.to_owned()), None]);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = repository("pipe", &[("HEAD", ID)]);
        for name in [".git/HEAD", ".git"] {
            let path = folder.join(name);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            assert_eq!(checked_out(&folder), None, "{name}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
