//! Filters: added in a prompt, excluded by a key, removed from their chips; and the granularity.

use crate::analysis::filter::{CompiledFilters, FilterKind, Preset, presets};
use crate::analysis::{
    Answer, BaseInstance, Filter, Granularity, Inlines, PackageKind, Query, Recursion, StackDirection,
};
use crate::app::action;
use crate::app::pending::PendingFilter;
use crate::app::query::ask;
use crate::app::{App, Effect, nav};
use crate::base::ids::FrameId;
use crate::base::names;
use crate::base::safe_text;
use crate::base::units::{commas_u64, percent};
use crate::profile::Series;
use crate::view::filters::chips::{self, Chip};
use crate::view::filters::{self, FilterPromptAction};
use crate::view::notice::Notice;
use crate::view::overlay::Layer;
use crate::view::prompt::state::PromptOutcome;

/// Maximum number of functions for which matching a pattern is fast enough for every key press.
const MAX_MATCHED_FUNCTIONS: usize = 50_000;

/// Handles a key of the filters.
pub fn handle(app: &mut App, action: action::Filter) -> Vec<Effect> {
    match action {
        action::Filter::Open => open(app, None),
        action::Filter::Exclude => exclude(app),
        action::Filter::Granularity => {
            let known: Vec<Granularity> = granularities(app.series()).map(|(_, granularity)| granularity).collect();
            let chosen = app.tasks.jobs.wanted().shape.granularity;
            let at = known.iter().position(|granularity| *granularity == chosen).unwrap_or(0);
            let next = known[(at + 1) % known.len()];
            app.notice =
                Some(Notice::Info(format!("one frame is one {}", chips::noun(next)).replace("a addr", "an addr")));
            ask(app, |query| query.shape.granularity = next)
        }
        action::Filter::Inlines => {
            let (next, said) = match app.tasks.jobs.wanted().shape.inlines {
                Inlines::Shown => (Inlines::Hidden, "inlined calls are hidden"),
                Inlines::Hidden => (Inlines::Shown, "inlined calls are shown"),
            };
            app.notice = Some(Notice::Info(said.to_owned()));
            ask(app, |query| query.shape.inlines = next)
        }
        action::Filter::Recursion => {
            let (next, said) = match app.tasks.jobs.wanted().shape.recursion {
                Recursion::Shown => (Recursion::Folded, "recursion is folded: no path contains a function twice"),
                Recursion::Folded => (Recursion::Shown, "recursion is not folded"),
            };
            app.notice = Some(Notice::Info(said.to_owned()));
            ask(app, |query| query.shape.recursion = next)
        }
        action::Filter::Flip => {
            let (next, said) = match app.tasks.jobs.wanted().direction {
                StackDirection::AsRecorded => (StackDirection::Flipped, "stacks are flipped: callers and callees swap"),
                StackDirection::Flipped => (StackDirection::AsRecorded, "stacks are as they were recorded"),
            };
            app.notice = Some(Notice::Info(said.to_owned()));
            ask(app, |query| query.direction = next)
        }
    }
}

/// Returns true if the next pane in focus order is the row of filter chips.
pub fn enters(app: &App) -> bool {
    use crate::layout::panes::{ActiveView, Pane};
    let is_last = app.views.front == ActiveView::Trend || app.views.pane == Pane::Table || app.views.sides.are_both();
    is_last && !chips::chips(app.tasks.jobs.wanted()).is_empty()
}

/// Focuses the chips.
pub fn enter(app: &mut App) {
    app.views.chips.enter(chips::chips(app.tasks.jobs.wanted()).len());
}

/// Handles a key on the chips.
pub fn chips(app: &mut App, action: filters::Action) -> Vec<Effect> {
    let on = chips::chips(app.tasks.jobs.wanted());
    let chosen = app.views.chips.focused().and_then(|focused| on.get(focused).copied());
    match (action, chosen) {
        (filters::Action::Leave, _) => {
            app.views.chips.leave();
            app.views.pane = crate::layout::panes::Pane::Icicle;
            Vec::new()
        }
        (filters::Action::Edit, Some(chip @ (Chip::Filter(_) | Chip::BaseFilter(_)))) => open(app, Some(chip)),
        (filters::Action::Edit, Some(Chip::Granularity)) => handle(app, action::Filter::Granularity),
        (filters::Action::Remove | filters::Action::Edit, Some(chip)) => remove(app, chip),
        (turn, _) => {
            app.views.chips.turn(turn, on.len());
            Vec::new()
        }
    }
}

/// Removes the last filter.
pub fn drop_last(app: &mut App) -> Vec<Effect> {
    match app.tasks.jobs.wanted().filters.len().checked_sub(1) {
        Some(last) => remove(app, Chip::Filter(last)),
        None => Vec::new(),
    }
}

