//! The mouse, where somebody asked for it: a click selects what it is on, and zooms to or opens what is selected already;
//! the wheel moves the selection of what it is over. Where a click went is found out where the screen is drawn.

use crate::app::action::{Action, Program};
use crate::app::relayout::relayout;
use crate::app::stack::Focus;
use crate::app::state::Notice;
use crate::app::{App, Effect, Key, filter, sides, tour, trend, update};
use crate::layout::panes::{ActiveView, Pane};
use crate::view::nav::Move;
use crate::view::{filters, icicle, labels, palette, sandwich, table};

/// Whether the terminal is to tell of clicks. It then selects no text by itself, so it is off unless asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    /// The terminal keeps the mouse.
    #[default]
    Off,
    /// The program has it.
    On,
}

/// What a mouse did, and at which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseInput {
    /// What it did.
    pub gesture: Gesture,
    /// The column, from 0.
    pub column: u16,
    /// The row, from 0.
    pub row: u16,
}

/// What a mouse can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// The left button went down.
    Press,
    /// The wheel was turned up.
    WheelUp,
    /// The wheel was turned down.
    WheelDown,
}

/// What stands at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitTarget {
    /// A cell of the icicle, from its corner.
    Icicle {
        /// The column.
        column: usize,
        /// The row.
        row: usize,
    },
    /// The icicle of the window that has not the keys.
    OtherSide,
    /// A column of cells of the table's head.
    Head(usize),
    /// A row of the table below its head.
    Table(usize),
    /// A row of another view in front.
    Front(usize),
    /// A chip of the filters.
    Chip(usize),
    /// A name of the header.
    Tab(Tab),
    /// A key that the footer names.
    Key(Key),
    /// Something over the views.
    Layer,
    /// Nothing that hears clicks.
    Nothing,
}

/// What a name of the header leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The icicle.
    Icicle,
    /// The table.
    Table,
    /// The trend.
    Trend,
}

/// Rows that a step of the wheel goes in a list.
const WHEEL: usize = 3;

/// Does what a gesture at a spot asks.
pub fn point(app: &mut App, gesture: Gesture, spot: HitTarget) -> Vec<Effect> {
    app.notice = None;
    match gesture {
        Gesture::Press => press(app, spot),
        Gesture::WheelUp => wheel(app, spot, Move::Up),
        Gesture::WheelDown => wheel(app, spot, Move::Down),
    }
}

/// Turns the mouse on or off, and says what that means for the selection of text.
pub fn turn(app: &mut App, mouse: Mouse) -> Vec<Effect> {
    app.mouse = mouse;
    let said = match mouse {
        Mouse::On => "mouse on: click selects, click again zooms; Shift-drag selects text",
        Mouse::Off => "mouse off: the terminal has it for selecting text",
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

/// Goes to a row of the view in front by as many steps as it is away. Where there is no such row nothing is selected.
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

/// What a click on the selected row of the view in front does. An editor opens by its key alone.
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
