//! Mouse, on request: a click selects, a click on the selection zooms or opens, the wheel moves the selection. The hit
//! test is part of the drawing layer.

use crate::app::action::{Action, Program};
use crate::app::relayout::relayout;
use crate::app::stack::Focus;
use crate::app::state::Notice;
use crate::app::{App, Effect, Key, filter, sides, tour, trend, update};
use crate::layout::panes::{ActiveView, Pane};
use crate::view::nav::Move;
use crate::view::{filters, icicle, labels, palette, sandwich, table};

/// Mouse reporting of the terminal. It disables text selection by the terminal, so it is off by default.
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
    /// Column of cells in the head of the table.
    Head(usize),
    /// Row of the table below its head.
    Table(usize),
    /// Row of another view in front.
    Front(usize),
    /// Filter chip.
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

/// Rows for each step of the wheel in a list.
const WHEEL: usize = 3;

/// Handles a gesture at a target.
pub fn point(app: &mut App, gesture: Gesture, spot: HitTarget) -> Vec<Effect> {
    app.notice = None;
    match gesture {
        Gesture::Press => press(app, spot),
        Gesture::WheelUp => wheel(app, spot, Move::Up),
        Gesture::WheelDown => wheel(app, spot, Move::Down),
    }
}

/// Turns the mouse on or off, and explains the effect on text selection.
pub fn turn(app: &mut App, mouse: Mouse) -> Vec<Effect> {
    app.mouse = mouse;
    let said = match mouse {
        Mouse::On => "mouse on: click selects, click again zooms; Shift-drag selects text",
        Mouse::Off => "mouse off: the terminal selects text again",
    };
    app.notice = Some(Notice::Said(said.to_owned()));
    vec![Effect::Point(mouse)]
}

fn press(app: &mut App, spot: HitTarget) -> Vec<Effect> {
    match spot {
        HitTarget::Icicle { column, row } => return in_icicle(app, column, row),
        HitTarget::OtherSide => sides::turn(app),
        HitTarget::Head(column) => {
            let App { table, answer, .. } = app;
            table.sort_by_heading_at(answer, column);
        }
        HitTarget::Table(row) => return in_table(app, row),
        HitTarget::Front(row) => return in_front(app, row),
        HitTarget::Chip(at) => {
            filter::enter(app);
            app.chips.choose(at);
        }
        HitTarget::Tab(tab) => return open(app, tab),
        HitTarget::Key(key) => return update::press(app, key),
        HitTarget::Layer | HitTarget::Nothing => {}
    }
    Vec::new()
}

fn in_icicle(app: &mut App, column: usize, row: usize) -> Vec<Effect> {
    app.chips.leave();
    app.pane = Pane::Icicle;
    let Some(pick) = app.icicle.selection_at(app.sides.seen(&app.answer), &app.navigation, (column, row)) else {
        return Vec::new();
    };
    if app.navigation.selection() == pick {
        return update::handle(app, Action::Icicle(icicle::Action::Zoom));
    }
    app.navigation.select(pick);
    Vec::new()
}

fn in_table(app: &mut App, row: usize) -> Vec<Effect> {
    app.chips.leave();
    app.pane = Pane::Table;
    let before = app.table.row();
    let App { table, answer, navigation, .. } = app;
    let at = table.row_at(row);
    if at.is_some() && at == before {
        return update::handle(app, Action::Table(table::Action::Open));
    }
    if let Some(at) = at {
        table.select_row(answer, navigation, at);
    }
    Vec::new()
}

/// Moves to a row of the view in front, if there is such a row.
fn in_front(app: &mut App, row: usize) -> Vec<Effect> {
    let Some(from) = spot_in_front(app) else { return Vec::new() };
    if from == row {
        return again(app);
    }
    let (there, back) = if row > from { (Move::Down, Move::Up) } else { (Move::Up, Move::Down) };
    let mut effects = Vec::new();
    let (mut steps, mut at) = (0, from);
    while at != row && steps < from.abs_diff(row) {
        effects.extend(update::handle(app, Action::Move(there)));
        relayout(app);
        let Some(now) = spot_in_front(app).filter(|now| *now != at) else { break };
        (at, steps) = (now, steps + 1);
    }
    if at != row {
        for _ in 0..steps {
            effects.extend(update::handle(app, Action::Move(back)));
        }
    }
    effects
}

/// Opens the selected row of the view in front. An editor needs its key.
fn again(app: &mut App) -> Vec<Effect> {
    match app.front {
        ActiveView::Trend => update::handle(app, Action::Trend(crate::view::trend::Action::Open)),
        ActiveView::Sandwich => update::handle(app, Action::Sandwich(sandwich::Action::Focus)),
        ActiveView::Labels => update::handle(app, Action::Labels(labels::Action::Open)),
        ActiveView::Source | ActiveView::Icicle => Vec::new(),
    }
}

fn spot_in_front(app: &App) -> Option<usize> {
    let spot = match app.front {
        ActiveView::Trend => app.trend.cursor_cell(),
        ActiveView::Sandwich => app.sandwich.cursor_cell(),
        ActiveView::Source => app.source.cursor_cell(),
        ActiveView::Labels => app.labels.cursor_cell(),
        ActiveView::Icicle => None,
    };
    spot.map(|(_, row)| row)
}

fn open(app: &mut App, tab: Tab) -> Vec<Effect> {
    match tab {
        Tab::Trend => return update::handle(app, Action::Program(Program::Trend)),
        Tab::Icicle => trend::to_icicle(app),
        Tab::Table => {
            trend::to_icicle(app);
            app.pane = Pane::Table;
            app.table.reveal();
        }
    }
    Vec::new()
}

fn wheel(app: &mut App, spot: HitTarget, turn: Move) -> Vec<Effect> {
    let is_up = turn == Move::Up;
    match spot {
        HitTarget::Icicle { .. } | HitTarget::OtherSide => {
            let action = if is_up { icicle::Action::Up } else { icicle::Action::Down };
            update::handle(app, Action::Icicle(action))
        }
        HitTarget::Head(_) | HitTarget::Table(_) => {
            for _ in 0..WHEEL {
                tour::follow(app, Focus::Table, Action::Move(turn));
                update::move_by(app, Focus::Table, turn);
            }
            Vec::new()
        }
        HitTarget::Front(_) | HitTarget::Layer => {
            let action = match (app.focus(), is_up) {
                (Focus::Palette, true) => Action::Palette(palette::Action::Up),
                (Focus::Palette, false) => Action::Palette(palette::Action::Down),
                (Focus::Filter, true) => Action::Ask(filters::Ask::Up),
                (Focus::Filter, false) => Action::Ask(filters::Ask::Down),
                _ => Action::Move(turn),
            };
            (0..WHEEL).flat_map(|_| update::handle(app, action)).collect()
        }
        HitTarget::Chip(_) | HitTarget::Tab(_) | HitTarget::Key(_) | HitTarget::Nothing => Vec::new(),
    }
}
