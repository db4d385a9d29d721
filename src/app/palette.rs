//! Command palette: every action by its name, and the commands with an argument.

use crate::app::commands::{COMMANDS, NamedCommand};
use crate::app::keymap::KeyRow;
use crate::app::stack::{Focus, Layer};
use crate::app::{App, Effect, update};
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::view::palette;
use crate::view::palette::state::{Argument, PaletteCommand, PaletteOutcome, PaletteState};

/// Number of recent lines that are offered.
const MOST_RECENT: usize = 8;

/// Opens the palette over the current focus.
pub fn open(app: &mut App) {
    let state = PaletteState::new(offers(app), app.recent.clone());
    app.stack.push(Layer::Palette(Box::new(state)));
}

/// Opens the palette with the beginning of a line.
pub fn open_with(app: &mut App, line: &str) {
    open(app);
    insert(app, line);
}

/// Shows the error of the current line.
pub fn complain(app: &mut App, complaint: String) {
    if let Some(Layer::Palette(state)) = app.stack.top_mut() {
        let line = state.prompt.text().to_owned();
        state.complain(&line, complaint);
    }
}

/// Handles a key of the palette.
pub fn handle(app: &mut App, action: palette::Action) -> Vec<Effect> {
    let Some(Layer::Palette(state)) = app.stack.top_mut() else { return Vec::new() };
    match state.handle(action) {
        PaletteOutcome::Open => Vec::new(),
        PaletteOutcome::Closed => {
            app.stack.pop();
            Vec::new()
        }
        PaletteOutcome::Run(line) => run(app, &line),
    }
}

/// Inserts text.
pub fn insert(app: &mut App, text: &str) {
    if let Some(Layer::Palette(state)) = app.stack.top_mut() {
        state.insert(text);
    }
}

/// Runs a line. A line with an error stays, with the error below it.
fn run(app: &mut App, line: &str) -> Vec<Effect> {
    // The action runs with the focus before the palette.
    let palette = app.stack.pop();
    match perform(app, line) {
        Ok(effects) => {
            app.recent.retain(|known| known != line);
            app.recent.insert(0, line.to_owned());
            app.recent.truncate(MOST_RECENT);
            effects
        }
        Err(complaint) => {
            if let Some(Layer::Palette(mut state)) = palette {
                state.complain(line, complaint);
                app.stack.push(Layer::Palette(state));
            }
            Vec::new()
        }
    }
}

fn perform(app: &mut App, line: &str) -> Result<Vec<Effect>, String> {
    let (name, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let argument = argument.trim();
    let spoken = COMMANDS.iter().find(|command| command.name == name);
    if let Some(NamedCommand { argument: kind, run, help, .. }) = spoken {
        match kind {
            Argument::None if !argument.is_empty() => return Err(format!("`{name}` takes no argument")),
            Argument::Required(word) | Argument::Open(word) if argument.is_empty() => {
                return Err(format!("{word} is missing: {help}"));
            }
            Argument::Optional(_) if argument.is_empty() => {}
            _ => return run(app, argument),
        }
    }
    let found = app.keymap.sections(app.focus()).iter().flat_map(|section| &section.rows).find(|row| row.name == name);
    match found.map(|row| row.action) {
        Some(_) if !argument.is_empty() => Err(format!("`{name}` takes no argument")),
        Some(action) => Ok(update::handle(app, action)),
        None => Err(unknown(app, name)),
    }
}

/// Error for an unknown or unavailable command name.
fn unknown(app: &App, name: &str) -> String {
    let offers = offers(app);
    if let Some(refusal) = offers.iter().find(|offer| offer.name == name).and_then(|offer| offer.refusal.clone()) {
        return format!("`{name}` is {refusal}");
    }
    let meant = nearest(name, offers.iter().map(|offer| &*offer.name));
    let meant = meant.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    format!("`{}` is not a command{meant}", safe_str(name))
}

/// All commands: those available in the focus, then the others.
fn offers(app: &App) -> Vec<PaletteCommand> {
    let here = app.focus();
    let mut offers: Vec<PaletteCommand> = Vec::new();
    let rows = |focus| app.keymap.sections(focus).iter().flat_map(|section| &section.rows);
    // Commands without a key come first: keys are the faster way to the others.
    for command in COMMANDS {
        let row = rows(here).find(|row| row.name == command.name);
        offers.push(row.map_or_else(|| of_command(app, command), |row| of_row(app, row)));
    }
    for row in rows(here) {
        if offers.iter().all(|offer| offer.name != row.name) {
            offers.push(of_row(app, row));
        }
    }
    for focus in Focus::ALL.into_iter().filter(|focus| !focus.takes_text()) {
        for row in rows(focus) {
            if offers.iter().all(|offer| offer.name != row.name) {
                offers.push(PaletteCommand { refusal: Some(format!("for {}", focus.place())), ..of_row(app, row) });
            }
        }
    }
    if app.tour.step().is_none() {
        offers.retain(|offer| offer.name != "skip-step");
    }
    // The palette is open already.
    offers.retain(|offer| offer.name != "commands");
    offers
}

fn of_row(app: &App, row: &KeyRow) -> PaletteCommand {
    let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
    let command = COMMANDS.iter().find(|command| command.name == row.name);
    PaletteCommand {
        name: row.name.clone(),
        argument: command.map_or(Argument::None, |command| command.argument),
        keys: keys.join(" "),
        help: row.help.to_owned(),
        refusal: None,
        choices: command.map(|command| (command.choices)(app)).unwrap_or_default(),
    }
}

fn of_command(app: &App, command: &NamedCommand) -> PaletteCommand {
    PaletteCommand {
        name: command.name.to_owned(),
        argument: command.argument,
        keys: String::new(),
        help: command.help.to_owned(),
        refusal: None,
        choices: (command.choices)(app),
    }
}
