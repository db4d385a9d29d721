//! What a view needs beside its own state to draw: the answer, the place, and how names and fills are dressed.

use std::borrow::Cow;

use crate::analysis::filter::{CodeOwner, CodeOwners};
use crate::analysis::{Answer, Change, ChangeDirection, ChangeStrength, Granularity, Shares};
use crate::base::ids::{FrameId, NodeId};
use crate::base::names::{self, Language};
use crate::base::units::Unit;
use crate::base::width;
use crate::config::theme::Role;
use crate::layout::icicle::WeightedTree;
use crate::layout::panes::Pane;
use crate::profile::SampleType;
use crate::view::keys::KeyNames;
use crate::view::navigation::Navigation;

/// How names are written where there is room for part of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameStyle {
    /// As the language's people shorten them.
    #[default]
    Short,
    /// In full, the middle left out.
    Full,
}

/// What the fill of a frame tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fills {
    /// Its package.
    #[default]
    Package,
    /// How much it holds itself.
    Value,
    /// Whose code it is.
    Kind,
    /// Nothing.
    Plain,
}

impl Fills {
    /// What fills tell after this.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Package => Self::Value,
            Self::Value => Self::Kind,
            Self::Kind => Self::Plain,
            Self::Plain => Self::Package,
        }
    }
}

/// From which part of all on what a frame holds itself is some, and from which it is much.
pub const SELF_MARKS: [f64; 2] = [0.01, 0.05];

/// What the strength of a change's colour is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeScale {
    /// By figures that are the same for all frames, and stand in the legend.
    #[default]
    Absolute,
    /// By what the frame held before.
    Relative,
}

/// How names and fills are dressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisplayOptions {
    /// The names.
    pub names: NameStyle,
    /// The fills.
    pub fills: Fills,
    /// The colours of a comparison.
    pub scale: ChangeScale,
}

/// Writes a time in nanoseconds since 1970. What zone it is in is known outside.
pub type Clock = fn(i64) -> String;

/// The answer as it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct ViewContext<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// The place in it.
    pub navigation: &'a Navigation,
    /// How it is dressed.
    pub display: DisplayOptions,
    /// The pane that has the keys.
    pub pane: Pane,
    /// How times are written.
    pub clock: Clock,
    /// What tells whose code a frame is, where fills go by that.
    pub owners: &'a CodeOwners,
    /// The keys that texts name.
    pub keys: &'a KeyNames,
}

