//! Mouse, if enabled: a click selects, a click on the selection zooms or opens, the wheel moves the selection. The hit
//! test is in the drawing layer.

use crate::app::action::{Action, Program};
use crate::app::dispatch;
use crate::app::nav;
use crate::app::relayout::relayout;
use crate::app::{App, Effect, filter, tour};
use crate::layout::panes::{ActiveView, Pane};
use crate::view::nav::Move;
use crate::view::overlay::Focus;
use crate::view::pointer::Gesture;
use crate::view::pointer::HitTarget;
use crate::view::pointer::Tab;
use crate::view::{filters, icicle, instances, labels, palette, sandwich, table};

/// Rows for each step of the wheel in a list.
const WHEEL: usize = 3;

/// Handles a gesture at a target.
pub fn point(app: &mut App, gesture: Gesture, target: HitTarget) -> Vec<Effect> {
    app.notice = None;
    match gesture {
        Gesture::Press => press(app, target),
        Gesture::WheelUp => wheel(app, target, Move::Up),
        Gesture::WheelDown => wheel(app, target, Move::Down),
    }
}

fn press(app: &mut App, target: HitTarget) -> Vec<Effect> {
    match target {
        HitTarget::Icicle { column, row } => return press_in_icicle(app, column, row),
        HitTarget::OtherSide => nav::swap_sides(app),
        HitTarget::Head(column) => {
            let App { views, document, .. } = app;
            views.table.sort_by_heading_at(&document.answer, column);
        }
        HitTarget::Table(row) => return press_in_table(app, row),
        HitTarget::Front { column, row } if app.views.front == ActiveView::Sandwich => {
            if !app.views.sandwich.select_at((column, row)) {
                return open_selected(app);
            }
        }
        HitTarget::Front { column, row } => {
            if !press_heading(app, (column, row)) {
                return press_in_front(app, row);
            }
        }
        HitTarget::Chip(at) => {
            filter::enter(app);
            app.views.chips.choose(at);
        }
        HitTarget::Tab(tab) => return open(app, tab),
        HitTarget::Key(key) => return dispatch::press(app, key),
        HitTarget::Layer | HitTarget::Nothing => {}
    }
    Vec::new()
}

fn press_in_icicle(app: &mut App, column: usize, row: usize) -> Vec<Effect> {
    app.views.chips.leave();
    app.views.pane = Pane::Icicle;
    let Some(pick) =
        app.views.icicle.selection_at(app.views.sides.seen(&app.document.answer), &app.navigation, (column, row))
    else {
        return Vec::new();
    };
    if app.navigation.selection() == pick {
        return dispatch::handle(app, Action::Icicle(icicle::Action::Zoom));
    }
    app.navigation.select(pick);
    Vec::new()
}

fn press_in_table(app: &mut App, row: usize) -> Vec<Effect> {
    app.views.chips.leave();
    app.views.pane = Pane::Table;
    let before = app.views.table.row();
    let App { views, document, navigation, .. } = app;
    let at = views.table.row_at(row);
    if at.is_some() && at == before {
        return dispatch::handle(app, Action::Table(table::Action::Open));
    }
    if let Some(at) = at {
        views.table.select_row(&document.answer, navigation, at);
    }
    Vec::new()
}

/// Sorts by the heading at a cell of the view in front. Returns false if there is no heading.
fn press_heading(app: &mut App, (column, row): (usize, usize)) -> bool {
    let App { views, document, .. } = app;
    match views.front {
        ActiveView::Trend if row == 0 => {
            views.trend.sort_by_heading_at(&document.answer, column);
            true
        }
        ActiveView::Instances => views.instances.sort_by_heading_at(&document.answer, (column, row)),
        _ => false,
    }
}

/// Moves to a row of the view in front if there is such a row; opens a row that is selected already.
fn press_in_front(app: &mut App, row: usize) -> Vec<Effect> {
    let Some(from) = selected_row_in_front(app) else { return Vec::new() };
    if from == row {
        return open_selected(app);
    }
    // A list with pinned rows has gaps.
    if let (ActiveView::Trend, Some(line)) = (app.views.front, row.checked_sub(1)) {
        let App { views, navigation, .. } = app;
        views.trend.select_line(navigation, line);
        return Vec::new();
    }
    let (there, back) = if row > from { (Move::Down, Move::Up) } else { (Move::Up, Move::Down) };
    let mut effects = Vec::new();
    let (mut steps, mut at) = (0, from);
    while at != row && steps < from.abs_diff(row) {
        effects.extend(dispatch::handle(app, Action::Move(there)));
        relayout(app);
        let Some(now) = selected_row_in_front(app).filter(|now| *now != at) else { break };
        (at, steps) = (now, steps + 1);
    }
    if at != row {
        for _ in 0..steps {
            effects.extend(dispatch::handle(app, Action::Move(back)));
        }
    }
    effects
}

/// Opens the selected row of the view in front. The editor opens only by its key.
fn open_selected(app: &mut App) -> Vec<Effect> {
    match app.views.front {
        ActiveView::Trend => dispatch::handle(app, Action::Trend(crate::view::trend::Action::Open)),
        ActiveView::Sandwich => dispatch::handle(app, Action::Sandwich(sandwich::Action::Zoom)),
        ActiveView::Labels => dispatch::handle(app, Action::Labels(labels::Action::Open)),
        ActiveView::Instances => dispatch::handle(app, Action::Instances(instances::Action::Open)),
        ActiveView::Source | ActiveView::Icicle => Vec::new(),
    }
}

