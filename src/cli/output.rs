//! Output of a result: to standard output, or to a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::fs::{FlockOperation, flock, fstat, stat};
use rustix::io::Errno;

use crate::base::limits::LimitError;
use crate::base::units::Unit;

use super::message::CliFailure;
use super::message::limited;
use super::pending::PendingFile;

/// Destination of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Standard output.
    Stdout,
    /// File that must not exist.
    New(PathBuf),
    /// File that may be overwritten.
    Any(PathBuf),
}

impl Output {
    /// Returns true if the output goes to a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        *self == Self::Stdout && io::stdout().is_terminal()
    }

    /// Path of the file; `None` for standard output.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::New(path) | Self::Any(path) => Some(path),
        }
    }

    /// Writes the result. A reader that closes the pipe early is not an error.
    ///
    /// # Errors
    /// [`CliFailure`] if the file cannot be created, or writing fails. An incomplete new file is removed.
    pub(crate) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliFailure> {
        match self {
            Self::Stdout => {
                streamed(io::stdout().lock(), write).map_err(|error| refused(Path::new("standard output"), &error))
            }
            Self::New(path) | Self::Any(path) if is_special(path) => {
                let file = OpenOptions::new().write(true).open(path);
                file.and_then(|file| streamed(file, write)).map_err(|error| refused(path, &error))
            }
            Self::New(path) => create(path, write),
            Self::Any(path) => replace(path, write),
        }
    }
}

/// Returns true for a device or a pipe, also through a link such as `/dev/stdout`: it can only be written to, not
/// replaced.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Replaces a file atomically: a reader sees either the old or the new content.
///
/// # Errors
/// [`CliFailure`] if the file cannot be created; the old content is then kept.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliFailure> {
    if path.is_dir() {
        return Err(refused(path, &ErrorKind::IsADirectory.into()));
    }
    written_beside(path, write).and_then(|file| file.replace(path)).map_err(|error| refused(path, &error))
}

/// Creates a file atomically: a reader sees either nothing or all of it.
///
/// # Errors
/// [`CliFailure`] if the file cannot be created, or if it exists when it is finished.
pub(crate) fn create(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliFailure> {
    if path.is_dir() {
        return Err(refused(path, &ErrorKind::IsADirectory.into()));
    }
    if path.symlink_metadata().is_ok() {
        return Err(refused(path, &ErrorKind::AlreadyExists.into()));
    }
    written_beside(path, write).and_then(|file| file.link(path)).map_err(|error| refused(path, &error))
}

/// Appends a line to a file, which is created if it is missing. An incomplete last line is ended first. A file larger
/// than `most` bytes loses its oldest half. The file is locked meanwhile, so that no line of another process is lost; a
/// link to a file stays a link. `check` is given the first bytes of the file.
///
/// # Errors
/// [`CliFailure`] of `check`, or if the file cannot be written; it may then end in a part of the line.
pub(crate) fn append(
    path: &Path,
    line: &[u8],
    most: u64,
    check: impl FnOnce(&[u8]) -> Result<(), CliFailure>,
) -> Result<(), CliFailure> {
    let failed = |error: io::Error| refused(path, &error);
    let mut file = open_locked(path).map_err(failed)?;
    let mut head = Vec::new();
    (&mut file).take(CHECKED_BYTES).read_to_end(&mut head).map_err(failed)?;
    check(&head)?;
    if append_line(&mut file, line).map_err(failed)? <= most {
        return Ok(());
    }
    // The file is locked until the other one has its name.
    let target = fs::canonicalize(path).map_err(failed)?;
    let text = fs::read(&target).map_err(failed)?;
    let half = text.len() / 2;
    let kept = text[half..].iter().position(|byte| *byte == b'\n').map_or(0, |end| half + end + 1);
    replace(&target, |out| out.write_all(&text[kept..]))
}

/// Number of bytes at the start of a file that are checked before a line is appended.
const CHECKED_BYTES: u64 = 1 << 18;

/// Opens a file for appending, and locks it until it is closed. A file system without locks leaves it unlocked.
fn open_locked(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        match flock(&file, FlockOperation::LockExclusive) {
            Ok(()) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return Ok(file),
        }
        // Another process may have replaced the file while this one waited for the lock.
        let (ours, current) = (fstat(&file)?, stat(path));
        if current.is_ok_and(|current| (current.st_dev, current.st_ino) == (ours.st_dev, ours.st_ino)) {
            return Ok(file);
        }
    }
}

/// Appends a line in one write; returns the length of the file.
fn append_line(file: &mut File, line: &[u8]) -> io::Result<u64> {
    let before = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(line.len() + 1);
    if before > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            bytes.push(b'\n');
        }
    }
    bytes.extend_from_slice(line);
    file.write_all(&bytes)?;
    file.sync_data()?;
    Ok(before + bytes.len() as u64)
}

