//! Frames of a call tree: names, files and lines of its nodes. Nodes with equal frames are places of one function.
//!
//! The granularity decides which lines are one frame: at functions granularity, all lines with one function name. A
//! location without symbols is a frame of its own, named by address and mapping. A report has one row for all of them in
//! a mapping, as pprof: [`Frames::row`] is the row of a frame.

mod build;
mod located;

use crate::base::ids::{FrameId, StringId};
use crate::base::names::Name;
use crate::base::safe_text::Text;

pub(super) use build::frames;
pub(super) use located::LocationFrames;

/// One frame.
#[derive(Clone, Debug)]
struct FrameData {
    name: Name,
    file: FrameFile,
    /// The line itself, at granularities that tell lines apart.
    at: i64,
    /// The line where the function begins.
    start: i64,
    mapping: Option<Text>,
    symbolized: bool,
    /// True for the value of a label.
    is_label: bool,
    row: u32,
    /// The name of the function, the empty string where there is none.
    function: StringId,
}

/// The file of a frame, as far as its functions agree.
#[derive(Clone, Debug)]
enum FrameFile {
    Unknown,
    One(StringId, Text),
    Several,
}

/// A row of a report: what pprof prints for one or more frames.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// The name that pprof prints.
    pub name: Name,
    /// The file, where it is one.
    pub file: Option<Text>,
}

/// All frames of a tree. Frame 0 is the root's.
#[derive(Clone, Debug)]
pub struct Frames {
    frames: Vec<FrameData>,
    rows: Vec<ReportRow>,
}

/// The name of the root, above all outermost frames.
pub const ROOT: &str = "root";

impl Frames {
    /// The number of frames, the root's included.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Returns true if there is no frame but the root's.
    pub fn is_empty(&self) -> bool {
        self.frames.len() <= 1
    }

    /// All frames, the root's included.
    pub fn ids(&self) -> impl Iterator<Item = FrameId> + use<> {
        (0..self.frames.len()).map(FrameId::new)
    }

    /// The name as it is in the file, for identity, patterns and export.
    pub fn name(&self, frame: FrameId) -> &str {
        self.frames[frame.index()].name.raw()
    }

    /// The name as it may be shown: demangled where it is mangled, which is done at its first use.
    pub fn shown(&self, frame: FrameId) -> &str {
        self.frames[frame.index()].name.shown()
    }

    /// The name as it is in the file and may be shown, where it is shown as another.
    pub fn mangled(&self, frame: FrameId) -> Option<&str> {
        let name = &self.frames[frame.index()].name;
        name.demangled().map(|_| name.linker_name())
    }

    /// The name as the linker wrote it, for what tells languages and crates apart.
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

    /// The source file as it may be shown; none when unknown or when functions of this name stand in several.
    pub fn file(&self, frame: FrameId) -> Option<&str> {
        self.path(frame).map(Text::shown)
    }

    /// The line where the function begins, or the line itself at lines granularity.
    pub fn line(&self, frame: FrameId) -> Option<i64> {
        self.exact_line(frame).or(self.start_line(frame))
    }

    /// The line itself, at granularities that tell lines apart.
    pub fn exact_line(&self, frame: FrameId) -> Option<i64> {
        Some(self.frames[frame.index()].at).filter(|line| *line > 0)
    }

    /// The line where the function begins.
    pub fn start_line(&self, frame: FrameId) -> Option<i64> {
        Some(self.frames[frame.index()].start).filter(|line| *line > 0)
    }

    /// The source file as the profile names it; none when unknown or when functions of this name stand in several.
    pub fn path(&self, frame: FrameId) -> Option<&Text> {
        match &self.frames[frame.index()].file {
            FrameFile::One(_, file) => Some(file),
            FrameFile::Unknown | FrameFile::Several => None,
        }
    }

    /// The binary or library as it may be shown.
    pub fn mapping(&self, frame: FrameId) -> Option<&str> {
        self.frames[frame.index()].mapping.as_ref().map(Text::shown)
    }

    /// The name of the function that a frame is of, in the strings of the series; none where it is of none, or of many.
    pub fn function(&self, frame: FrameId) -> Option<StringId> {
        Some(self.frames[frame.index()].function).filter(|name| *name != StringId::EMPTY)
    }

    /// Returns true if the name is from a symbol, not an address.
    pub fn is_symbolized(&self, frame: FrameId) -> bool {
        self.frames[frame.index()].symbolized
    }

    /// The frame of this name, as it is in the file.
    pub fn find(&self, name: &str) -> Option<FrameId> {
        self.frames.iter().position(|frame| frame.name.raw() == name).map(FrameId::new)
    }

    /// The rows of a report.
    pub fn rows(&self) -> &[ReportRow] {
        &self.rows
    }

    /// The row of a report that a frame is counted in.
    pub fn row(&self, frame: FrameId) -> usize {
        self.frames[frame.index()].row as usize
    }
}
