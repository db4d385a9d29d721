//! Self and total of each line of one function, over all of its nodes, by source file.
//!
//! The figures equal those of `--granularity lines`. The self of a line sums the samples whose innermost frame is that
//! line of the function; its total sums the samples that pass the line, each once however often the function recurs.
//! The selves of all lines add up to the function's self; their totals exceed the function's total if a sample passes
//! two lines.

use std::borrow::Cow;

use crate::analysis::column::PrefixSums;
use crate::analysis::derive::{Answer, QueryError};
use crate::analysis::flat::Flat;
use crate::analysis::flat::SelfAndTotal;
use crate::analysis::query::{Granularity, Matching, OtherTypes, Query, Recursion, TreeShape};
use crate::analysis::{CallTree, Change, Frames, Uncertainty};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::FrameId;
use crate::base::names;
use crate::base::safe_text::SafeText;
use crate::profile::Series;

/// Figures in one window, or in two that are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurrentAndBase {
    /// Figures in the current window.
    pub current: SelfAndTotal,
    /// Figures in the base; `None` without a base.
    pub base: Option<SelfAndTotal>,
    /// Sampling noise of the changes of self and total; `None` if it is not known.
    pub uncertainty: Option<[Uncertainty; 2]>,
}

impl CurrentAndBase {
    /// Change of self; no change without a base.
    pub fn own(&self) -> Change {
        let base = self.base.map_or(self.current.own, |base| base.own);
        let uncertainty = self.uncertainty.map(|[own, _]| own);
        Change { base, current: self.current.own, presence: self.total().presence, uncertainty }
    }

    /// Change of the total; no change without a base.
    pub fn total(&self) -> Change {
        let base = self.base.map_or(self.current.total, |base| base.total);
        Change::of(base, self.current.total, self.uncertainty.map(|[_, total]| total))
    }

    /// Returns true if any figure is not 0, in either window.
    pub fn is_measured(&self) -> bool {
        let is_some = |figures: SelfAndTotal| figures.own != 0 || figures.total != 0;
        is_some(self.current) || self.base.is_some_and(is_some)
    }

    /// Sort key of lines: the changes of total and self, then total and self.
    pub fn weight(&self) -> [u64; 4] {
        let changed = [self.total(), self.own()].map(|change| change.delta().unsigned_abs());
        let held = [self.current.total, self.current.own].map(i64::unsigned_abs);
        [changed[0], changed[1], held[0], held[1]]
    }
}

/// Line of the function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceLine {
    /// Line number from 1; 0 for figures without a known line.
    pub number: i64,
    /// Figures of the line.
    pub held: CurrentAndBase,
}

/// Lines of the function in one file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileLines {
    /// File as the profile names it; empty if unknown.
    pub file: SafeText,
    /// Line where the function begins; `None` if unknown.
    pub start: Option<i64>,
    /// Lines with figures, from the first to the last.
    pub lines: Vec<SourceLine>,
}

impl FileLines {
    /// Line with the largest total; with a base, the one with the largest change of the total.
    pub fn hottest(&self) -> Option<&SourceLine> {
        // Of equal lines the first is taken.
        self.lines.iter().rev().max_by_key(|line| line.held.weight())
    }
}

/// Lines of a function in all of its files.
#[derive(Clone, Debug)]
pub struct SourceLines {
    /// Figures of the function.
    pub function: CurrentAndBase,
    /// Files of the function, the one with the largest figures of a line first.
    pub files: Vec<FileLines>,
    /// Answer from which the lines are taken; a later request reuses it.
    pub answer: Answer,
}