fn selected_row_in_front(app: &App) -> Option<usize> {
    let target = match app.views.front {
        ActiveView::Trend => app.views.trend.cursor_cell(),
        ActiveView::Sandwich => app.views.sandwich.cursor_cell(),
        ActiveView::Source => app.views.source.cursor_cell(),
        ActiveView::Labels => app.views.labels.cursor_cell(),
        ActiveView::Instances => app.views.instances.cursor_cell(),
        ActiveView::Icicle => None,
    };
    target.map(|(_, row)| row)
}

fn open(app: &mut App, tab: Tab) -> Vec<Effect> {
    match tab {
        Tab::Trend => return dispatch::handle(app, Action::Program(Program::Trend)),
        Tab::Icicle => nav::focus_icicle(app),
        Tab::Table => {
            nav::focus_icicle(app);
            app.views.pane = Pane::Table;
            app.views.table.reveal();
        }
    }
    Vec::new()
}

fn wheel(app: &mut App, target: HitTarget, turn: Move) -> Vec<Effect> {
    let is_up = turn == Move::Up;
    match target {
        HitTarget::Icicle { .. } | HitTarget::OtherSide => {
            let action = if is_up { icicle::Action::Up } else { icicle::Action::Down };
            dispatch::handle(app, Action::Icicle(action))
        }
        HitTarget::Head(_) | HitTarget::Table(_) => {
            for _ in 0..WHEEL {
                tour::follow(app, Focus::Table, Action::Move(turn));
                dispatch::move_by(app, Focus::Table, turn);
            }
            Vec::new()
        }
        HitTarget::Front { .. } | HitTarget::Layer => {
            let action = match (app.focus(), is_up) {
                (Focus::Palette, true) => Action::Palette(palette::Action::Up),
                (Focus::Palette, false) => Action::Palette(palette::Action::Down),
                (Focus::Filter, true) => Action::FilterPrompt(filters::FilterPromptAction::Up),
                (Focus::Filter, false) => Action::FilterPrompt(filters::FilterPromptAction::Down),
                _ => Action::Move(turn),
            };
            (0..WHEEL).flat_map(|_| dispatch::handle(app, action)).collect()
        }
        HitTarget::Chip(_) | HitTarget::Tab(_) | HitTarget::Key(_) | HitTarget::Nothing => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::action::Action;
    use crate::app::keymap::Keymap;
    use crate::view::key::Key;
    use crate::view::table::Sort;

    /// Actions by key that match the mouse at a target. Every new target needs an entry.
    fn actions(target: HitTarget) -> Vec<Action> {
        let rows = [Action::Move(Move::Up), Action::Move(Move::Down)];
        let next_pane = Action::Program(Program::NextPane);
        match target {
            HitTarget::Icicle { .. } => {
                use icicle::Action::{Down, Left, Right, Up, Zoom};
                [Left, Right, Up, Down, Zoom].map(Action::Icicle).to_vec()
            }
            HitTarget::OtherSide | HitTarget::Tab(Tab::Table) => vec![next_pane],
            HitTarget::Head(_) => [Sort::Next, Sort::Reverse].map(Action::Sort).to_vec(),
            HitTarget::Table(_) => [&rows[..], &[next_pane, Action::Table(table::Action::Open)]].concat(),
            HitTarget::Front { .. } => {
                let open = [
                    Action::Trend(crate::view::trend::Action::Open),
                    Action::Sandwich(sandwich::Action::Zoom),
                    Action::Labels(labels::Action::Open),
                    Action::Instances(instances::Action::Open),
                ];
                [&rows[..], &open].concat()
            }
            HitTarget::Chip(_) => [filters::Action::Remove, filters::Action::Edit].map(Action::Chips).to_vec(),
            HitTarget::Tab(Tab::Icicle) => vec![Action::Program(Program::Icicle)],
            HitTarget::Tab(Tab::Trend) => vec![Action::Program(Program::Trend)],
            HitTarget::Layer => {
                let prompts =
                    [Action::Palette(palette::Action::Up), Action::FilterPrompt(filters::FilterPromptAction::Down)];
                [&rows[..], &prompts].concat()
            }
            // The click acts as the key itself.
            HitTarget::Key(_) | HitTarget::Nothing => Vec::new(),
        }
    }

    #[test]
    fn every_target_of_the_mouse_has_keys() {
        let keymap = Keymap::default();
        let bound: Vec<Action> = keymap.all().map(|(_, _, action)| action).collect();
        let targets = [
            HitTarget::Icicle { column: 0, row: 0 },
            HitTarget::OtherSide,
            HitTarget::Head(0),
            HitTarget::Table(0),
            HitTarget::Front { column: 0, row: 0 },
            HitTarget::Chip(0),
            HitTarget::Tab(Tab::Icicle),
            HitTarget::Tab(Tab::Table),
            HitTarget::Tab(Tab::Trend),
            HitTarget::Key(Key::Char('q')),
            HitTarget::Layer,
            HitTarget::Nothing,
        ];
        for target in targets {
            let missing: Vec<Action> = actions(target).into_iter().filter(|action| !bound.contains(action)).collect();
            assert_eq!(missing, [], "{target:?}");
        }
    }
}
