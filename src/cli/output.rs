//! Where a result goes: standard output, or a file that is made new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::limits::LimitError;
use crate::base::units::Unit;

use super::figures::limited;
use super::message::CliFailure;

/// Where a result is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Standard output.
    Stdout,
    /// A file that must not exist yet.
    New(PathBuf),
    /// A file, whatever it held before.
    Any(PathBuf),
}

impl Output {
    /// Whether a terminal shows it.
    pub(crate) fn is_terminal(&self) -> bool {
        *self == Self::Stdout && io::stdout().is_terminal()
    }

    /// Writes the result with `write`. A reader that closed its end early has what it wanted: that is no failure.
    ///
    /// # Errors
    /// [`CliFailure`] when the file cannot be made, or the writing fails. A new file that was begun is taken away again.
    pub(crate) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliFailure> {
        match self {
            Self::Stdout => match through(io::stdout().lock(), write) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                result => result.map_err(|error| match limit(&error) {
                    Some(limit) => limited(limit),
                    None => CliFailure::input(format!("standard output: {error}"), None),
                }),
            },
            Self::New(path) => {
                let file = File::create_new(path).map_err(|error| refused(path, &error))?;
                through(file, write).map_err(|error| {
                    // Half a result would pass for a whole one.
                    let _ = fs::remove_file(path);
                    refused(path, &error)
                })
            }
            Self::Any(path) => {
                let file = OpenOptions::new().write(true).create(true).truncate(true).open(path);
                file.and_then(|file| through(file, write)).map_err(|error| refused(path, &error))
            }
        }
    }
}

/// Makes a file of this content in one step: whoever reads it meanwhile sees the old one or the new one, whole.
///
/// # Errors
/// [`CliFailure`] when the file cannot be made; what was there stays as it was.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliFailure> {
    beside(path, write, |part, path| fs::rename(part, path))
}

/// Makes a new file of this content in one step: whoever looks meanwhile sees none or all of it.
///
/// # Errors
/// [`CliFailure`] when the file cannot be made, also when there is one by then, which stays as it was.
pub(crate) fn create(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliFailure> {
    beside(path, write, link)
}

/// Writes beside a file, and has what is finished put into its place.
fn beside(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    place: fn(&Path, &Path) -> io::Result<()>,
) -> Result<(), CliFailure> {
    let mut name = path.as_os_str().to_owned();
    // Beside it, since a file moves in one step within its own directory alone.
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    let file = File::create_new(&part).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => refused(&part, &error),
        // Of the two names, this is the one that was asked for.
        _ => refused(path, &error),
    })?;
    through(file, write).and_then(|()| place(&part, path)).map_err(|error| {
        let _ = fs::remove_file(&part);
        refused(path, &error)
    })
}

/// Gives a finished file its name where that is free. A link fails where it is taken; a renamed file would take its place.
///
/// # Errors
/// `AlreadyExists` where the name is taken, and what else the system says; the file then stays under the name it had.
pub(crate) fn link(finished: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(finished, path) {
        Ok(()) => fs::remove_file(finished),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // A file system without links: there it is looked before.
        Err(_) if path.symlink_metadata().is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(finished, path),
    }
}

/// What there is to know of a file that is there: its size and its time.
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

/// The limit that was reached while the result was made.
fn limit(error: &io::Error) -> Option<&LimitError> {
    error.get_ref()?.downcast_ref()
}

/// Writes through one buffer and sees the last of it out.
fn through(sink: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(1 << 16, sink);
    write(&mut buffer)?;
    buffer.flush()
}

fn refused(path: &Path, error: &io::Error) -> CliFailure {
    if let Some(limit) = limit(error) {
        return limited(limit);
    }
    let name = path.display();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            CliFailure::input(format!("{name}: exists already"), Some("`--force` overwrites it".to_owned()))
        }
        ErrorKind::NotFound => CliFailure::input(format!("{name}: no such directory"), None),
        // The system's own words end in its number for it.
        kind @ (ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory) => CliFailure::input(format!("{name}: {kind}"), None),
        _ => CliFailure::input(format!("{name}: {error}"), None),
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
        // It came after it was looked, and stays.
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
}
