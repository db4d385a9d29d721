//! Unfinished files: written under a temporary name in the same folder, until they are complete.
//!
//! The name is hidden, random and created exclusively, so that neither a link nor another process with the same id can
//! redirect the bytes. An unfinished file is removed, also when a signal ends the process.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::base::safe_text::char_boundary;

/// Unfinished files of this process.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Maximum number of names tried in a directory.
const ATTEMPTS: usize = 16;

/// Maximum number of bytes of the final name in a hidden one; names have at most 255 bytes.
const MAX_STEM: usize = 100;

/// Number of attempts to lock the list when the process ends, with increasing pauses: 45 ms in total.
const LOCK_ATTEMPTS: u64 = 10;

/// Unfinished file. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct PendingFile {
    file: File,
    path: PathBuf,
}

impl PendingFile {
    /// Creates an empty file in `folder`, with `name` in its name.
    ///
    /// # Errors
    /// The error of the system, such as a missing directory.
    pub(crate) fn create(folder: &Path, name: &OsStr) -> io::Result<Self> {
        let mut error = io::Error::from(ErrorKind::AlreadyExists);
        for _ in 0..ATTEMPTS {
            match Self::create_at(folder.join(random_name(name))) {
                Err(taken) if taken.kind() == ErrorKind::AlreadyExists => error = taken,
                result => return result,
            }
        }
        Err(error)
    }

    /// Creates an empty file and lists it as unfinished.
    fn create_at(path: PathBuf) -> io::Result<Self> {
        // The lock is held, so that no signal ends the process between creating the file and listing it.
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let file = File::create_new(&path)?;
        unfinished.push(path.clone());
        Ok(Self { file, path })
    }

    /// Path of the file while unfinished.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content to disk, as far as the file system supports it.
    ///
    /// # Errors
    /// The error of the system, such as a full disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self.file.sync_all() {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            result => result,
        }
    }

    /// Gives the file its final name, which must be free.
    ///
    /// # Errors
    /// `AlreadyExists` if the name is taken; the file then keeps its hidden name.
    pub(crate) fn link(&self, path: &Path) -> io::Result<()> {
        // `NotFound` means that a signal has just removed the file.
        let is_final = |error: &io::Error| matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound);
        let renamed = rename_new(&self.path, path).or_else(|error| {
            if is_final(&error) {
                return Err(error);
            }
            // A network file system without such a rename has hard links.
            fs::hard_link(&self.path, path).and_then(|()| fs::remove_file(&self.path))
        });
        match renamed {
            Err(error) if is_final(&error) => Err(error),
            Err(_) => self.reserve(path),
            Ok(()) => {
                forget(&self.path);
                Ok(())
            }
        }
    }

    /// Gives the file its final name on a file system that can neither rename without replacing nor link: an empty file
    /// created exclusively reserves the name. Until it is replaced, it is unfinished too.
    fn reserve(&self, path: &Path) -> io::Result<()> {
        let placeholder = Self::create_at(path.to_owned())?;
        fs::rename(&self.path, path)?;
        forget(&self.path);
        forget(&placeholder.path);
        Ok(())
    }

    /// Gives the file its final name in place of an existing file, whose permissions are taken over.
    ///
    /// # Errors
    /// Error of the system; the old file is then kept.
    pub(crate) fn replace(&self, path: &Path) -> io::Result<()> {
        if let Ok(old) = fs::symlink_metadata(path)
            && old.is_file()
        {
            self.file.set_permissions(old.permissions())?;
        }
        fs::rename(&self.path, path)?;
        forget(&self.path);
        Ok(())
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        // A finished file is not listed: another file may have its hidden name by now.
        if forget(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes all unfinished files before a signal ends the process. After that, no file can be created or finished.
pub(crate) fn discard() {
    // The thread that holds the lock may be the one that ends the process after a panic.
    let locked = (0..LOCK_ATTEMPTS).find_map(|attempt| match UNFINISHED.try_lock() {
        Ok(unfinished) => Some(unfinished),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => {
            thread::sleep(Duration::from_millis(attempt));
            None
        }
    });
    let Some(mut unfinished) = locked else { return };
    for path in unfinished.drain(..) {
        let _ = fs::remove_file(path);
    }
    mem::forget(unfinished);
}

/// Removes a file from the list; returns false if it was not listed.
fn forget(path: &Path) -> bool {
    let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    let found = unfinished.iter().position(|known| known == path);
    found.map(|at| unfinished.swap_remove(at)).is_some()
}

/// Renames a file unless the new name is taken.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

/// Fails: this system has no such rename.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Hidden, unpredictable name: `.name.1f3a….part`. The name in it is cut, so that a name of any length has a hidden
/// one.
fn random_name(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    let end = char_boundary(&name, MAX_STEM);
    format!(".{}.{:016x}.part", &name[..end], RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("heapglass-pending-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn two_files_of_one_name_are_two_files() {
        let folder = folder("two");
        let name = OsStr::new("heap");
        let (mut one, mut other) =
            (PendingFile::create(&folder, name).unwrap(), PendingFile::create(&folder, name).unwrap());
        one.write_all(b"one").unwrap();
        other.write_all(b"other").unwrap();
        one.link(&folder.join("a")).unwrap();
        assert_eq!(other.link(&folder.join("a")).unwrap_err().kind(), ErrorKind::AlreadyExists);
        other.link(&folder.join("b")).unwrap();
        let texts = ["a", "b"].map(|name| fs::read(folder.join(name)).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(texts, [&b"one"[..], b"other"]);
    }

    #[test]
    fn a_reserved_name_is_free_complete_or_taken() {
        let folder = folder("reserve");
        let path = folder.join("a");
        let mut file = PendingFile::create(&folder, OsStr::new("a")).unwrap();
        file.write_all(b"one").unwrap();
        file.reserve(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(!UNFINISHED.lock().unwrap().contains(&path), "it is complete");
        drop(file);
        let other = PendingFile::create(&folder, OsStr::new("a")).unwrap();
        assert_eq!(other.reserve(&path).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        // The hidden file is gone, as after a signal: no empty file is left.
        fs::remove_file(other.path()).unwrap();
        assert_eq!(other.reserve(&folder.join("b")).unwrap_err().kind(), ErrorKind::NotFound);
        drop(other);
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, ["a"]);
    }

    #[test]
    fn a_name_of_the_greatest_length_is_written() {
        let folder = folder("long");
        for name in ["n".repeat(255), "é".repeat(127)] {
            let mut file = PendingFile::create(&folder, OsStr::new(&name)).unwrap();
            file.write_all(b"one").unwrap();
            file.link(&folder.join(&name)).unwrap();
            assert_eq!(fs::read(folder.join(&name)).unwrap(), b"one");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_unfinished_file_is_removed() {
        let folder = folder("drop");
        let file = PendingFile::create(&folder, OsStr::new("heap")).unwrap();
        assert!(file.path().exists());
        drop(file);
        let left = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let folder = folder("link");
        let (target, link) = (folder.join("target"), folder.join("link"));
        fs::write(&target, "untouched").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut file = PendingFile::create(&folder, OsStr::new("link")).unwrap();
        file.write_all(b"new").unwrap();
        file.replace(&link).unwrap();
        let (old, new) = (fs::read(&target).unwrap(), fs::read(&link).unwrap());
        let is_link = fs::symlink_metadata(&link).unwrap().is_symlink();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!((old, new, is_link), (b"untouched".to_vec(), b"new".to_vec(), false));
    }
}
