//! Health findings: computed in the background after every answer, so that a warning is shown without a key press.

use crate::analysis::caveats;
use crate::analysis::memory;
use crate::analysis::{Finding, OtherTypes};
use crate::app::task::{FiguresKey, Task};
use crate::app::{App, Effect};
use crate::view::notice::Notice;
use crate::view::overlay::Layer;
use crate::view::source_status::Outage;
use crate::view::words;

/// Requests the health of the current answer, unless it was requested before.
///
/// While a window moves, nothing is requested until it stops; the first answer is examined immediately.
pub fn request(app: &mut App) -> Option<Effect> {
    let requested = &mut app.tasks.requests.findings;
    if app.document.answer.query.other_types != OtherTypes::Now && requested.key().is_some() {
        return None;
    }
    let ticket = requested.ask(FiguresKey::new(app.document.answer.call_order()))?;
    Some(Effect::Run(ticket, Task::Health(Box::new(app.document.answer.call_order().clone()))))
}

/// Stores findings. Earlier findings stay on the screen until then, to avoid flicker.
pub fn set_findings(app: &mut App, findings: Vec<Finding>) {
    nameless(app, &findings);
    app.views.health.set_findings(findings);
}

/// Replaces the first hint by a message if frames are addresses without names.
fn nameless(app: &mut App, findings: &[Finding]) {
    let share = findings.iter().find_map(|finding| match finding {
        Finding::Unsymbolized(share, _) => Some(share),
        _ => None,
    });
    if let Some(share) = share.filter(|_| matches!(app.notice, Some(Notice::FirstKeys(_)))) {
        app.notice = Some(Notice::Info(format!("{share} has no names: --binary PATH gives them")));
    }
}

/// Opens the list.
pub fn open(app: &mut App) {
    let keys = &app.environment.keys;
    let remarks = caveats(&app.document.answer).into_iter().map(|caveat| words::caveat(&caveat, keys));
    let (mut warned, mut notes): (Vec<String>, Vec<String>) = (app.document.warned.clone(), remarks.collect());
    if let Some(Outage { since, until, reason }) = &app.document.live.outage {
        let since = app.environment.clock.of(app.series(), *since);
        match until {
            None => warned.push(format!("no snapshot since {since}: {reason}")),
            Some(until) => {
                notes.push(format!(
                    "no snapshot from {since} to {}: {reason}",
                    app.environment.clock.of(app.series(), *until)
                ));
            }
        }
    }
    app.views.health.open(memory::lines(&app.document.answer), warned, notes);
    app.views.stack.push(Layer::Health);
}
