//! Which commands the footer names: those that are useful now, the special ones before the usual ones.

use crate::app::action::{Action, Find, Program, Show};
use crate::app::keymap::Row;
use crate::app::stack::Focus;
use crate::app::{App, Key, find};
use crate::view::{place, table, trend};

/// Keys that are named with one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The keys.
    pub keys: Vec<Key>,
    /// The word.
    pub word: &'static str,
}

/// How much a command matters at the moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Now,
    Always,
    Never,
}

/// The hints, the most useful first, and the help last.
pub fn hints(app: &App) -> Vec<Hint> {
    let sections = app.keymap.sections(app.focus());
    let rows = sections.iter().flat_map(|section| &section.rows).filter(|row| !row.foot.is_empty());
    let mut rows: Vec<(Worth, &Row)> = rows.map(|row| (worth(app, row.action), row)).collect();
    rows.retain(|(worth, _)| *worth != Worth::Never);
    rows.sort_by_key(|(worth, _)| *worth);
    let mut hints: Vec<Hint> = Vec::new();
    for (_, row) in rows {
        let Some(key) = row.keys.first() else { continue };
        match hints.last_mut() {
            Some(last) if last.word == row.foot => last.keys.push(*key),
            _ => hints.push(Hint { keys: vec![*key], word: row.foot }),
        }
    }
    hints
}

fn worth(app: &App, action: Action) -> Worth {
    let when = |holds: bool| if holds { Worth::Now } else { Worth::Never };
    let is_pane = matches!(app.focus(), Focus::Icicle | Focus::Table | Focus::Trend);
    match action {
        Action::Find(Find::Next | Find::Previous) => {
            when(app.answer.hits.as_ref().is_some_and(|hits| hits.frames() > 0))
        }
        Action::Zoom(place::Action::Out | place::Action::All) => when(!app.place.zoom().is_all()),
        Action::Program(Program::Back) => {
            when(find::is_on(app) || app.jobs.progress().is_some() || app.focus() == Focus::Trend)
        }
        // What the icicle is there for in the trend is said by its own keys.
        Action::Show(_) if app.focus() == Focus::Trend => Worth::Never,
        Action::Trend(action) if app.trend.selected().is_none() && action != trend::Action::Growing => Worth::Never,
        Action::Trend(_) if app.trend.trends().is_none() => Worth::Never,
        Action::Program(Program::Quit) if !is_pane => Worth::Never,
        Action::Show(Show::NextType) if app.series().sample_types().len() < 2 => Worth::Never,
        Action::Sort(table::Sort::Next) if app.focus() != Focus::Table => Worth::Never,
        _ => Worth::Always,
    }
}
