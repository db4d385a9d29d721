//! Commands without a key: commands with an argument, and rarely used ones.
//!
//! One row describes a command completely. If a command shares its name with an action, the command runs when an
//! argument is given, the action otherwise.

use crate::analysis::filter::{Filter, FilterKind, Preset};
use crate::analysis::{Aggregate, Granularity, Query, Window, check_pattern};
use crate::app::effect::ExistingFile;
use crate::app::query::ask;
use crate::app::{App, Effect, diff, export, filter, find, nav, pages, save, show, tour};
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::config::builtin;
use crate::config::settings::{ColorChoice, Glyphs, Toggle as When, choose};
use crate::profile::Input;
use crate::view::notice::Notice;
use crate::view::palette::state::{Argument, ArgumentChoice};
use crate::view::pointer::Mouse;
use crate::view::sides::WindowComparison;
use crate::view::table::state::TableOrder;
use crate::view::{navigation, words};

/// Command that is called by its name.
#[derive(Clone, Copy, Debug)]
pub struct NamedCommand {
    /// Name.
    pub name: &'static str,
    /// Argument.
    pub argument: Argument,
    /// Description in a few words.
    pub help: &'static str,
    /// Known values of the argument.
    pub choices: fn(&App) -> Vec<ArgumentChoice>,
    /// Runs the command. Errors are one line about the argument.
    pub run: fn(&mut App, &str) -> Result<Vec<Effect>, String>,
}

use Argument::{None as Nothing, Open, Optional, Required};

/// All commands without a key.
pub const COMMANDS: &[NamedCommand] = &[
    row("window", Required("A..B"), "snapshots to show: 3..7, 14:00.., -30m", none, window),
    row("peak", Nothing, "go to the snapshot with the largest total", none, |app, _| peak(app)),
    row("base", Required("A..B"), "snapshots to compare with", none, base),
    row("type", Required("NAME"), "switch the sample type", types, sample_type),
    row("granularity", Required("NAME"), "granularity of frames", granularities, granularity),
    row("aggregate", Required("NAME"), "aggregation of several snapshots", aggregates, aggregate),
    row("find", Optional("REGEX"), "find (regex, smart case)", none, search),
    row("filter", Optional("FILTER"), "add a filter", none, |app, text| keep(app, Filter::parse(text))),
    filter_row("focus", "REGEX", FilterKind::Focus, |app, text| of(app, FilterKind::Focus, text)),
    filter_row("ignore", "REGEX", FilterKind::Ignore, |app, text| of(app, FilterKind::Ignore, text)),
    filter_row("hide", "REGEX", FilterKind::Hide, |app, text| of(app, FilterKind::Hide, text)),
    filter_row("show-only", "REGEX", FilterKind::Show, |app, text| of(app, FilterKind::Show, text)),
    filter_row("show-from", "REGEX", FilterKind::ShowFrom, |app, text| of(app, FilterKind::ShowFrom, text)),
    filter_row("prune-from", "REGEX", FilterKind::PruneFrom, |app, text| of(app, FilterKind::PruneFrom, text)),
    filter_row("tag-focus", "TAG", FilterKind::TagFocus, |app, text| of(app, FilterKind::TagFocus, text)),
    filter_row("tag-ignore", "TAG", FilterKind::TagIgnore, |app, text| of(app, FilterKind::TagIgnore, text)),
    filter_row("tagroot", "KEY", FilterKind::TagRoot, |app, text| of(app, FilterKind::TagRoot, text)),
    row("preset", Required("NAME"), "add a preset filter", preset_choices, preset),
    row("ascii", Required("WHEN"), "ASCII only, or all characters", ascii_words, ascii),
    row("plain", Required("WHEN"), "words for screen readers, or the usual screen", plain_words, plain),
    row("color", Required("WHAT"), "number of colours", colour_words, color),
    row("sort", Optional("COLUMN"), "sort the table by a column", sort_columns, sort),
    row("theme", Required("NAME"), "switch the theme", themes, theme),
    row("mouse", Required("WHEN"), "turn the mouse on or off; Shift-drag selects text", mouse_words, |app, text| {
        Ok(show::turn_mouse(app, among(&MOUSE, text)?))
    }),
    row("export", Open("FILE"), "export to a file", export::choices, |app, path| {
        export::begin(app, path, ExistingFile::Kept)
    }),
    row("overwrite", Required("FILE"), "export, replacing an existing file", none, |app, path| {
        export::begin(app, path, ExistingFile::Replaced)
    }),
    row("save", Required("DIR"), "write the snapshots of a live source", none, save::begin),
    row("show", Nothing, "full name and call path, to select with the mouse", none, |app, _| Ok(pages::show(app))),
    row("guide", Nothing, "guide to the figures, for newcomers", none, |app, _| {
        pages::guide(app);
        Ok(Vec::new())
    }),
    row("keys", Nothing, "keys of all views", none, |app, _| Ok(pages::keys(app))),
    row("config", Nothing, "settings and their origin", none, |app, _| Ok(pages::config(app))),
    row("tour", Nothing, "start the tour of the demo", none, |app, _| tour::begin(app)),
    row("reset", Nothing, "reset zoom, filters, search and comparison", none, |app, _| Ok(reset(app))),
];

