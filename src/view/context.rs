//! View context: the inputs of drawing besides the state of a view: answer, navigation and display options.

use std::borrow::Cow;

use crate::analysis::filter::CodeOwner;
use crate::analysis::{Answer, Change, ChangeDirection, ChangeStrength, Flat, Granularity, Shares, StackOrder};
use crate::base::ids::{FrameId, NodeId};
use crate::base::names;
use crate::base::units::Unit;
use crate::base::width;
use crate::config::theme::Role;
use crate::layout::icicle::{Branches, WeightedTree};
use crate::layout::panes::Pane;
use crate::profile::{SampleType, Series};
use crate::view::keys::KeyNames;
use crate::view::navigation::Navigation;
use crate::view::owners::FillOwners;

/// Form of names that do not fit in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameStyle {
    /// Shortened by the conventions of the language.
    #[default]
    Short,
    /// Full, with an ellipsis in the middle.
    Full,
}

/// Meaning of the fill colour of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fills {
    /// Code owner.
    #[default]
    Kind,
    /// Package.
    Package,
    /// Share of self.
    Value,
    /// No meaning.
    Plain,
}

impl Fills {
    /// Next meaning, wrapping around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Kind => Self::Package,
            Self::Package => Self::Value,
            Self::Value => Self::Plain,
            Self::Plain => Self::Kind,
        }
    }
}

/// Shares of self from which a frame is drawn as medium and as strong.
pub const SELF_MARKS: [f64; 2] = [0.01, 0.05];

/// Scale of the colour of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeScale {
    /// Absolute: thresholds shared by all frames, shown in the legend.
    #[default]
    Absolute,
    /// Relative to the base value of the frame.
    Relative,
}

/// Display options of names and fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisplayOptions {
    /// Form of names.
    pub names: NameStyle,
    /// Meaning of fills.
    pub fills: Fills,
    /// Scale of changes.
    pub scale: ChangeScale,
}

/// Clock and calendar for times in nanoseconds since 1970, in the time zone of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Time of the day: `13:15:46`.
    pub time: fn(i64) -> String,
    /// Date and minute, as short as they can be: `Nov 22 13:15`.
    pub date: fn(i64) -> String,
}

/// Nanoseconds of a day: times further apart need their dates.
const DAY: i64 = 86_400_000_000_000;

impl Clock {
    /// Time of a moment of the series, with its date if the snapshots are from more than a day.
    pub fn of(self, series: &Series, moment: i64) -> String {
        self.within(series.time_span(0..series.snapshots().len()), moment)
    }

    /// Time of a moment within a span of nanoseconds, with its date if the span is longer than a day.
    pub fn within(self, span: i64, moment: i64) -> String {
        if span > DAY { (self.date)(moment) } else { (self.time)(moment) }
    }
}

/// Answer with everything that its presentation depends on.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    /// Answer.
    pub answer: &'a Answer,
    /// Selection and zoom.
    pub navigation: &'a Navigation,
    /// Display options.
    pub display: DisplayOptions,
    /// Focused pane.
    pub pane: Pane,
    /// Time format.
    pub clock: Clock,
    /// Owners of frames, for fills by owner.
    pub owners: &'a FillOwners,
    /// Names of keys, for texts that mention a key.
    pub keys: &'a KeyNames,
}

