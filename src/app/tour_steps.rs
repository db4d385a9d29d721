//! Steps of the tour, and its progress.

use crate::app::action::{Action, Diff, Program, Show};
use crate::view::keys::KeyRef;
use crate::view::nav::Move;
use crate::view::overlay::Focus;
use crate::view::{icicle, table};

/// Step of the tour.
#[derive(Clone, Copy, Debug)]
pub struct TourStep {
    /// Action whose key is named.
    pub key: KeyRef,
    /// Actions that complete the step; with a focus, only in that focus.
    done: &'static [(Option<Focus>, Action)],
    /// Text after the name of the key: the effect of the key.
    pub effect: &'static str,
    /// Expected result.
    pub why: &'static str,
}

/// Steps in their order.
pub const STEPS: &[TourStep] = &[
    TourStep {
        key: KeyRef::Top,
        done: &[(Some(Focus::Table), Action::Move(Move::Top)), (Some(Focus::Table), Action::Move(Move::Down))],
        effect: "selects the function with the largest self",
        why: "Sorted by self: the functions that allocated it.",
    },
    TourStep {
        key: KeyRef::ZoomIn,
        done: &[(None, Action::Table(table::Action::Open)), (None, Action::Icicle(icicle::Action::Zoom))],
        effect: "zooms to the selected function",
        why: "Its callers are above it; their totals include it.",
    },
    TourStep {
        key: KeyRef::Allocated,
        done: &[(None, Action::Show(Show::Allocated))],
        effect: "shows all allocations, freed or not",
        why: "Same selection: allocation keeps the collector busy.",
    },
    TourStep {
        key: KeyRef::InUse,
        done: &[(None, Action::Show(Show::InUse))],
        effect: "goes back to in-use memory",
        why: "In-use memory is what makes a process large.",
    },
    TourStep {
        key: KeyRef::Diff,
        done: &[(None, Action::Diff(Diff::Toggle)), (None, Action::Diff(Diff::On))],
        effect: "compares with the profile before the deploy",
        why: "Orange + grew, blue - shrank; N is new, G is gone.",
    },
    TourStep {
        key: KeyRef::Explain,
        done: &[(None, Action::Diff(Diff::Explain))],
        effect: "lists the few call sites that explain the change",
        why: "This deploy fixed one leak and added another.",
    },
    TourStep {
        key: KeyRef::Details,
        done: &[(None, Action::Show(Show::Details))],
        effect: "shows all details of the selection",
        why: "Exact changes, callers, and advice.",
    },
    TourStep {
        key: KeyRef::Help,
        done: &[(None, Action::Program(Program::Help))],
        effect: "lists the keys of the current view",
        why: "Its guide explains the figures.",
    },
];

impl TourStep {
    /// Returns true if an action in a focus completes the step.
    pub fn is_done_by(&self, focus: Focus, action: Action) -> bool {
        self.done.iter().any(|(within, done)| *done == action && within.is_none_or(|within| within == focus))
    }
}

/// Progress of the tour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tour {
    /// Not running.
    #[default]
    Off,
    /// At this step.
    At(usize),
}

impl Tour {
    /// Current step with its number.
    pub fn step(self) -> Option<(usize, &'static TourStep)> {
        let Self::At(at) = self else { return None };
        STEPS.get(at).map(|step| (at, step))
    }
}