const fn row(
    name: &'static str,
    argument: Argument,
    help: &'static str,
    choices: fn(&App) -> Vec<ArgumentChoice>,
    run: fn(&mut App, &str) -> Result<Vec<Effect>, String>,
) -> NamedCommand {
    NamedCommand { name, argument, help, choices, run }
}

/// Row of a filter: a command with the description of the filter's kind.
const fn filter_row(
    name: &'static str,
    argument: &'static str,
    kind: FilterKind,
    run: fn(&mut App, &str) -> Result<Vec<Effect>, String>,
) -> NamedCommand {
    row(name, Required(argument), kind.about(), none, run)
}

fn none(_: &App) -> Vec<ArgumentChoice> {
    Vec::new()
}

fn worded<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<ArgumentChoice> {
    words.into_iter().map(|word| ArgumentChoice { word: word.to_owned(), about: String::new() }).collect()
}

/// Looks up the value of a word. The error lists the known words.
fn among<T: Copy>(known: &[(&'static str, T)], word: &str) -> Result<T, String> {
    let found = known.iter().find(|(other, _)| *other == word).map(|(_, meant)| *meant);
    found.ok_or_else(|| not_among(&known.iter().map(|(word, _)| *word).collect::<Vec<_>>(), word))
}

fn not_among(known: &[&str], word: &str) -> String {
    let meant = nearest(word, known.iter().copied()).map(|name| format!("did you mean `{name}`?"));
    let meant = meant.unwrap_or_else(|| format!("there are {}", known.join(", ")));
    format!("invalid value `{}`: {meant}", safe_str(word))
}

fn window(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let window = (app.environment.setup.spans)(text, app.series(), Input::Current)?;
    Ok(ask(app, |query| query.window = window))
}

/// Goes to the snapshot with the largest total, the first of several.
fn peak(app: &mut App) -> Result<Vec<Effect>, String> {
    let (answer, query) = (app.document.answer.call_order(), app.tasks.jobs.wanted());
    let range = query.window.bounds(app.series());
    if range.len() < 2 {
        return Err("a single snapshot has no peak".to_owned());
    }
    let snapshots = app.series().snapshots();
    let is_wanted = |at: &usize| query.instance.is_none_or(|wanted| snapshots[*at].membership.instance == wanted);
    let total = |at: &usize| (answer.filtered.total(&snapshots[*at], query.sample_type), std::cmp::Reverse(*at));
    let peak = range.filter(is_wanted).max_by_key(total).ok_or("there is no snapshot of this instance")?;
    app.notice = Some(Notice::Info(format!("snapshot {} has the largest total", peak + 1)));
    Ok(ask(app, |query| query.window = Window::at(peak)))
}

fn base(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let has_base = !app.series().range_of(Input::Base).is_empty();
    let base = (app.environment.setup.spans)(text, app.series(), if has_base { Input::Base } else { Input::Current })?;
    let window = app.tasks.jobs.wanted().window;
    if base == window {
        return Err("this is the current window: name other snapshots to compare with".to_owned());
    }
    let instance = app.tasks.jobs.wanted().instance;
    Ok(diff::compare(app, WindowComparison { window, base, instance }))
}

fn types(app: &App) -> Vec<ArgumentChoice> {
    let types = app.series().sample_types();
    let choice = |(at, one): (usize, &crate::profile::SampleType)| ArgumentChoice {
        word: one.name.shown().to_owned(),
        about: words::long(types, at),
    };
    types.iter().enumerate().map(choice).collect()
}

fn sample_type(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let found = app.series().find_sample_type(text).map_err(|error| {
        let known: Vec<&str> = error.known.iter().map(String::as_str).collect();
        not_among(&known, text)
    })?;
    Ok(ask(app, |query| query.sample_type = found))
}

fn granularities(app: &App) -> Vec<ArgumentChoice> {
    worded(filter::granularities(app.series()).map(|(word, _)| word))
}

fn granularity(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let known: Vec<(&str, Granularity)> = filter::granularities(app.series()).collect();
    let chosen = among(&known, text)?;
    Ok(ask(app, |query| query.shape.granularity = chosen))
}

fn aggregates(_: &App) -> Vec<ArgumentChoice> {
    worded(Aggregate::WORDS.map(|(word, _)| word))
}

fn aggregate(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let chosen = among(&Aggregate::WORDS, text)?;
    Ok(ask(app, |query| query.aggregate = chosen))
}

fn search(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    check_pattern(text).map_err(|reason| format!("invalid pattern: {reason}"))?;
    Ok(find::begin(app, text))
}

fn of(app: &mut App, kind: FilterKind, text: &str) -> Result<Vec<Effect>, String> {
    keep(app, Filter::new(kind, text))
}

fn keep(app: &mut App, filter: Filter) -> Result<Vec<Effect>, String> {
    filter.check().map_err(|error| format!("invalid pattern: {}", error.reason))?;
    if app.tasks.jobs.wanted().filters.contains(&filter) {
        return Err("this filter is already active".to_owned());
    }
    Ok(filter::add(app, filter))
}

fn preset_choices(app: &App) -> Vec<ArgumentChoice> {
    let choice = |preset: Preset| ArgumentChoice { word: preset.name.to_owned(), about: preset.filter.to_string() };
    filter::available_presets(app).into_iter().map(choice).collect()
}

fn preset(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let presets = filter::available_presets(app);
    let known: Vec<&str> = presets.iter().map(|preset| preset.name).collect();
    let found = presets.iter().find(|preset| preset.name == text).ok_or_else(|| match known.as_slice() {
        [] => "there are no preset filters for this language".to_owned(),
        known => not_among(known, text),
    })?;
    keep(app, found.filter.clone())
}

fn ascii_words(_: &App) -> Vec<ArgumentChoice> {
    worded(When::WORDS.map(|(word, _)| word))
}

/// Arguments of the `mouse` command.
const MOUSE: [(&str, Mouse); 2] = [("on", Mouse::On), ("off", Mouse::Off)];

fn mouse_words(_: &App) -> Vec<ArgumentChoice> {
    worded(MOUSE.map(|(word, _)| word))
}

fn ascii(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let when = among(&When::WORDS, text)?;
    app.environment.settings.glyphs = choose(&app.environment.setup.detected, ColorChoice::Auto, when).glyphs;
    Ok(Vec::new())
}

/// Arguments of the `plain` command.
const PLAIN: [(&str, bool); 2] = [("on", true), ("off", false)];

fn plain_words(_: &App) -> Vec<ArgumentChoice> {
    worded(PLAIN.map(|(word, _)| word))
}

fn plain(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let glyphs = if among(&PLAIN, text)? { Glyphs::Plain } else { app.environment.setup.detected.glyphs };
    app.environment.settings.glyphs = glyphs;
    Ok(Vec::new())
}

fn colour_words(_: &App) -> Vec<ArgumentChoice> {
    worded(ColorChoice::WORDS.map(|(word, _)| word))
}

fn color(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let choice = among(&ColorChoice::WORDS, text)?;
    app.environment.settings.depth = choose(&app.environment.setup.detected, choice, When::Auto).depth;
    Ok(Vec::new())
}

fn sort_columns(app: &App) -> Vec<ArgumentChoice> {
    let words = app.views.table.sort_words(&app.document.answer);
    words.into_iter().map(|(word, _)| ArgumentChoice { word, about: String::new() }).collect()
}

fn sort(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let words = app.views.table.sort_words(&app.document.answer);
    let known: Vec<(&str, TableOrder)> = words.iter().map(|(word, order)| (word.as_str(), *order)).collect();
    let found = known.iter().find(|(word, _)| *word == text).map(|(_, order)| *order);
    let order = found.ok_or_else(|| not_among(&known.iter().map(|(word, _)| *word).collect::<Vec<_>>(), text))?;
    app.views.table.sort_by_order(&app.document.answer, order);
    Ok(Vec::new())
}

fn themes(app: &App) -> Vec<ArgumentChoice> {
    worded(app.environment.setup.themes.names())
}

fn theme(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let known = &app.environment.setup.themes;
    if known.find(text).is_none() {
        return Err(not_among(&known.nearest(text).map_or_else(|| known.names(), |near| vec![near]), text));
    }
    let name = if text == builtin::AUTO { &app.environment.setup.detected.theme } else { text };
    app.environment.settings.theme = name.to_owned();
    Ok(Vec::new())
}

/// Resets zoom, filters, search and comparison. The granularity is kept, because it suits the language or was chosen.
fn reset(app: &mut App) -> Vec<Effect> {
    while app.views.stack.pop().is_some() {}
    nav::show_overlay(app);
    nav::focus_icicle(app);
    app.views.chips.leave();
    app.navigation.handle(&app.document.answer.tree, navigation::Action::All);
    let mut effects = find::clear(app);
    effects.extend(diff::off(app));
    effects.extend(ask(app, |query: &mut Query| {
        query.filters.clear();
    }));
    app.notice = Some(Notice::Info("zoom, filters, search and comparison are reset".to_owned()));
    effects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_none_names_the_one_that_was_meant_or_all() {
        assert_eq!(among(&Granularity::WORDS, "lines"), Ok(Granularity::Lines));
        assert_eq!(among(&Granularity::WORDS, "linse"), Err("invalid value `linse`: did you mean `lines`?".to_owned()));
        assert_eq!(among(&When::WORDS, "maybe"), Err("invalid value `maybe`: there are auto, on, off".to_owned()));
    }

    #[test]
    fn every_command_has_a_name_of_its_own_and_is_explained() {
        let mut names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        for command in COMMANDS {
            let is_word = |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase());
            assert!(command.name.split('-').all(is_word), "{}", command.name);
            assert!(!command.help.is_empty(), "{}", command.name);
        }
    }
}
