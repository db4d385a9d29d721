//! The health of what is looked at: looked for beside every answer, off the thread that reads keys, so that a warning
//! stands on the screen before anybody asks.

use std::sync::Arc;

use crate::analysis::caveats;
use crate::analysis::memory;
use crate::analysis::{Answer, Column, Finding, OtherTypes, health};
use crate::app::stack::Layer;
use crate::app::state::{Notice, first_hint};
use crate::app::{App, Effect, Msg};
use crate::view::health::Action;

/// What is under way, and of what.
#[derive(Clone, Debug, Default)]
pub struct HealthRequest {
    /// The number of the examination that was asked last.
    asked: u64,
    /// The columns that it is of: of the same figures the same is to be said.
    of: Option<[Option<Arc<Column>>; 2]>,
}

/// An answer to be looked over.
#[derive(Debug)]
pub struct HealthTask {
    /// Which one this is: only what comes of the newest is taken.
    pub generation: u64,
    /// What is looked over.
    pub answer: Answer,
}

impl HealthTask {
    /// Looks it over. This is pure and may take a while.
    pub fn run(self) -> Msg {
        Msg::Examined { generation: self.generation, findings: health(&self.answer) }
    }
}

/// Asks for what there is to say of an answer that came, unless it is known. Of a window that moves nothing is said
/// until it stands, of the first answer at once.
pub fn follow(app: &mut App) -> Option<Effect> {
    if app.answer.query.other_types != OtherTypes::Now && app.looked.of.is_some() {
        return None;
    }
    let base = app.answer.base.as_ref().map(|base| Arc::clone(&base.column));
    let of = [Some(Arc::clone(&app.answer.column)), base];
    let places = |columns: &[Option<Arc<Column>>; 2]| columns.clone().map(|column| column.map(|one| Arc::as_ptr(&one)));
    if app.looked.of.as_ref().is_some_and(|known| places(known) == places(&of)) {
        return None;
    }
    app.looked.of = Some(of);
    app.looked.asked += 1;
    let examination = HealthTask { generation: app.looked.asked, answer: app.answer.clone() };
    Some(Effect::Examine(Box::new(examination)))
}

/// Takes in what was found, if it is of what shows. Until then what was found before stands, so that nothing flickers.
pub fn examined(app: &mut App, generation: u64, findings: Vec<Finding>) {
    if generation == app.looked.asked {
        nameless(app, &findings);
        app.health.take(Some(findings));
    }
}

/// Says in the place of the first hint that addresses stand where names should: nothing else makes so little sense to
/// somebody who has just come.
fn nameless(app: &mut App, findings: &[Finding]) {
    let share = findings.iter().find_map(|finding| match finding {
        Finding::Unsymbolized(share, _) => Some(share),
        _ => None,
    });
    if let Some(share) = share.filter(|_| app.notice.is_some() && app.notice == first_hint(app)) {
        app.notice = Some(Notice::Said(format!("{share} has no names: --binary PATH gives them")));
    }
}

/// Opens the list.
pub fn open(app: &mut App) {
    app.health.remember(memory::lines(&app.answer));
    let remarks = caveats(&app.answer).into_iter().map(|caveat| caveat.to_string());
    app.health.hear(app.warned.iter().cloned().chain(remarks).collect());
    app.health.open();
    app.stack.push(Layer::Health);
}

/// Does what a key asks of the list.
pub fn act(app: &mut App, action: Action) {
    if action == Action::Close {
        app.stack.pop();
        return;
    }
    let area = app.panes.middle();
    let room = (usize::from(area.width), usize::from(area.height).saturating_sub(1));
    app.health.act(action, room);
}
