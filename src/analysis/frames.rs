//! Frames of a call tree: names, files and lines of its nodes. Nodes with equal frames show the same function.
//!
//! The granularity decides which lines are one frame: at functions granularity, all lines with one function name. A
//! location without symbols is a frame of its own, named by address and mapping. As in pprof, a report has one row for
//! all such locations of a mapping: [`Frames::row`] is the row of a frame.

mod build;
mod located;

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::ids::{FrameId, StringId};
use crate::base::names::{Language, Name, display};
use crate::base::safe_text::SafeText;
use crate::profile::UNOWNED;

pub(super) use build::frames;
pub(super) use located::LocationFrames;

/// Names and places in the source of one frame.
#[derive(Clone, Debug)]
struct FrameData {
    name: Name,
    file: FrameFile,
    /// Line, at granularities that distinguish lines; else 0.
    at: i64,
    /// Line where the function begins.
    start: i64,
    mapping: Option<SafeText>,
    symbolized: bool,
    /// True for the value of a label.
    is_label: bool,
    row: u32,
    /// Name of the function; the empty string if there is none.
    function: StringId,
    owner: FrameOwner,
    /// Kind of package, at the granularity of packages.
    package: Option<PackageKind>,
}

/// Kind of a frame that stands for a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PackageKind {
    /// Folder of source files.
    Folder,
    /// Beginning of the names of functions.
    Names,
    /// All functions without a package.
    Unpackaged,
}

/// Owners of a frame by the rules of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameOwner {
    Unowned,
    /// Owners of all functions of the frame: an index in [`Frames::owner_names`].
    One(u32),
    /// The functions of the frame have different owners.
    Several,
}

/// File of a frame, if all of its functions are in one file.
#[derive(Clone, Debug)]
enum FrameFile {
    Unknown,
    One(StringId, SafeText),
    Several,
}

/// Row of a report: one or more frames that pprof prints as one line.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// The name that pprof prints.
    pub name: Name,
    /// File; `None` if it is unknown or there are several.
    pub file: Option<SafeText>,
}

/// All frames of a tree. Frame 0 is the root's.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the frames are what the other fields are about")]
pub struct Frames {
    frames: Vec<FrameData>,
    rows: Vec<ReportRow>,
    owner_names: Vec<Box<str>>,
    /// Frames whose name without its path is that of another frame too; found when it is first asked for.
    alike: OnceLock<FxHashSet<FrameId>>,
}

/// Name of the root, above all outermost frames.
pub const ROOT: &str = "root";

/// Owner of a frame whose functions have different owners.
pub const SEVERAL_OWNERS: &str = "several owners";

impl Frames {
    /// Number of frames, including the root's.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Returns true if there is only the root's frame.
    pub fn is_empty(&self) -> bool {
        self.frames.len() <= 1
    }

    /// Returns true if the name without its path is that of another frame too. Only languages with paths before packages
    /// are looked at, whose names need no demangling.
    pub fn is_alike(&self, frame: FrameId, language: Language) -> bool {
        if !matches!(language, Language::Go | Language::Java) {
            return false;
        }
        let alike = self.alike.get_or_init(|| {
            let mut first: FxHashMap<Cow<'_, str>, FrameId> = FxHashMap::default();
            let mut alike = FxHashSet::default();
            for frame in self.ids().skip(1) {
                match first.entry(display(language, self.shown(frame))) {
                    Entry::Vacant(entry) => drop(entry.insert(frame)),
                    Entry::Occupied(entry) => alike.extend([*entry.get(), frame]),
                }
            }
            alike
        });
        alike.contains(&frame)
    }

    /// All frames, including the root's.
    pub fn ids(&self) -> impl Iterator<Item = FrameId> + use<> {
        (0..self.frames.len()).map(FrameId::new)
    }

    /// Name as it is in the file, for identity, patterns and export.
    pub fn name(&self, frame: FrameId) -> &str {
        self.frames[frame.index()].name.raw()
    }

    /// Name for display, demangled if it is mangled; demangling is done at the first use.
    pub fn shown(&self, frame: FrameId) -> &str {
        self.frames[frame.index()].name.shown()
    }

