//! Program: panes, popups, reload, quit.

use crate::analysis::derived::{AbsentReason, Figure, Inputs};
use crate::app::action::Program;
use crate::app::mouse::Mouse;
use crate::app::stack::Layer;
use crate::app::state::App;
use crate::app::{Effect, diff, filter, find, jobs, keymap, live, palette, sandwich, sides, tour, trend};
use crate::config::settings::{Depth, Glyphs};
use crate::layout::panes::{ActiveView, Pane};
use crate::view::help::{HelpEntry, HelpNote, HelpSection, HelpState};
use crate::view::keys::KeyRef;
use crate::view::navigation;

/// Handles a key of the program.
pub fn handle(app: &mut App, action: Program) -> Vec<Effect> {
    match action {
        Program::NextPane if filter::enters(app) => filter::enter(app),
        Program::NextPane | Program::PreviousPane if app.sides.are_both() => sides::turn(app),
        Program::NextPane | Program::PreviousPane => turn(app),
        Program::Icicle => {
            trend::to_icicle(app);
            sides::leave(app);
            return diff::off(app);
        }
        Program::Sandwich => sandwich::open(app),
        Program::Trend => trend::open(app),
        Program::Help => help(app),
        Program::Commands => palette::open(app),
        Program::Reload if app.live.period.is_some() => return live::hurry(app),
        Program::Reload => return jobs::reload(app),
        Program::Back => return back(app),
        Program::Redraw => return vec![Effect::Redraw],
        Program::Suspend => return vec![Effect::Suspend],
        Program::Interrupt => return vec![Effect::Interrupt],
        Program::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

fn turn(app: &mut App) {
    app.pane = match app.pane {
        Pane::Icicle => Pane::Table,
        Pane::Table => Pane::Icicle,
    };
    if app.pane == Pane::Table {
        app.table.reveal();
    }
}

/// Undoes one step: the running reload, the tour, the search, the last filter, the view in front, the zoom, the
/// comparison. Popups close with their own keys.
fn back(app: &mut App) -> Vec<Effect> {
    if app.jobs.progress().is_some() {
        return jobs::cancel(app);
    }
    if tour::end(app) {
        return Vec::new();
    }
    if find::is_on(app) {
        return find::clear(app);
    }
    if !app.jobs.wanted().filters.is_empty() {
        return filter::drop_last(app);
    }
    if app.front != ActiveView::Icicle {
        trend::leave(app);
        return Vec::new();
    }
    if app.navigation.zoom().is_all() {
        return if sides::leave(app) { Vec::new() } else { diff::off(app) };
    }
    app.navigation.handle(&app.answer.tree, navigation::Action::Out);
    Vec::new()
}

/// Opens the help over the current focus.
pub fn help(app: &mut App) {
    let (width, height) = app.size;
    let detected = [
        format!("{}, {}", colours(app.settings.depth), characters(app.settings.glyphs)),
        format!("{width}x{height} cells, theme {}", app.settings.theme),
        pointing(app.mouse).to_owned(),
        app.terminal.clone(),
    ];
    let notes = vec![HelpNote::new("Derived columns", &derived(app)), HelpNote::new("Detected", &detected)];
    let sections: Vec<_> = app.keymap.sections(app.focus()).iter().collect();
    let help = listed(&sections, notes, app);
    app.stack.push(Layer::Help(help));
}

/// Help over these sections. Commands without a key are left out.
pub fn listed(sections: &[&keymap::KeySection], notes: Vec<HelpNote>, app: &App) -> HelpState {
    let is_on = |section: &&&keymap::KeySection| section.title != "Tour" || app.tour.step().is_some();
    let sections = sections.iter().filter(is_on).map(|section| {
        let entries = section.rows.iter().filter(|row| !row.keys.is_empty()).map(|row| {
            let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
            HelpEntry { keys: keys.join(" "), help: row.help }
        });
        HelpSection { title: section.title, entries: entries.collect() }
    });
    HelpState::new(sections.collect(), notes, app.keys.of(KeyRef::Guide).into_owned())
}

/// Descriptions of the derived columns, or the reason why they are absent; columns with one reason are grouped.
fn derived(app: &App) -> Vec<String> {
    let inputs = Inputs::of(&app.answer);
    let mut notes = Vec::new();
    let mut absent: Vec<(AbsentReason, Vec<&str>)> = Vec::new();
    for figure in Figure::ALL {
        match inputs.offers(figure) {
            Ok(()) => notes.push(format!("{}: {}", figure.title(), figure.meaning())),
            Err(reason) => match absent.iter_mut().find(|(other, _)| *other == reason) {
                Some((_, words)) => words.push(figure.word()),
                None => absent.push((reason, vec![figure.word()])),
            },
        }
    }
    notes.extend(absent.iter().map(|(reason, words)| format!("no {}: {reason}", words.join(", "))));
    notes
}

fn pointing(mouse: Mouse) -> &'static str {
    match mouse {
        Mouse::Off => "mouse off, :mouse on",
        Mouse::On => "mouse on, Shift-drag selects text",
    }
}

fn colours(depth: Depth) -> &'static str {
    match depth {
        Depth::Mono => "no colours",
        Depth::Ansi16 => "16 colours",
        Depth::Indexed256 => "256 colours",
        Depth::Rgb => "all colours",
    }
}

fn characters(glyphs: Glyphs) -> &'static str {
    match glyphs {
        Glyphs::Unicode => "Unicode",
        Glyphs::Ascii => "ASCII",
    }
}