fn remove(app: &mut App, chip: Chip) -> Vec<Effect> {
    app.notice = Some(Notice::Info(format!(
        "removed: {}",
        chips::text(chip, app.tasks.jobs.wanted(), app.document.answer.language)
    )));
    ask(app, |query| match chip {
        Chip::Granularity => query.shape.granularity = Granularity::default(),
        Chip::Inlines => query.shape.inlines = Inlines::default(),
        Chip::Recursion => query.shape.recursion = Recursion::default(),
        Chip::Filter(at) => drop(query.filters.remove(at)),
        Chip::BaseFilter(at) => remove_of_base(query, at),
    })
}

/// Removes a base filter. Removes the base too if the last base filter was all that distinguished it from the window.
fn remove_of_base(query: &mut Query, at: usize) {
    query.base_filters.remove(at);
    let is_same = query.base == Some(query.window) && query.base_instance == BaseInstance::Same;
    if is_same && query.base_filters.is_empty() {
        query.base = None;
    }
}

/// Opens the prompt for a new filter, or to edit the filter of a chip.
fn open(app: &mut App, edited_chip: Option<Chip>) -> Vec<Effect> {
    let presets = available_presets(app);
    let wanted = app.tasks.jobs.wanted();
    let known = edited_chip.and_then(|chip| Some((chip, chips::filter(chip, wanted)?)));
    let state = filters::filter_prompt::FilterPromptState::new(known, presets);
    app.views.stack.push(Layer::Filter(state));
    validate(app);
    Vec::new()
}

/// Preset filters for the language of the profile.
pub fn available_presets(app: &App) -> Vec<Preset> {
    let answer = &app.document.answer;
    let frames = answer.tree.frames();
    presets(answer.language, frames.ids().skip(1).map(|frame| (frames.linker_name(frame), frames.file(frame))))
}

/// Handles a key of the prompt.
pub fn prompt(app: &mut App, action: FilterPromptAction) -> Vec<Effect> {
    let Some(Layer::Filter(state)) = app.views.stack.top_mut() else { return Vec::new() };
    match state.handle(action) {
        PromptOutcome::Same => Vec::new(),
        PromptOutcome::Changed => {
            validate(app);
            Vec::new()
        }
        PromptOutcome::Cancelled => {
            app.views.stack.pop();
            Vec::new()
        }
        PromptOutcome::Accepted => accept(app),
    }
}

/// Inserts text into the prompt.
pub fn insert(app: &mut App, text: &str) {
    if let Some(Layer::Filter(state)) = app.views.stack.top_mut()
        && state.insert(text) == PromptOutcome::Changed
    {
        validate(app);
    }
}

/// Validates the typed filter and counts its matches.
fn validate(app: &mut App) {
    let Some(Layer::Filter(state)) = app.views.stack.top() else { return };
    let filter = Filter::parse(state.prompt.text());
    let verdict = match refusal(state.edited_chip, &filter) {
        Some(reason) => Err(reason.to_owned()),
        None => verdict(&app.document.answer, &filter),
    };
    if let Some(Layer::Filter(state)) = app.views.stack.top_mut() {
        state.verdict = verdict;
    }
}

/// Reason why a filter cannot replace the edited one; `None` if it can.
fn refusal(edited_chip: Option<Chip>, filter: &Filter) -> Option<&'static str> {
    let is_of_base = matches!(edited_chip, Some(Chip::BaseFilter(_)));
    (is_of_base && filter.kind.changes_tree()).then_some("A can have focus, ignore, tag and tag-ignore of its own")
}

fn verdict(answer: &Answer, filter: &Filter) -> Result<String, String> {
    if filter.is_empty() {
        return Ok("type a pattern, or choose a row".to_owned());
    }
    filter.check().map_err(|error| format!("invalid pattern: {}", error.reason))?;
    if filter.kind == FilterKind::TagRoot || answer.series.symbols().functions.len() > MAX_MATCHED_FUNCTIONS {
        return Ok(String::new());
    }
    let filters =
        CompiledFilters::new(&answer.series, std::slice::from_ref(filter), None).map_err(|error| error.reason)?;
    let (count, what) = match filter.kind {
        FilterKind::TagFocus | FilterKind::TagIgnore => (filters.matched(), "set of labels"),
        _ => (filters.matched(), "function"),
    };
    let plural = what.replace("set", "sets").replace("function", "functions");
    Ok(match count {
        0 if filters.idle().next().is_some() => "matches nothing".to_owned(),
        0 => "matches mappings".to_owned(),
        1 => format!("matches 1 {what}"),
        count => format!("matches {} {plural}", commas_u64(count as u64)),
    })
}

