//! Address of a source: parsing, display, and opening.

use std::ffi::OsStr;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SourceError;
use super::http::{Access, CancelCheck, Remote};
use super::local::{self, DemoSnapshot};
use super::store::Store;

/// Kind of source, recognized by the form of its addresses.
#[derive(Clone, Copy, Debug)]
pub struct SourceKind {
    /// Form of an address on the command line.
    pub form: &'static str,
    /// Description in a few words.
    pub about: &'static str,
    /// Parses an address; `None` if it is of another kind.
    pub parse: fn(&OsStr) -> Option<Address>,
}

/// Address of standard input.
const STDIN: &str = "-";
/// Address of the demo's snapshot after the deploy.
const DEMO_AFTER: &str = "demo:after";
/// Address of the demo's snapshot before the deploy.
const DEMO_BEFORE: &str = "demo:before";

/// All kinds of sources. The first row that accepts an argument parses it; the last row accepts every argument.
pub const SOURCES: &[SourceKind] = &[
    SourceKind { form: STDIN, about: "standard input", parse: |text| (text == STDIN).then_some(Address::Stdin) },
    SourceKind {
        form: "demo:after, demo:before",
        about: "the built-in demo, after and before a deploy",
        parse: |text| match text.to_str()? {
            DEMO_AFTER => Some(Address::Demo),
            DEMO_BEFORE => Some(Address::DemoBefore),
            _ => None,
        },
    },
    SourceKind {
        form: "DIR",
        about: "every profile in a directory",
        // A missing path is left to the row of files, which reports the error.
        parse: |text| Path::new(text).is_dir().then(|| Address::Dir(text.into())),
    },
    SourceKind {
        form: "pyroscope+URL, parca+URL",
        about: "a profile store: `…?query={service_name=\"cart\"}&from=-2h`",
        parse: |text| Store::parse(text).filter(Store::has_sums).map(Address::Store),
    },
    SourceKind {
        form: "gcp-profiler://P/SERVICE",
        about: "a service of project P in Google Cloud Profiler",
        parse: |text| Store::parse(text).map(Address::Store),
    },
    SourceKind {
        form: "URL, HOST:PORT",
        about: "a live service, at /debug/pprof/heap by default",
        parse: |text| Remote::parse(text).map(Address::Http),
    },
    SourceKind {
        form: "FILE",
        about: "a profile, compressed or not, or an archive of profiles",
        parse: |text| Some(Address::File(text.into())),
    },
];

/// Address of a profile or of a directory of profiles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// File, named pipe or device.
    File(PathBuf),
    /// Directory; [`Address::members`] lists its files.
    Dir(PathBuf),
    /// Service that returns a profile for a request.
    Http(Remote),
    /// Profile store, which adds up the profiles of a time range.
    Store(Store),
    /// Standard input.
    Stdin,
    /// Demo snapshot after a deploy, the last one.
    Demo,
    /// Demo snapshot before the deploy.
    DemoBefore,
    /// File of an archive, held in memory.
    Member(ArchivedFile),
}

/// File of an archive, in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArchivedFile {
    /// Path of the archive and of the file in it.
    pub name: Arc<str>,
    /// Bytes of the file.
    pub bytes: Arc<[u8]>,
}

impl Address {
    /// Parses an argument. Text that no other kind accepts is the path of a file; a missing file is an error of
    /// [`Address::open`].
    pub fn parse(text: impl AsRef<OsStr>) -> Self {
        let text = text.as_ref();
        SOURCES.iter().find_map(|source| (source.parse)(text)).unwrap_or_else(|| Self::File(text.into()))
    }

    /// Sets the settings for requests if the address is that of a service.
    #[must_use]
    pub fn with_access(self, access: &Arc<Access>) -> Self {
        match self {
            Self::Http(remote) => Self::Http(remote.with_access(access)),
            Self::Store(store) => Self::Store(store.with_access(access)),
            other => other,
        }
    }

    /// Service; `None` for other sources.
    pub fn remote(&self) -> Option<&Remote> {
        if let Self::Http(remote) = self { Some(remote) } else { None }
    }

    /// Profile store; `None` for other sources.
    pub fn store(&self) -> Option<&Store> {
        if let Self::Store(store) = self { Some(store) } else { None }
    }

    /// Returns true if the source makes requests and their settings are not set yet.
    pub fn lacks_access(&self) -> bool {
        match self {
            Self::Http(remote) => !remote.has_access(),
            Self::Store(store) => !store.has_access(),
            _ => false,
        }
    }