impl<'a> ViewContext<'a> {
    /// The chosen sample type.
    pub fn sample_type(&self) -> Option<&'a SampleType> {
        self.answer.series.sample_types().get(self.answer.query.sample_type)
    }

    /// The unit of the figures.
    pub fn unit(&self) -> Unit {
        self.sample_type().map_or(Unit::Count, |chosen| Unit::of(chosen.unit.raw()))
    }

    /// The whole, as far as 64 bits go.
    pub fn share_base(&self) -> i64 {
        let sum = self.answer.column.share_base();
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }

    /// What shares of a sample type are of: what its window measured, or where that was asked for, what filters leave.
    pub fn share_base_of(&self, sample_type: usize) -> i64 {
        let Answer { query, filtered, .. } = self.answer;
        if filtered.keeps_all() || query.shares == Shares::Filtered {
            let flat = self.answer.flat(sample_type);
            return flat.map_or_else(|| self.share_base(), |flat| flat.total(FrameId::ROOT));
        }
        if sample_type == query.sample_type { self.share_base() } else { self.answer.unfiltered_total(sample_type) }
    }

    /// Whether the chosen sample type has any value.
    pub fn is_empty(&self) -> bool {
        self.answer.widths.weight(NodeId::ROOT) == 0
    }

    /// The full name of a frame; the root is called `all`.
    pub fn name(&self, frame: FrameId) -> &'a str {
        if frame == FrameId::ROOT { "all" } else { self.answer.tree.frames().shown(frame) }
    }

    /// A frame's name in the best form that fits; nothing where none says anything.
    pub fn label(&self, frame: FrameId, cells: usize) -> Cow<'a, str> {
        // Most slots of a dense icicle are this narrow.
        if cells < names::MIN_CELLS {
            return Cow::Borrowed("");
        }
        let (language, name) = (self.answer.language, self.name(frame));
        match self.display.names {
            NameStyle::Full => width::cut_middle(name, cells),
            NameStyle::Short if self.has_paths() => label_of_place(language, name, cells),
            NameStyle::Short => {
                let display = names::display(language, name);
                Cow::Owned(names::shorten(language, &display, cells).into_owned())
            }
        }
    }

    /// Whether frames are called by more than a function: by its file, by a line, or by a package.
    fn has_paths(&self) -> bool {
        let granularity = self.answer.query.shape.granularity;
        !matches!(granularity, Granularity::Functions)
    }

    /// How strong the colour of a change is.
    fn step(&self, change: &Change) -> ChangeStrength {
        let marks = self.answer.base.as_ref().map_or([0; 2], |base| base.changes.color_steps);
        match self.display.scale {
            ChangeScale::Absolute => change.strength(marks),
            ChangeScale::Relative => change.relative_strength(),
        }
    }

    /// What a change is drawn as.
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

    /// What a frame is drawn as for what it holds itself.
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

    /// Whose code a frame is, where that is known.
    pub fn origin(&self, frame: FrameId) -> Option<CodeOwner> {
        let frames = self.answer.tree.frames();
        self.owners.of(frames.mangled(frame).unwrap_or_else(|| frames.name(frame)), frames.file(frame))
    }

    /// Whether this is one of two windows shown beside each other, and has nothing of what is selected.
    pub fn lacks_selection(&self) -> bool {
        !self.answer.widths.is_by_weight() && self.answer.widths.weight(self.navigation.selection().node()) == 0
    }

    /// Whether a search is on and finds this frame.
    pub fn is_hit(&self, frame: FrameId) -> bool {
        self.answer.hits.as_ref().is_some_and(|hits| hits.is_hit(frame))
    }
}

/// The tree of an answer with its sample type.
pub fn weighted_tree(answer: &Answer) -> WeightedTree<'_> {
    WeightedTree {
        tree: &answer.tree,
        column: &answer.column,
        base: answer.base.as_ref().map(|base| &*base.column),
        widths: &answer.widths,
    }
}

/// What code of an origin is drawn as.
pub fn owner_role(origin: CodeOwner) -> Role {
    match origin {
        CodeOwner::Runtime => Role::Runtime,
        CodeOwner::Standard => Role::Standard,
        CodeOwner::FirstParty => Role::Own,
        CodeOwner::Vendor => Role::Vendor,
    }
}

/// The best form that fits of a name with a path in it: `function file:line`, a file, a package. What says most of a path
/// is its end.
fn label_of_place(language: Language, name: &str, cells: usize) -> Cow<'_, str> {
    let end = |path: &str, cells: usize| -> String {
        let starts = path.match_indices('/').map(|(at, _)| at + 1);
        let mut ends = std::iter::once(0).chain(starts).map(|start| &path[start..]).filter(|end| !end.is_empty());
        let last = path.rsplit('/').find(|end| !end.is_empty()).unwrap_or(path);
        width::cut_middle(ends.find(|end| width::width(end) <= cells).unwrap_or(last), cells).into_owned()
    };
    let Some((function, place)) = name.rsplit_once(' ').filter(|(_, place)| place.contains(['/', ':'])) else {
        return Cow::Owned(end(name, cells));
    };
    let file = place.rsplit('/').next().unwrap_or(place);
    let room = cells.saturating_sub(width::width(file) + 1);
    let display = names::display(language, function);
    if room < LEAST_FUNCTION {
        return Cow::Owned(names::shorten(language, &display, cells).into_owned());
    }
    Cow::Owned(format!("{} {file}", names::shorten(language, &display, room)))
}

/// Cells of a function's name below which its file has none.
const LEAST_FUNCTION: usize = 10;