/// Applies the typed filter if it is valid. An edited filter without text is removed.
fn accept(app: &mut App) -> Vec<Effect> {
    let Some(Layer::Filter(state)) = app.views.stack.top() else { return Vec::new() };
    let (filter, edited_chip) = (Filter::parse(state.prompt.text()), state.edited_chip);
    if filter.check().is_err() || refusal(edited_chip, &filter).is_some() {
        validate(app);
        return Vec::new();
    }
    app.views.stack.pop();
    ask(app, |query| put(query, edited_chip, filter))
}

fn put(query: &mut Query, edited_chip: Option<Chip>, filter: Filter) {
    match edited_chip.filter(|chip| chips::filter(*chip, query).is_some()) {
        Some(Chip::BaseFilter(at)) if filter.is_empty() => remove_of_base(query, at),
        Some(Chip::BaseFilter(at)) => query.base_filters[at] = filter,
        Some(Chip::Filter(at)) if filter.is_empty() => drop(query.filters.remove(at)),
        Some(Chip::Filter(at)) => query.filters[at] = filter,
        Some(Chip::Granularity | Chip::Inlines | Chip::Recursion) => {}
        None if filter.is_empty() || query.filters.contains(&filter) => {}
        None => query.filters.push(filter),
    }
}

/// Adds a filter from another view.
pub fn add(app: &mut App, filter: Filter) -> Vec<Effect> {
    ask(app, |query| put(query, None, filter))
}

/// Excludes the stacks with the selected function.
fn exclude(app: &mut App) -> Vec<Effect> {
    nav::link_selection(app);
    let frame = app.navigation.frame(&app.document.answer.tree).filter(|frame| *frame != FrameId::ROOT);
    let Some((frame, filter)) = frame.and_then(|frame| Some((frame, excluding(&app.document.answer, frame)?))) else {
        app.notice = Some(Notice::Info("select a function first".to_owned()));
        return Vec::new();
    };
    let name = app.context().label(frame, MAX_NAME_WIDTH).into_owned();
    app.tasks.filter = PendingFilter(Some((name, app.document.answer.column.filtered_total())));
    ask(app, |query| put(query, None, filter))
}

/// Maximum width of the excluded function's name in the notice, in cells.
const MAX_NAME_WIDTH: usize = 40;

/// Granularities available for a series: owners only if the series has rules for owners.
pub fn granularities(series: &Series) -> impl Iterator<Item = (&'static str, Granularity)> {
    let has_owners = series.owners().is_some();
    Granularity::WORDS.into_iter().filter(move |(_, granularity)| has_owners || *granularity != Granularity::Owners)
}

/// Filter that excludes the functions of a frame; `None` if the frame has no pattern.
fn excluding(answer: &Answer, frame: FrameId) -> Option<Filter> {
    let frames = answer.tree.frames();
    match answer.query.shape.granularity {
        Granularity::Files => {
            let file = frames.file(frame)?;
            Some(Filter { kind: FilterKind::Ignore, pattern: format!("file:^{}$", escaped(file)).into() })
        }
        Granularity::Packages if frames.is_symbolized(frame) => {
            let package = escaped(frames.name(frame));
            let pattern = match frames.package_kind(frame)? {
                PackageKind::Folder => format!("file:^{package}/[^/]*$"),
                PackageKind::Names => format!("fn:^{package}([./]|::)"),
                PackageKind::Unpackaged => return None,
            };
            Some(Filter { kind: FilterKind::Ignore, pattern: pattern.into() })
        }
        _ => {
            let name = answer.series.symbols().strings.text(frames.function(frame)?);
            let stable = names::without_hashes(name.as_bytes()).len();
            if stable == name.len() {
                return Some(Filter::ignoring(&name));
            }
            // The frame merges functions that differ only in the hash of their symbol.
            let stem = escaped(name.get(..stable)?);
            Some(Filter { kind: FilterKind::Ignore, pattern: format!("fn:^{stem}(::h[0-9a-f]{{16}})?$").into() })
        }
    }
}

/// Pattern that matches a text literally.
fn escaped(text: &str) -> String {
    Filter::escaped(text)
}

/// Shows the effect of an exclusion once its answer has arrived.
pub fn show_exclusion_effect(app: &mut App) {
    let Some((name, before)) = app.tasks.filter.0.take() else { return };
    let (now, all) = (app.document.answer.column.filtered_total(), app.document.answer.column.unfiltered_total());
    let gone = percent(chips::narrow(before - now), chips::narrow(all));
    let unit = app.context().unit().long(chips::narrow(all));
    app.notice = Some(Notice::Info(format!("excluded {}: {gone} of {unit}", safe_text::safe_str(&name))));
}