    /// True if certificates are not verified, so that connections can be intercepted.
    pub fn is_unverified(&self) -> bool {
        match self {
            Self::Http(remote) => remote.is_unverified(),
            Self::Store(store) => store.is_unverified(),
            _ => false,
        }
    }

    /// Display name: the path as given, `-`, the name of the demo, or the address of a service without its password.
    /// The name is not safe to print.
    pub fn name(&self) -> String {
        match self {
            Self::Http(remote) => remote.shown().to_owned(),
            Self::Store(store) => store.shown().to_owned(),
            Self::File(path) | Self::Dir(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => STDIN.to_owned(),
            Self::Demo => DEMO_AFTER.to_owned(),
            Self::DemoBefore => DEMO_BEFORE.to_owned(),
            Self::Member(file) => file.name.to_string(),
        }
    }

    /// Opens the source for reading.
    ///
    /// # Errors
    /// [`SourceError`] if the source cannot be opened. A directory cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        self.open_limited(u64::MAX, &(Arc::new(|| false) as CancelCheck))
    }

    /// Opens the source for reading. A request to a service ends when `is_cancelled` returns true, or after `max_bytes`
    /// bytes, counted both as received and as decoded.
    ///
    /// # Errors
    /// Same errors as [`Address::open`].
    pub fn open_limited(
        &self,
        max_bytes: u64,
        is_cancelled: &CancelCheck,
    ) -> Result<Box<dyn Read + Send>, SourceError> {
        match self {
            Self::Http(remote) => Ok(remote.open(max_bytes, is_cancelled)?),
            Self::File(path) => local::open_file(path),
            Self::Dir(_) => Err(SourceError::Directory),
            Self::Store(_) => Err(SourceError::NotFile),
            Self::Stdin => local::open_stdin(),
            Self::Demo => Ok(DemoSnapshot::After.open()),
            Self::DemoBefore => Ok(DemoSnapshot::Before.open()),
            Self::Member(file) => Ok(Box::new(Cursor::new(Arc::clone(&file.bytes)))),
        }
    }

    /// Number of bytes to read; `None` if unknown. The size of standard input is known if it is in memory, see
    /// [`keep_stdin`](super::keep_stdin).
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) => local::file_size(path),
            Self::Dir(_) | Self::Http(_) | Self::Store(_) => None,
            Self::Stdin => local::kept_size(),
            Self::Demo => Some(DemoSnapshot::After.size()),
            Self::DemoBefore => Some(DemoSnapshot::Before.size()),
            Self::Member(file) => Some(file.bytes.len() as u64),
        }
    }

    /// Directories with files in a directory; empty for other addresses.
    pub fn folders(&self) -> Vec<PathBuf> {
        if let Self::Dir(path) = self { local::folders_with_files(path).unwrap_or_default() } else { Vec::new() }
    }

    /// Addresses of single profiles: the files of a directory sorted by name, or the address itself.
    ///
    /// # Errors
    /// [`SourceError`] if the directory cannot be listed, or has no files.
    pub fn members(&self) -> Result<Vec<Self>, SourceError> {
        match self {
            Self::Dir(path) => Ok(local::directory_files(path)?.into_iter().map(Self::File).collect()),
            single => Ok(vec![single.clone()]),
        }
    }
}

impl<T: AsRef<OsStr>> From<T> for Address {
    /// Parses the address, see [`Address::parse`].
    fn from(text: T) -> Self {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_belongs_to_one_source() {
        let here = env!("CARGO_MANIFEST_DIR");
        for (text, address) in [
            ("-", Address::Stdin),
            ("demo:after", Address::Demo),
            ("demo:before", Address::DemoBefore),
            (here, Address::Dir(here.into())),
            ("no/such/file.pb.gz", Address::File("no/such/file.pb.gz".into())),
            ("./-", Address::File("./-".into())),
            ("demo:later", Address::File("demo:later".into())),
            ("", Address::File("".into())),
        ] {
            assert_eq!(Address::parse(text), address, "{text:?}");
            assert_eq!(address.name(), text);
        }
    }

    #[test]
    fn a_directory_has_members_and_no_bytes() {
        let assets = Address::Dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo").into());
        assert!(matches!(assets.open(), Err(SourceError::Directory)));
        let names: Vec<_> = assets.members().unwrap().iter().map(Address::name).collect();
        assert_eq!(names.len(), 2);
        assert!(names[0].ends_with("before.pb.gz") && names[1].ends_with("after.pb.gz"), "{names:?}");
        assert_eq!(Address::Stdin.members().unwrap(), [Address::Stdin]);
    }
}