impl SourceLines {
    /// Finds the lines of the function with this raw name, for the query of an answer. `before` is the answer of
    /// earlier lines, whose steps are reused if their inputs are the same.
    ///
    /// # Errors
    /// [`QueryError`] when the tree of lines exceeds the heap budget.
    pub fn new(answer: &Answer, function: &[u8], before: Option<&Answer>) -> Result<Self, QueryError> {
        let shape = TreeShape {
            granularity: Granularity::Lines,
            // Folding would move the values of a recursive call to the line of an outer call.
            recursion: Recursion::Shown,
            ..answer.query.shape
        };
        let query = Query { shape, search: None, other_types: OtherTypes::Never, ..answer.query.clone() };
        let answer = answer.requery(&query, before)?;
        let of_function = Member::all(&answer, function);
        let (tree, base) = (&answer.tree, answer.base.as_ref().map(|base| base.column.sums()));
        let column = answer.column.sums();
        let noise = answer.base.as_ref().and_then(|base| base.noise.as_deref());
        let group_of = |frame: FrameId| usize::from(of_function[frame.index()] == Member::Yes);
        let function_figures = CurrentAndBase {
            current: of_group(tree, column, &of_function),
            base: base.map(|sums| of_group(tree, sums, &of_function)),
            uncertainty: noise.map(|noise| noise.of_groups(tree, 2, group_of)[1]),
        };
        let flat = Flat::of_sums(tree, column);
        let flat_base = base.map(|sums| Flat::of_sums(tree, sums));
        let figures = |flat: &Flat, frame| SelfAndTotal { own: flat.own(frame), total: flat.total(frame) };
        let held = |frame| CurrentAndBase {
            current: figures(&flat, frame),
            base: flat_base.as_ref().map(|flat| figures(flat, frame)),
            uncertainty: noise.map(|noise| [noise.frame_own(frame), noise.frame_total(frame)]),
        };
        let files = by_file(tree.frames(), &of_function, held);
        Ok(Self { function: function_figures, files, answer })
    }
}

/// Membership of a frame in the function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    No,
    Yes,
}

impl Member {
    /// Membership of each frame of an answer in the function with this name.
    fn all(answer: &Answer, function: &[u8]) -> Vec<Self> {
        let (frames, matching) = (answer.tree.frames(), answer.query.shape.matching);
        let wanted = spelled(function, matching);
        let of = |frame| match frames.function(frame) {
            Some(name) if spelled(answer.series.symbols().strings.bytes(name), matching) == wanted => Self::Yes,
            _ => Self::No,
        };
        frames.ids().map(of).collect()
    }
}

/// Name in the form in which names are compared.
fn spelled(name: &[u8], matching: Matching) -> Cow<'_, [u8]> {
    match matching {
        Matching::Raw => Cow::Borrowed(name),
        Matching::Names | Matching::Moved => names::without_hashes(name),
    }
}

/// Figures of all lines together; a sample counts once.
fn of_group(tree: &CallTree, sums: &PrefixSums, members: &[Member]) -> SelfAndTotal {
    let flat = Flat::of_groups(tree, sums, 2, |frame| usize::from(members[frame.index()] == Member::Yes));
    SelfAndTotal { own: flat.selfs()[1], total: flat.totals()[1] }
}

fn by_file(frames: &Frames, members: &[Member], held: impl Fn(FrameId) -> CurrentAndBase) -> Vec<FileLines> {
    let mut files: Vec<FileLines> = Vec::new();
    let mut of_function: Vec<FrameId> = frames.ids().filter(|frame| members[frame.index()] == Member::Yes).collect();
    let path = |frame: FrameId| frames.path(frame).map_or("", SafeText::raw);
    of_function.compact_sort_by(|one, other| {
        path(*one).cmp(path(*other)).then(frames.exact_line(*one).cmp(&frames.exact_line(*other)))
    });
    for frame in of_function {
        let line = SourceLine { number: frames.exact_line(frame).unwrap_or(0), held: held(frame) };
        let start = frames.start_line(frame);
        if let Some(file) = files.last_mut().filter(|last| last.file.raw() == path(frame)) {
            file.start = file.start.into_iter().chain(start).min();
            file.lines.push(line);
        } else {
            let file = frames.path(frame).cloned().unwrap_or_default();
            files.push(FileLines { file, start, lines: vec![line] });
        }
    }
    for file in &mut files {
        file.lines.retain(|line| line.held.is_measured());
    }
    files.compact_sort_by_key(|file| std::cmp::Reverse(file.hottest().map(|line| line.held.weight())));
    files
}

/// Raw name of the function of a frame; `None` if the frame is of no function or of several.
pub fn name_of(series: &Series, frames: &Frames, frame: FrameId) -> Option<Box<[u8]>> {
    frames.function(frame).map(|name| series.symbols().strings.bytes(name).into())
}
