//! Hints of the footer: commands that are useful in the current state, specific commands before general ones.

use crate::analysis::{CallTree, StackDirection, StackOrder};
use crate::app::App;
use crate::app::action::{Action, Diff, Filter, Find, Program, Show, Sides};
use crate::app::diff;
use crate::app::key_rows::KeyRow;
use crate::app::program;
use crate::base::compact_sort::CompactSort;
use crate::layout::instances::InstanceList;
use crate::layout::panes::ActiveView;
use crate::profile::Input;
use crate::view::hint::Hint;
use crate::view::navigation::Selection;
use crate::view::overlay::{Focus, Layer};
use crate::view::trend::state::TrendPresentation;
use crate::view::{filters, icicle, instances, labels, navigation, palette, sandwich, source, table, trend};

/// Priority of a command in the current state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum HintPriority {
    Now,
    Always,
    Never,
}

/// Hints, most useful first; the help is last.
pub fn hints(app: &App) -> Vec<Hint> {
    let sections = app.environment.keymap.sections(app.focus());
    let rows = sections.iter().flat_map(|section| &section.rows).filter(|row| !row.foot.is_empty());
    let mut rows: Vec<(HintPriority, &KeyRow)> = rows.map(|row| (worth(app, row.action), row)).collect();
    rows.retain(|(worth, _)| *worth != HintPriority::Never);
    rows.compact_sort_by_key(|(worth, _)| *worth);
    let mut hints: Vec<Hint> = Vec::new();
    for (_, row) in rows {
        let Some(key) = row.keys.first() else { continue };
        let word = word(app, row);
        match hints.last_mut() {
            Some(last) if last.word == word => last.keys.push(*key),
            _ => hints.push(Hint { keys: vec![*key], word }),
        }
    }
    hints
}

/// Word of a command; a command that does something else in the current state has another word.
fn word(app: &App, row: &KeyRow) -> &'static str {
    match row.action {
        Action::Trend(trend::Action::HeatMap) if app.views.trend.presentation() == TrendPresentation::HeatMap => "list",
        Action::Instances(instances::Action::Open) if app.views.instances.list() == InstanceList::Functions => "show",
        Action::Program(Program::Quit) if program::closes(app) => "close",
        Action::Program(Program::BottomUp) if app.tasks.jobs.wanted().order == StackOrder::BottomUp => "call tree",
        _ => row.foot,
    }
}

/// Returns true if the prompt has rows to choose from.
fn has_rows(app: &App) -> bool {
    match app.views.stack.top() {
        Some(Layer::Filter(state)) => !state.rows().is_empty(),
        Some(Layer::Palette(state)) => !state.rows().is_empty(),
        _ => true,
    }
}

/// Returns true if the selection is what the screen is zoomed to.
fn is_zoomed(app: &App) -> bool {
    app.navigation.zoom().members.is_none() && app.navigation.selection() == Selection::Node(app.navigation.zoom().node)
}

/// Returns true if no snapshot has a value.
fn has_no_values(app: &App) -> bool {
    app.context().is_empty() && app.series().snapshots().iter().all(|snapshot| snapshot.samples.is_empty())
}

