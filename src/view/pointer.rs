//! Mouse: gestures, and the targets of the screen.

use crate::view::key::Key;

/// Mouse reporting of the terminal. Reporting disables text selection by the terminal, so it is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The terminal handles the mouse.
    #[default]
    Off,
    /// The program handles the mouse.
    On,
}

/// Gesture at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseInput {
    /// Gesture.
    pub gesture: Gesture,
    /// Column, from 0.
    pub column: u16,
    /// Row, from 0.
    pub row: u16,
}

/// Gesture of a mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Press of the left button.
    Press,
    /// Wheel turned up.
    WheelUp,
    /// Wheel turned down.
    WheelDown,
}

/// Target of a click or of the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitTarget {
    /// Cell of the icicle, relative to its corner.
    Icicle {
        /// Column.
        column: usize,
        /// Row.
        row: usize,
    },
    /// Icicle of the other window.
    OtherSide,
    /// Cell column in the head of the table.
    Head(usize),
    /// Row of the table below its head.
    Table(usize),
    /// Cell of another view in front, relative to its corner.
    Front {
        /// Column.
        column: usize,
        /// Row.
        row: usize,
    },
    /// Filter chip, by its index.
    Chip(usize),
    /// Tab of the header.
    Tab(Tab),
    /// Key in the footer.
    Key(Key),
    /// Popup or prompt over the views.
    Layer,
    /// No target.
    Nothing,
}

/// Tab of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Icicle,
    Table,
    Trend,
}