impl<'a> ViewContext<'a> {
    /// Current sample type.
    pub fn sample_type(&self) -> Option<&'a SampleType> {
        self.answer.series.sample_types().get(self.answer.query.sample_type)
    }

    /// Unit of the figures.
    pub fn unit(&self) -> Unit {
        self.sample_type().map_or(Unit::Count, |chosen| Unit::of(chosen.unit.raw()))
    }

    /// Denominator of shares: the total, or with negative values, with which shares could exceed 100%, the sum of all
    /// magnitudes.
    pub fn share_base(&self) -> i64 {
        self.answer.column.abs_share_base()
    }

    /// Signed total, clamped to 64 bits.
    pub fn measured_total(&self) -> i64 {
        let sum = self.answer.column.measured_total();
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }

    /// Denominator of the shares of a sample type, with negative values as in [`Self::share_base`].
    pub fn share_base_of(&self, sample_type: usize) -> i64 {
        if sample_type == self.answer.query.sample_type {
            return self.share_base();
        }
        let of_filtered = self.answer.flat(sample_type).map_or(0, Flat::abs_share_base);
        self.measured_total_of(sample_type).saturating_abs().max(of_filtered)
    }

    /// Total of a sample type: the unfiltered one, or with normalization to the filters, the filtered one.
    pub fn measured_total_of(&self, sample_type: usize) -> i64 {
        let Answer { query, filtered, .. } = self.answer;
        if filtered.keeps_all() || query.shares == Shares::Filtered {
            let flat = self.answer.flat(sample_type);
            return flat.map_or_else(|| self.measured_total(), |flat| flat.total(FrameId::ROOT));
        }
        if sample_type == query.sample_type { self.measured_total() } else { self.answer.unfiltered_total(sample_type) }
    }

    /// Returns true if the current sample type has no value.
    pub fn is_empty(&self) -> bool {
        self.answer.widths.weight(NodeId::ROOT) == 0
    }

    /// Full name of a frame; `all` for the root.
    pub fn name(&self, frame: FrameId) -> &'a str {
        let all = match self.answer.query.order {
            StackOrder::CallersFirst => "all",
            StackOrder::BottomUp => "all, bottom-up",
        };
        if frame == FrameId::ROOT { all } else { self.answer.tree.frames().shown(frame) }
    }

    /// Longest form of a frame's name that fits; empty if none does.
    pub fn label(&self, frame: FrameId, cells: usize) -> Cow<'a, str> {
        // Most slots of a dense icicle are this narrow.
        if cells < names::MIN_CELLS {
            return Cow::Borrowed("");
        }
        // Frames of one file differ in the line where their function begins.
        let is_file = self.answer.query.shape.granularity == Granularity::Files;
        let start = self.answer.tree.frames().start_line(frame).filter(|_| is_file && frame != FrameId::ROOT);
        let with_start = start.and_then(|line| {
            let start = format!(":{line}");
            let file = self.short_name(frame, cells.checked_sub(start.len())?);
            (!file.is_empty()).then(|| Cow::Owned(format!("{file}{start}")))
        });
        with_start.unwrap_or_else(|| self.short_name(frame, cells))
    }

    /// Longest form of a frame's name without a line.
    fn short_name(&self, frame: FrameId, cells: usize) -> Cow<'a, str> {
        let (language, name) = (self.answer.language, self.name(frame));
        match self.display.names {
            NameStyle::Full => width::cut_middle(name, cells),
            NameStyle::Short if self.has_paths() => names::shorten_with_path(language, name, cells),
            NameStyle::Short => {
                let display = names::display(language, name);
                Cow::Owned(names::shorten(language, &display, cells).into_owned())
            }
        }
    }

    /// Same as [`Self::label`], but two functions with one name without its path are told apart by the path, where it
    /// fits.
    pub fn distinct_label(&self, frame: FrameId, cells: usize) -> Cow<'a, str> {
        let name = self.name(frame);
        let is_short = self.display.names == NameStyle::Short && !self.has_paths();
        let has_room = is_short && width::width(name) <= cells;
        if has_room && self.answer.tree.frames().is_alike(frame, self.answer.language) {
            return Cow::Borrowed(name);
        }
        self.label(frame, cells)
    }

    /// Returns true if frame names have a path: files, lines or packages.
    fn has_paths(&self) -> bool {
        let granularity = self.answer.query.shape.granularity;
        !matches!(granularity, Granularity::Functions)
    }

    /// Strength of the colour of a change.
    fn step(&self, change: &Change) -> ChangeStrength {
        let marks = self.answer.base.as_ref().map_or([0; 2], |base| base.changes.color_steps);
        match self.display.scale {
            ChangeScale::Absolute => change.strength(marks),
            ChangeScale::Relative => change.relative_strength(),
        }
    }

    /// Style of a change.
    pub fn change_role(&self, change: &Change) -> Role {
        match (change.direction(), self.step(change)) {
            (ChangeDirection::Same | ChangeDirection::Noise, _) => Role::Same,
            (ChangeDirection::Grew, ChangeStrength::Light) => Role::GrewLight,
            (ChangeDirection::Grew, ChangeStrength::Medium) => Role::GrewMedium,
            (ChangeDirection::Grew, ChangeStrength::Strong) => Role::GrewStrong,
            (ChangeDirection::Shrank, ChangeStrength::Light) => Role::ShrankLight,
            (ChangeDirection::Shrank, ChangeStrength::Medium) => Role::ShrankMedium,
            (ChangeDirection::Shrank, ChangeStrength::Strong) => Role::ShrankStrong,
        }
    }

    /// Style of a frame by its self share.
    pub fn own_role(&self, node: NodeId) -> Role {
        let own = self.answer.column.own(node).unsigned_abs() as f64;
        let part = own / self.share_base().unsigned_abs().max(1) as f64;
        match part {
            0.0 => Role::Root,
            part if part < SELF_MARKS[0] => Role::SelfLittle,
            part if part < SELF_MARKS[1] => Role::SelfSome,
            _ => Role::SelfMuch,
        }
    }

    /// Returns true if the context is one of two windows, and this window does not contain the selection.
    pub fn lacks_selection(&self) -> bool {
        !self.answer.widths.is_by_weight() && self.answer.widths.weight(self.navigation.selection().node()) == 0
    }

    /// Nodes in the slot of `node`, from the deepest one up: one node, or those of a folded chain.
    pub fn slot_nodes(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let (tree, top) = (&self.answer.tree, self.navigation.zoom().node);
        let weighted = weighted_tree(self.answer);
        let ends = if node == top { (node, node) } else { (weighted.chain_start(node, top), weighted.chain_end(node)) };
        std::iter::successors(Some(ends.1), move |at| tree.parent(*at).filter(|_| *at != ends.0))
    }

    /// Returns true if a frame matches the search.
    pub fn is_hit(&self, frame: FrameId) -> bool {
        self.answer.hits.as_ref().is_some_and(|hits| hits.is_hit(frame))
    }
}

/// Tree of an answer with its current column.
pub fn weighted_tree(answer: &Answer) -> WeightedTree<'_> {
    WeightedTree { answer, chains: answer.query.chains }
}

/// Style of a code owner.
pub fn owner_role(owner: CodeOwner) -> Role {
    match owner {
        CodeOwner::Runtime => Role::Runtime,
        CodeOwner::Standard => Role::Standard,
        CodeOwner::FirstParty => Role::Own,
        CodeOwner::Vendor => Role::Vendor,
    }
}