fn worth(app: &App, action: Action) -> HintPriority {
    let when = |holds: bool| if holds { HintPriority::Now } else { HintPriority::Never };
    let is_pane = matches!(
        app.focus(),
        Focus::Icicle | Focus::Table | Focus::Trend | Focus::Sandwich | Focus::Labels | Focus::Instances
    );
    match action {
        Action::Icicle(icicle::Action::Zoom) if is_zoomed(app) => HintPriority::Never,
        Action::Show(Show::Callers | Show::Source) if app.navigation.selection().node() == CallTree::ROOT => {
            HintPriority::Never
        }
        Action::Show(Show::NextType) | Action::Program(Program::NextPane) if has_no_values(app) => HintPriority::Never,
        // An empty table has no row to move to.
        Action::Move(_) if app.focus() == Focus::Table && app.context().is_empty() => HintPriority::Never,
        Action::Move(_) if app.focus() == Focus::Trend && app.views.trend.selected().is_none() => HintPriority::Never,
        Action::Icicle(_) | Action::Table(_) | Action::Find(_) | Action::CopyExport(_) if app.context().is_empty() => {
            HintPriority::Never
        }
        Action::Find(Find::Next | Find::Previous) => {
            when(app.document.answer.hits.as_ref().is_some_and(|hits| hits.frames() > 0))
        }
        Action::Zoom(navigation::Action::Out | navigation::Action::All) => when(!app.navigation.zoom().is_all()),
        // The overlay is hidden while both windows are shown.
        Action::Diff(Diff::Next | Diff::Previous | Diff::Width | Diff::Explain) => {
            when(app.document.answer.base.is_some() && !app.views.sides.are_both())
        }
        Action::Sides(Sides::Blink) => when(app.document.answer.base.is_some()),
        Action::Sides(_) => when(app.views.sides.are_both()),
        Action::Windows(_) if app.series().range_of(Input::Current).len() < 2 => HintPriority::Never,
        Action::Windows(_) | Action::Diff(Diff::Toggle) | Action::Program(Program::NextPane)
            if app.views.sides.are_both() =>
        {
            HintPriority::Now
        }
        Action::Diff(Diff::Toggle) if !diff::is_available(app) => HintPriority::Never,
        Action::Palette(palette::Action::Complete | palette::Action::Up | palette::Action::Down)
        | Action::FilterPrompt(
            filters::FilterPromptAction::Complete | filters::FilterPromptAction::Up | filters::FilterPromptAction::Down,
        ) if !has_rows(app) => HintPriority::Never,
        Action::Instances(instances::Action::Open) if app.views.instances.table().is_none() => HintPriority::Never,
        Action::Program(Program::Back) => when(
            app.has_search()
                || !app.tasks.jobs.wanted().filters.is_empty()
                || !app.tasks.jobs.wanted().base_filters.is_empty()
                || app.tasks.jobs.progress().is_some()
                || app.views.front != ActiveView::Icicle,
        ),
        // In the trend view, hints for sample types and views are left to the icicle.
        Action::Show(_) if app.focus() == Focus::Trend => HintPriority::Never,
        Action::Show(Show::Memory) => {
            let mut window = app.document.answer.query.window.snapshots();
            when(window.any(|at| app.series().snapshots()[at].header.memory.is_some()))
        }
        Action::Labels(labels::Action::Open) => when(app.views.labels.selected().is_some()),
        Action::Labels(labels::Action::Compare) => when(
            app.views.labels.selected_filter().is_some() || app.can_compare() && app.views.labels.opened().is_none(),
        ),
        Action::Labels(labels::Action::Above) => when(app.views.labels.key().is_some()),
        Action::Labels(labels::Action::Close) => when(app.views.labels.opened().is_some()),
        Action::Labels(labels::Action::Classes) => {
            when(app.views.labels.opened().is_some_and(|key| !key.classes().is_empty()))
        }
        Action::Source(source::Action::NextFile) => when(app.views.source.file_of().1 > 1),
        Action::Source(source::Action::Edit) => when(app.views.source.text().is_some()),
        Action::Source(source::Action::Left | source::Action::Right) if app.views.source.left() == 0 => {
            HintPriority::Always
        }
        Action::Sandwich(sandwich::Action::Back) if !app.views.sandwich.has_history() => HintPriority::Never,
        Action::Trend(action) if app.views.trend.selected().is_none() && action != trend::Action::Growing => {
            HintPriority::Never
        }
        Action::Trend(_) if app.views.trend.trends().is_none() => HintPriority::Never,
        Action::Filter(Filter::Flip) => {
            when(app.views.health.is_upside_down() || app.tasks.jobs.wanted().direction == StackDirection::Flipped)
        }
        Action::Program(Program::BottomUp) => when(app.tasks.jobs.wanted().order == StackOrder::BottomUp),
        Action::Program(Program::Quit) if !is_pane => HintPriority::Never,
        Action::Show(Show::NextType) if app.series().sample_types().len() < 2 => HintPriority::Never,
        Action::Sort(table::Sort::Next) if app.focus() != Focus::Table => HintPriority::Never,
        _ => HintPriority::Always,
    }
}
