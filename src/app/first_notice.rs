//! Notices after the start, below the headline: hints for a new user, and about several snapshots.

use crate::analysis::Timeline;
use crate::app::App;
use crate::base::safe_text::display_name;
use crate::profile::Input;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;

/// First keys for a new user, shown until the next key press; `None` during the tour, which has its own text.
pub fn first_hint(app: &App) -> Option<Notice> {
    if app.environment.tour.step().is_some() {
        return None;
    }
    let [help, zoom, next] = [KeyRef::Help, KeyRef::ZoomIn, KeyRef::NextType].map(|key| app.environment.keys.of(key));
    let types = if app.series().sample_types().len() > 1 {
        format!(", {next} switches the sample type")
    } else {
        String::new()
    };
    Some(Notice::FirstKeys(if app.context().is_empty() {
        format!("{help} opens the help{types}")
    } else {
        format!("{help} help, arrows select, {zoom} zooms")
    }))
}

/// Notice about several snapshots: their aggregation and the key that compares them, or the base available for a
/// comparison.
pub fn several(app: &App) -> Option<Notice> {
    let query = &app.document.answer.query;
    let base = app.series().range_of(Input::Base);
    let diff = app.environment.keys.of(KeyRef::Diff);
    if let Some(first) = app.series().snapshots().get(base.start).filter(|_| query.base.is_none()) {
        let more = if base.len() > 1 { format!(" and {} more", base.len() - 1) } else { String::new() };
        return Some(Notice::Snapshots(format!("{diff} compares with {}{more}", first.header.source.shown())));
    }
    if query.window.count() < 2 || query.base.is_some() {
        return None;
    }
    let compares = match query.window.count() {
        2 => "them".to_owned(),
        _ if Timeline::deploy(app.series()).is_some() => "the builds".to_owned(),
        _ => first_with_last(app)?,
    };
    let trend = app.environment.keys.of(KeyRef::ViewTrend);
    Some(Notice::Snapshots(format!("{trend} trend, {diff} compares {compares}")))
}

/// Words for the comparison of the first snapshots with the last ones, of one instance where there is no other way.
fn first_with_last(app: &App) -> Option<String> {
    let query = &app.document.answer.query;
    let compared = query.compared(app.series())?;
    if compared.base_instance != query.base_instance {
        return Some("the builds".to_owned());
    }
    Some(match compared.instance.filter(|_| query.instance.is_none()) {
        Some(instance) => {
            format!("first and last of {}", display_name(app.series().instance_label(instance).shown()))
        }
        None => "the first with the last".to_owned(),
    })
}