/// Writes the content to a new file in the directory of `path`, since only a move within a directory is atomic.
fn written_beside(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<PendingFile> {
    let name = path.file_name().ok_or(ErrorKind::IsADirectory)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = PendingFile::create(folder, name)?;
    through(&mut file, write)?;
    file.sync()?;
    Ok(file)
}

/// Size and time of an existing file, as text; `None` if there is no file.
pub(crate) fn known(path: &Path) -> Option<String> {
    let found = fs::symlink_metadata(path).ok()?;
    if !found.is_file() {
        return Some("and is no plain file".to_owned());
    }
    let size = Unit::Bytes.long(i64::try_from(found.len()).unwrap_or(i64::MAX));
    let time = found.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let time = time.map(|time| time.to_zoned(TimeZone::system()).strftime(" of %Y-%m-%d %H:%M").to_string());
    Some(size + &time.unwrap_or_default())
}

/// Exceeded limit as the cause of an I/O error; `None` for other errors.
fn limit(error: &io::Error) -> Option<&LimitError> {
    error.get_ref()?.downcast_ref()
}

/// Writes to a pipe or a device. A reader that closes the pipe early is not an error.
fn streamed(sink: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match through(sink, write) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes through a buffer, and flushes it.
fn through(sink: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(1 << 16, sink);
    write(&mut buffer)?;
    buffer.flush()
}

pub(crate) fn refused(path: &Path, error: &io::Error) -> CliFailure {
    if let Some(limit) = limit(error) {
        return limited(limit);
    }
    let name = path.display();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            CliFailure::usage(format!("{name}: exists already"), Some("`--force` overwrites it".to_owned()))
        }
        ErrorKind::NotFound => {
            let hint = "create the directory first".to_owned();
            CliFailure::usage(format!("{name}: no such directory"), Some(hint))
        }
        ErrorKind::IsADirectory => {
            let hint = "name a file in it".to_owned();
            CliFailure::usage(format!("{name}: {}", ErrorKind::IsADirectory), Some(hint))
        }
        // The system's own message would end with the number of the error.
        kind @ (ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::NotADirectory) => {
            let hint = match kind {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space, or write to another disk",
                ErrorKind::NotADirectory => "a part of the path is a file",
                _ => "write to a directory of your own",
            };
            CliFailure::usage(format!("{name}: {kind}"), Some(hint.to_owned()))
        }
        _ => CliFailure::usage(format!("{name}: {error}"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_comes_whole_and_takes_no_place() {
        let folder = std::env::temp_dir().join(format!("heapglass-output-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.svg");
        let absent = path.clone();
        create(&path, |out| {
            out.write_all(b"one")?;
            assert!(!absent.exists(), "nobody sees half of it");
            Ok(())
        })
        .unwrap();
        // The file was created after the check, and is kept.
        let refused = create(&path, |out| out.write_all(b"two")).unwrap_err();
        assert!(refused.lines()[0].ends_with("a.svg: exists already"), "{:?}", refused.lines());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(replace(&path, |_| Err(io::Error::other("no room"))).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace(&path, |out| out.write_all(b"three")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        let missing = create(&folder.join("no/b.svg"), |_| Ok(())).unwrap_err();
        assert!(missing.lines()[0].ends_with("no/b.svg: no such directory"), "{:?}", missing.lines());
        let full = super::refused(&path, &io::Error::from_raw_os_error(30));
        assert!(full.lines()[0].ends_with("a.svg: read-only filesystem or storage medium"), "{:?}", full.lines());
        let left = fs::read_dir(&folder).unwrap().count();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, 1, "no part is left");
    }

    fn ledger(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("heapglass-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn processes_that_append_lose_only_the_oldest_lines() {
        const LINES: usize = 40;
        let folder = ledger("append");
        let path = folder.join("ledger.jsonl");
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let path = &path;
                scope.spawn(move || {
                    for at in 0..LINES {
                        append(path, format!("{name} {at}\n").as_bytes(), 200, |_| Ok(())).unwrap();
                    }
                });
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(text.ends_with('\n') && text.len() <= 200, "{text}");
        for name in ["a ", "b ", "c ", "d "] {
            let left: Vec<usize> =
                text.lines().filter_map(|line| line.strip_prefix(name)).map(|at| at.parse().unwrap()).collect();
            let latest: Vec<usize> = (LINES - left.len()..LINES).collect();
            assert_eq!(left, latest, "a line of {name} is missing: {text}");
        }
    }

    #[test]
    fn a_linked_ledger_stays_a_link() {
        let folder = ledger("linked");
        let (path, target) = (folder.join("ledger.jsonl"), folder.join("elsewhere"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        for at in 0..20 {
            append(&path, format!("line {at}\n").as_bytes(), 50, |_| Ok(())).unwrap();
        }
        let (is_link, text) = (path.is_symlink(), fs::read_to_string(&target).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        assert!(is_link && text.ends_with("line 19\n") && text.len() <= 50, "{text}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_closed_pipe_is_no_error_behind_a_path_either() {
        use std::os::fd::AsRawFd as _;
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Output::New(PathBuf::from(format!("/proc/self/fd/{}", writer.as_raw_fd())));
        output.write(|out| out.write_all(b"nobody reads this")).unwrap();
    }
}
