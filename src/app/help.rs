//! Help: the keys of the focus or of all views, with notes on the profile and the terminal.

use crate::analysis::derived::{AbsentReason, Figure, Inputs};
use crate::app::App;
use crate::app::Key;
use crate::app::action::Action;
use crate::app::key_rows::KeySection;
use crate::config::settings::{Depth, Glyphs};
use crate::view::help::{HelpEntry, HelpNote, HelpSection, HelpState};
use crate::view::icicle;
use crate::view::keys::KeyRef;
use crate::view::nav::Move;
use crate::view::overlay::Layer;
use crate::view::pointer::Mouse;
use crate::view::synonyms::synonyms;

/// Meaning of colours, letters and signs.
const LEGEND: [&str; 6] = [
    "O own code: the main module, package or crate",
    "T third party: other modules",
    "S standard library (std), R runtime",
    "+ grew, - shrank, = no change, or within sampling noise",
    "N new: only in B, G gone: only in A",
    "letters replace colours where there are none",
];

/// Opens the help over the current focus.
pub fn open(app: &mut App) {
    let (width, height) = app.environment.size;
    let detected = [
        format!("{}, {}", colours(app.environment.settings.depth), characters(app.environment.settings.glyphs)),
        format!("{width}x{height} cells, theme {}", app.environment.settings.theme),
        pointing(app.environment.mouse).to_owned(),
        app.environment.terminal.clone(),
    ];
    let notes = vec![
        HelpNote::new("Legend", &LEGEND.map(str::to_owned)),
        HelpNote::new("Derived columns", &derived(app)),
        HelpNote::new("Detected", &detected),
    ];
    let sections: Vec<_> = app.environment.keymap.sections(app.focus()).iter().collect();
    let help = help_of_sections(&sections, notes, app);
    app.views.stack.push(Layer::Help(help));
}

/// Help for these sections, without commands that have no key.
pub fn help_of_sections(sections: &[&KeySection], notes: Vec<HelpNote>, app: &App) -> HelpState {
    let is_tour = |section: &KeySection| section.rows.iter().any(|row| matches!(row.action, Action::Tour(_)));
    // Without a tour, its key turns a page.
    let tour_rows = sections.iter().filter(|section| is_tour(section)).flat_map(|section| &section.rows);
    let is_off = app.environment.tour.step().is_none();
    let page_keys: Vec<Key> = tour_rows.filter(|_| is_off).flat_map(|row| row.keys.clone()).collect();
    let is_on = |section: &&&KeySection| !is_tour(section) || app.environment.tour.step().is_some();
    let sections = sections.iter().filter(is_on).map(|section| {
        let entries = section.rows.iter().filter(|row| !row.keys.is_empty()).flat_map(|row| {
            let entry = |keys: &[Key]| {
                let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                HelpEntry { keys: keys.join(" "), help: row.help, words: synonyms(row.name) }
            };
            let also = (!page_keys.is_empty() && pages_down(row.action)).then(|| entry(&page_keys));
            std::iter::once(entry(&row.keys)).chain(also)
        });
        HelpSection { title: section.title, entries: entries.collect() }
    });
    HelpState::new(sections.collect(), notes, app.environment.keys.of(KeyRef::Guide).into_owned())
}

/// Returns true for an action that moves a page down.
fn pages_down(action: Action) -> bool {
    matches!(action, Action::Move(Move::PageDown) | Action::Icicle(icicle::Action::PageDown))
}

/// Descriptions of the derived columns, or the reason why a column is absent; absent columns with the same reason are
/// grouped.
fn derived(app: &App) -> Vec<String> {
    let inputs = Inputs::of(&app.document.answer);
    let mut notes = Vec::new();
    let mut absent: Vec<(AbsentReason, Vec<&str>)> = Vec::new();
    for figure in Figure::ALL {
        match inputs.offers(figure) {
            Ok(()) => notes.push(format!("{}: {}", figure.title(), figure.description())),
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
        Glyphs::Plain => "words for screen readers",
    }
}
