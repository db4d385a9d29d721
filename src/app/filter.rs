//! The filters: made in a prompt, excluded by a key, removed from their chips; and what is one frame.

use crate::analysis::filter::{CompiledFilters, FilterKind, Preset, presets};
use crate::analysis::{Answer, Filter, Granularity, Inlines, Query, Recursion};
use crate::app::action;
use crate::app::jobs::ask;
use crate::app::stack::Layer;
use crate::app::state::Notice;
use crate::app::{App, Effect, origins, trend};
use crate::base::ids::FrameId;
use crate::base::names;
use crate::base::safe_text;
use crate::base::units::{commas_u64, percent};
use crate::view::filters::chips::{self, Chip};
use crate::view::filters::{self, Ask};
use crate::view::prompt::state::PromptOutcome;

/// What there is to say when the answer to a filter comes: what was excluded, and what was left before.
#[derive(Clone, Debug, Default)]
pub struct PendingFilter(Option<(String, i128)>);

/// Functions beyond which matching them takes longer than a key press should.
const MANY: usize = 50_000;

/// Does what a key asks.
pub fn handle(app: &mut App, action: action::Filter) -> Vec<Effect> {
    match action {
        action::Filter::Open => open(app, None),
        action::Filter::Exclude => exclude(app),
        action::Filter::Granularity => {
            let known = Granularity::WORDS.map(|(_, granularity)| granularity);
            let chosen = app.jobs.wanted().shape.granularity;
            let at = known.iter().position(|granularity| *granularity == chosen).unwrap_or(0);
            let next = known[(at + 1) % known.len()];
            app.notice = Some(Notice::Said(format!("a frame is a {}", chips::noun(next)).replace("a addr", "an addr")));
            ask(app, |query| query.shape.granularity = next)
        }
        action::Filter::Inlines => {
            let (next, said) = match app.jobs.wanted().shape.inlines {
                Inlines::Shown => (Inlines::Hidden, "inlined calls are part of their callers"),
                Inlines::Hidden => (Inlines::Shown, "inlined calls are frames of their own"),
            };
            app.notice = Some(Notice::Said(said.to_owned()));
            ask(app, |query| query.shape.inlines = next)
        }
        action::Filter::Recursion => {
            let (next, said) = match app.jobs.wanted().shape.recursion {
                Recursion::Shown => (Recursion::Folded, "recursion is folded: no path has a frame twice"),
                Recursion::Folded => (Recursion::Shown, "every recursive call is a frame"),
            };
            app.notice = Some(Notice::Said(said.to_owned()));
            ask(app, |query| query.shape.recursion = next)
        }
    }
}

/// Whether the next pane is the row of chips.
pub fn enters(app: &App) -> bool {
    use crate::layout::panes::{ActiveView, Pane};
    let is_last = app.front == ActiveView::Trend || app.pane == Pane::Table || app.sides.are_both();
    is_last && !chips::chips(app.jobs.wanted()).is_empty()
}

/// Gives the keys to the chips.
pub fn enter(app: &mut App) {
    app.chips.enter(chips::chips(app.jobs.wanted()).len());
}

/// Does what a key on the chips asks.
pub fn chips(app: &mut App, action: filters::Action) -> Vec<Effect> {
    let on = chips::chips(app.jobs.wanted());
    let chosen = app.chips.focused().and_then(|focused| on.get(focused).copied());
    match (action, chosen) {
        (filters::Action::Leave, _) => {
            app.chips.leave();
            app.pane = crate::layout::panes::Pane::Icicle;
            Vec::new()
        }
        (filters::Action::Edit, Some(Chip::Filter(at))) => open(app, Some(at)),
        (filters::Action::Edit, Some(Chip::Granularity)) => handle(app, action::Filter::Granularity),
        (filters::Action::Remove | filters::Action::Edit, Some(chip)) => remove(app, chip),
        (turn, _) => {
            app.chips.turn(turn, on.len());
            Vec::new()
        }
    }
}

/// Takes the last filter away.
pub fn drop_last(app: &mut App) -> Vec<Effect> {
    match app.jobs.wanted().filters.len().checked_sub(1) {
        Some(last) => remove(app, Chip::Filter(last)),
        None => Vec::new(),
    }
}

fn remove(app: &mut App, chip: Chip) -> Vec<Effect> {
    app.notice = Some(Notice::Said(format!("removed: {}", chips::text(chip, app.jobs.wanted(), app.answer.language))));
    ask(app, |query| match chip {
        Chip::Granularity => query.shape.granularity = Granularity::default(),
        Chip::Inlines => query.shape.inlines = Inlines::default(),
        Chip::Recursion => query.shape.recursion = Recursion::default(),
        Chip::Filter(at) => drop(query.filters.remove(at)),
    })
}

/// Opens the prompt for a new filter, or for the text of one.
fn open(app: &mut App, edits: Option<usize>) -> Vec<Effect> {
    let ready = ready(app);
    let known = edits.and_then(|at| Some((at, app.jobs.wanted().filters.get(at)?)));
    let state = filters::ask::FilterPromptState::new(known, ready);
    app.stack.push(Layer::Filter(state));
    judge(app);
    Vec::new()
}

/// The ready filters for the language and the names of what was read.
pub fn ready(app: &App) -> Vec<Preset> {
    let names = origins::names(app.series());
    presets(app.answer.language, names.iter().map(|name| &**name))
}

