//! Update: the only function that changes the state. Applies a message and returns effects.

use crate::app::dispatch;
use crate::app::query;
use crate::app::relayout::relayout;
use crate::app::task::{TaskResult, Ticket};
use crate::app::{
    App, Effect, Msg, bottom_up, copy_export, deferred, health, instances, jobs, labels, live, mouse, sandwich, save,
    sizes, source, trend,
};
use crate::view::frame::Movement;
use crate::view::notice::Notice;
use crate::view::pointer::Mouse;

/// Applies a message.
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    let movement = if let Msg::Key(key) = msg { dispatch::movement(app, key) } else { None };
    if movement == Some(Movement::Selection) {
        app.navigation.begin_movement(&app.document.answer.tree);
    } else {
        app.navigation.end_movement();
    }
    let mut effects = match msg {
        Msg::Key(key) => dispatch::press(app, key),
        Msg::Paste(text) => dispatch::paste(app, &text),
        Msg::Resize { width, height } => {
            app.environment.size = (width, height);
            // Called before the first frame, so that the other sample types are computed while it is drawn.
            query::complete(app)
        }
        Msg::Pointed { gesture, target } => mouse::point(app, gesture, target),
        Msg::Shown => shown(app),
        Msg::Rested => Vec::new(),
        Msg::Completed(completed) => deferred::completed(app, completed),
        Msg::Grown { at, grown } => live::grown(app, at, grown),
        Msg::Done { ticket, result } => take_in(app, ticket, result),
        Msg::Edited(done) => source::edited(app, done),
        Msg::Exported { path, exported } => {
            copy_export::exported(app, &path, exported);
            Vec::new()
        }
        Msg::Saved(saved) => {
            save::done(app, saved);
            Vec::new()
        }
        Msg::Loaded { generation, loaded } => jobs::loaded(app, generation, loaded),
        Msg::Progress(line) => {
            jobs::progressed(app, line);
            Vec::new()
        }
        Msg::Resumed => vec![Effect::Redraw],
        Msg::Info(line) => {
            app.notice = Some(Notice::Info(line));
            Vec::new()
        }
        Msg::Failed(line) => {
            app.notice = Some(Notice::Failed(line));
            Vec::new()
        }
    };
    effects.extend(bottom_up::refine(app));
    // Computations over all samples wait until all samples are loaded.
    if !app.tasks.jobs.is_partial() {
        effects.extend(trend::request(app));
        effects.extend(health::request(app));
        effects.extend(labels::request(app));
        effects.extend(instances::request(app));
        effects.extend(sizes::request(app));
    }
    effects.extend(source::request(app));
    effects.extend(sandwich::request(app));
    relayout(app);
    effects
}

/// Stores the result of a background task, unless a newer request made it stale.
fn take_in(app: &mut App, ticket: Ticket, result: TaskResult) -> Vec<Effect> {
    let requests = &mut app.tasks.requests;
    match result {
        TaskResult::Derive(answer) => return jobs::take_in(app, ticket, answer),
        TaskResult::Trends(trends) if requests.trends.accepts(ticket) => trend::set_trends(app, trends),
        TaskResult::Health(findings) if requests.findings.accepts(ticket) => health::set_findings(app, findings),
        TaskResult::Labels(keys) if requests.labels.accepts(ticket) => labels::set_keys(app, keys),
        TaskResult::Instances(table) if requests.instances.accepts(ticket) => instances::set_table(app, table),
        TaskResult::Sizes(classes) if requests.sizes.accepts(ticket) => app.views.details.set_sizes(classes),
        TaskResult::Lines(lines) if requests.lines.accepts(ticket) => source::set_lines(app, lines),
        TaskResult::Around(answers) if requests.around.accepts(ticket) => sandwich::set_halves(app, answers),
        TaskResult::ReadSource(text) if requests.source_text.accepts(ticket) => source::set_text(app, text),
        _ => {}
    }
    Vec::new()
}

/// Effects after the first frame.
fn shown(app: &mut App) -> Vec<Effect> {
    let pointed = (app.environment.mouse == Mouse::On).then_some(Effect::Point(Mouse::On));
    let deferred = deferred::begin(app);
    pointed.into_iter().chain(deferred).chain(live::begin(app)).collect()
}
