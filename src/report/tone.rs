//! Tones of frames in pictures and pages: the owner of a frame's code, or its change. Tones correspond to the roles
//! that a theme has for the same meanings.

use crate::analysis::filter::CodeOwner;
use crate::analysis::{Change, ChangeDirection, ChangeStrength};

/// Meaning of the fill colour of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// Root, or a frame whose owner is not known.
    Root,
    /// Block of frames that are too narrow to be drawn.
    Gathered,
    /// Code of the program itself.
    FirstParty,
    /// Code of another module.
    Vendor,
    /// Standard library.
    Standard,
    /// Runtime of the language.
    Runtime,
    /// Address without a name.
    Unsymbolized,
    /// No change, or a change within noise.
    Same,
    /// Growth.
    Grew(ChangeStrength),
    /// Shrinkage.
    Shrank(ChangeStrength),
    /// Owner by the rules of the series, or package if no owner is known; a number below [`PACKAGES`].
    Package(u8),
}

/// Number of package tones.
pub(super) const PACKAGES: u8 = 10;

impl Tone {
    /// All tones but those of packages, in the order of a legend.
    pub(super) const ROLES: [Self; 14] = [
        Self::Shrank(ChangeStrength::Strong),
        Self::Shrank(ChangeStrength::Medium),
        Self::Shrank(ChangeStrength::Light),
        Self::Same,
        Self::Grew(ChangeStrength::Light),
        Self::Grew(ChangeStrength::Medium),
        Self::Grew(ChangeStrength::Strong),
        Self::FirstParty,
        Self::Vendor,
        Self::Standard,
        Self::Runtime,
        Self::Unsymbolized,
        Self::Root,
        Self::Gathered,
    ];

    /// CSS class.
    pub(super) fn class(self) -> String {
        match self {
            Self::Root => "root".to_owned(),
            Self::Gathered => "more".to_owned(),
            Self::FirstParty => "own".to_owned(),
            Self::Vendor => "vendor".to_owned(),
            Self::Standard => "std".to_owned(),
            Self::Runtime => "rt".to_owned(),
            Self::Unsymbolized => "addr".to_owned(),
            Self::Same => "same".to_owned(),
            Self::Grew(strength) => format!("g{}", step(strength)),
            Self::Shrank(strength) => format!("s{}", step(strength)),
            Self::Package(number) => format!("p{number}"),
        }
    }

    /// Tone of a code owner.
    pub(super) fn of_owner(owner: CodeOwner) -> Self {
        match owner {
            CodeOwner::Runtime => Self::Runtime,
            CodeOwner::Standard => Self::Standard,
            CodeOwner::FirstParty => Self::FirstParty,
            CodeOwner::Vendor => Self::Vendor,
        }
    }

    /// Tone of a change.
    pub(super) fn of_change(change: &Change, marks: [i64; 2]) -> Self {
        match change.direction() {
            ChangeDirection::Same | ChangeDirection::Noise => Self::Same,
            ChangeDirection::Grew => Self::Grew(change.strength(marks)),
            ChangeDirection::Shrank => Self::Shrank(change.strength(marks)),
        }
    }
}

/// Number of a strength, from 1.
fn step(strength: ChangeStrength) -> u8 {
    match strength {
        ChangeStrength::Light => 1,
        ChangeStrength::Medium => 2,
        ChangeStrength::Strong => 3,
    }
}