    /// Linker's name, safe to show, of a frame that is shown demangled; `None` if the name is shown as it is.
    pub fn mangled(&self, frame: FrameId) -> Option<&str> {
        let name = &self.frames[frame.index()].name;
        name.demangled().map(|_| name.linker_name())
    }

    /// Name as the linker wrote it, from which languages and crates are recognized.
    pub fn linker_name(&self, frame: FrameId) -> &str {
        self.mangled(frame).unwrap_or_else(|| self.name(frame))
    }

    /// Returns true for the value of a label, as root or leaf of the stacks that have it.
    pub fn is_label(&self, frame: FrameId) -> bool {
        self.frames[frame.index()].is_label
    }

    /// Returns true if `is_match` holds for a frame's name, raw or demangled.
    pub fn matches(&self, frame: FrameId, is_match: impl Fn(&str) -> bool) -> bool {
        let name = &self.frames[frame.index()].name;
        is_match(name.raw()) || name.demangled().is_some_and(is_match)
    }

    /// Source file, safe to show; `None` if it is unknown or if functions of this name are in several files.
    pub fn file(&self, frame: FrameId) -> Option<&str> {
        self.path(frame).map(SafeText::shown)
    }

    /// Line at lines granularity, else the line where the function begins.
    pub fn line(&self, frame: FrameId) -> Option<i64> {
        self.exact_line(frame).or(self.start_line(frame))
    }

    /// Line, at granularities that distinguish lines.
    pub fn exact_line(&self, frame: FrameId) -> Option<i64> {
        Some(self.frames[frame.index()].at).filter(|line| *line > 0)
    }

    /// Line where the function begins.
    pub fn start_line(&self, frame: FrameId) -> Option<i64> {
        Some(self.frames[frame.index()].start).filter(|line| *line > 0)
    }

    /// Returns true if the line is known where some function begins.
    pub fn has_start_lines(&self) -> bool {
        self.frames.iter().any(|frame| frame.start > 0)
    }

    /// Source file as the profile names it; `None` if it is unknown or if functions of this name are in several files.
    pub fn path(&self, frame: FrameId) -> Option<&SafeText> {
        match &self.frames[frame.index()].file {
            FrameFile::One(_, file) => Some(file),
            FrameFile::Unknown | FrameFile::Several => None,
        }
    }

    /// Binary or library, safe to show.
    pub fn mapping(&self, frame: FrameId) -> Option<&str> {
        self.frames[frame.index()].mapping.as_ref().map(SafeText::shown)
    }

    /// Name of the frame's function, in the strings of the series; `None` for a frame of no function or of several.
    pub fn function(&self, frame: FrameId) -> Option<StringId> {
        Some(self.frames[frame.index()].function).filter(|name| *name != StringId::EMPTY)
    }

    /// Owners by the rules of the series, separated by spaces: [`UNOWNED`] if there are none, [`SEVERAL_OWNERS`] if the
    /// functions of the frame have different ones.
    pub fn owner(&self, frame: FrameId) -> &str {
        match self.frames[frame.index()].owner {
            FrameOwner::Unowned => UNOWNED,
            FrameOwner::One(owner) => self.owner_names.get(owner as usize).map_or(UNOWNED, |name| name),
            FrameOwner::Several => SEVERAL_OWNERS,
        }
    }

    /// Kind of package that a frame stands for; `None` at other granularities, and for addresses.
    pub fn package_kind(&self, frame: FrameId) -> Option<PackageKind> {
        self.frames[frame.index()].package
    }

    /// Returns true if the functions of some frame have different owners.
    pub(super) fn has_several_owners(&self) -> bool {
        self.frames.iter().any(|frame| frame.owner == FrameOwner::Several)
    }

    /// Returns true if the name is from a symbol, not an address.
    pub fn is_symbolized(&self, frame: FrameId) -> bool {
        self.frames[frame.index()].symbolized
    }

    /// Finds the frame with a name as it is in the file.
    pub fn find(&self, name: &str) -> Option<FrameId> {
        self.frames.iter().position(|frame| frame.name.raw() == name).map(FrameId::new)
    }

    /// Rows of a report.
    pub fn rows(&self) -> &[ReportRow] {
        &self.rows
    }

    /// Row of a report that counts a frame.
    pub fn row(&self, frame: FrameId) -> usize {
        self.frames[frame.index()].row as usize
    }
}