/// Does what a key of the prompt asks.
pub fn prompt(app: &mut App, action: Ask) -> Vec<Effect> {
    let Some(Layer::Filter(state)) = app.stack.top_mut() else { return Vec::new() };
    match state.handle(action) {
        PromptOutcome::Same => Vec::new(),
        PromptOutcome::Changed => {
            judge(app);
            Vec::new()
        }
        PromptOutcome::Cancelled => {
            app.stack.pop();
            Vec::new()
        }
        PromptOutcome::Accepted => accept(app),
    }
}

/// Types text into the prompt.
pub fn insert(app: &mut App, text: &str) {
    if let Some(Layer::Filter(state)) = app.stack.top_mut()
        && state.insert(text) == PromptOutcome::Changed
    {
        judge(app);
    }
}

/// Says of the text whether it is a filter, and what it matches.
fn judge(app: &mut App) {
    let Some(Layer::Filter(state)) = app.stack.top() else { return };
    let filter = Filter::parse(state.prompt.text());
    let verdict = verdict(&app.answer, &filter);
    if let Some(Layer::Filter(state)) = app.stack.top_mut() {
        state.verdict = verdict;
    }
}

fn verdict(answer: &Answer, filter: &Filter) -> Result<String, String> {
    if filter.is_empty() {
        return Ok("a pattern, or a row".to_owned());
    }
    filter.check().map_err(|error| format!("no pattern yet: {}", error.reason))?;
    if filter.kind == FilterKind::TagRoot || answer.series.symbols().functions.len() > MANY {
        return Ok(String::new());
    }
    let sieve =
        CompiledFilters::new(&answer.series, std::slice::from_ref(filter), None).map_err(|error| error.reason)?;
    let (count, what) = match filter.kind {
        FilterKind::TagFocus | FilterKind::TagIgnore => (sieve.matched(), "set of labels"),
        _ => (sieve.matched(), "function"),
    };
    let plural = what.replace("set", "sets").replace("function", "functions");
    Ok(match count {
        0 if sieve.idle().next().is_some() => "matches nothing".to_owned(),
        0 => "matches mappings".to_owned(),
        1 => format!("matches 1 {what}"),
        count => format!("matches {} {plural}", commas_u64(count as u64)),
    })
}

/// Filters by what was typed, unless it is no pattern; without any text a filter that is changed goes.
fn accept(app: &mut App) -> Vec<Effect> {
    let Some(Layer::Filter(state)) = app.stack.top() else { return Vec::new() };
    let (filter, edits) = (Filter::parse(state.prompt.text()), state.edits);
    if filter.check().is_err() {
        judge(app);
        return Vec::new();
    }
    app.stack.pop();
    ask(app, |query| put(query, edits, filter))
}

fn put(query: &mut Query, edits: Option<usize>, filter: Filter) {
    match edits.filter(|at| *at < query.filters.len()) {
        Some(at) if filter.is_empty() => drop(query.filters.remove(at)),
        Some(at) => query.filters[at] = filter,
        None if filter.is_empty() || query.filters.contains(&filter) => {}
        None => query.filters.push(filter),
    }
}

/// Adds a filter that was chosen elsewhere.
pub fn add(app: &mut App, filter: Filter) -> Vec<Effect> {
    ask(app, |query| put(query, None, filter))
}

/// Drops the stacks with the selected function.
fn exclude(app: &mut App) -> Vec<Effect> {
    trend::link(app);
    let frame = app.navigation.frame(&app.answer.tree).filter(|frame| *frame != FrameId::ROOT);
    let Some((frame, filter)) = frame.and_then(|frame| Some((frame, excluding(&app.answer, frame)?))) else {
        app.notice = Some(Notice::Said("nothing with a name is selected".to_owned()));
        return Vec::new();
    };
    let name = app.context().label(frame, NAME).into_owned();
    app.filter = PendingFilter(Some((name, app.answer.column.filtered_total())));
    ask(app, |query| put(query, None, filter))
}

/// Cells that the name of what was excluded gets at most.
const NAME: usize = 40;

/// The filter that drops what a frame stands for.
fn excluding(answer: &Answer, frame: FrameId) -> Option<Filter> {
    let frames = answer.tree.frames();
    match answer.query.shape.granularity {
        Granularity::Files => {
            let file = frames.file(frame)?;
            Some(Filter { kind: FilterKind::Ignore, pattern: format!("file:^{}$", escaped(file)).into() })
        }
        Granularity::Packages if frames.is_symbolized(frame) => {
            let package = escaped(frames.name(frame));
            Some(Filter { kind: FilterKind::Ignore, pattern: format!("fn:^{package}([./]|::)").into() })
        }
        _ => {
            let name = answer.series.symbols().strings.text(frames.function(frame)?);
            let stable = names::without_hashes(name.as_bytes()).len();
            if stable == name.len() {
                return Some(Filter::ignoring(&name));
            }
            // The frame is all functions that differ in a compiler's hash alone.
            let stem = escaped(name.get(..stable)?);
            Some(Filter { kind: FilterKind::Ignore, pattern: format!("fn:^{stem}(::h[0-9a-f]{{16}})?$").into() })
        }
    }
}

/// The expression that matches a text and nothing else.
fn escaped(text: &str) -> String {
    Filter::escaped(text)
}

/// Says what became of a filter, now that its answer is there.
pub fn done(app: &mut App) {
    let Some((name, before)) = app.filter.0.take() else { return };
    let (now, all) = (app.answer.column.filtered_total(), app.answer.column.unfiltered_total());
    let gone = percent(chips::narrow(before - now), chips::narrow(all));
    let unit = app.context().unit().long(chips::narrow(all));
    app.notice = Some(Notice::Said(format!("excluded {}: {gone} of {unit}", safe_text::safe_str(&name))));
}
