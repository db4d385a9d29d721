//! Command palette: all actions by name, and commands with an argument.

use crate::app::action::{Action, Find, Program, Show};
use crate::app::commands::{COMMANDS, NamedCommand};
use crate::app::key_rows::KeyRow;
use crate::app::{App, Effect};
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::layout::panes::ActiveView;
use crate::view::overlay::{Focus, Layer};
use crate::view::palette;
use crate::view::palette::state::{Argument, PaletteCommand, PaletteOutcome, PaletteState};

/// Number of recent command lines offered.
const MOST_RECENT: usize = 8;

/// Result of a key in the palette.
pub enum PaletteResult {
    /// The key is handled.
    Effects(Vec<Effect>),
    /// The action of a command is to run.
    Run(Action),
}

/// Opens the palette over the current focus.
pub fn open(app: &mut App) {
    let state = PaletteState::new(offers(app), app.environment.recent.clone());
    app.views.stack.push(Layer::Palette(Box::new(state)));
}

/// Opens the palette with the beginning of a line.
pub fn open_with(app: &mut App, line: &str) {
    open(app);
    insert(app, line);
}

/// Shows the error of the current line.
pub fn show_error(app: &mut App, error: String) {
    if let Some(Layer::Palette(state)) = app.views.stack.top_mut() {
        let line = state.prompt.text().to_owned();
        state.show_error(&line, error);
    }
}

/// Handles a key of the palette.
pub fn handle(app: &mut App, action: palette::Action) -> PaletteResult {
    let above = app.views.panes.status.y.saturating_sub(app.views.panes.middle().y);
    let Some(Layer::Palette(state)) = app.views.stack.top_mut() else { return PaletteResult::Effects(Vec::new()) };
    state.resize(above.into());
    match state.handle(action) {
        PaletteOutcome::Open => PaletteResult::Effects(Vec::new()),
        PaletteOutcome::Closed => {
            app.views.stack.pop();
            PaletteResult::Effects(Vec::new())
        }
        PaletteOutcome::Run(line) => run(app, &line),
    }
}

/// Inserts text.
pub fn insert(app: &mut App, text: &str) {
    if let Some(Layer::Palette(state)) = app.views.stack.top_mut() {
        state.insert(text);
    }
}

/// Runs a command line. A line with an error stays in the palette, with the error below it.
fn run(app: &mut App, line: &str) -> PaletteResult {
    // The action runs with the focus from before the palette was opened.
    let palette = app.views.stack.pop();
    match perform(app, line) {
        Ok(done) => {
            app.environment.recent.retain(|known| known != line);
            app.environment.recent.insert(0, line.to_owned());
            app.environment.recent.truncate(MOST_RECENT);
            done
        }
        Err(error) => {
            if let Some(Layer::Palette(mut state)) = palette {
                state.show_error(line, error);
                app.views.stack.push(Layer::Palette(state));
            }
            PaletteResult::Effects(Vec::new())
        }
    }
}

fn perform(app: &mut App, line: &str) -> Result<PaletteResult, String> {
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
            _ => return run(app, argument).map(PaletteResult::Effects),
        }
    }
    let found = app
        .environment
        .keymap
        .sections(app.focus())
        .iter()
        .flat_map(|section| &section.rows)
        .find(|row| row.name == name);
    match found.map(|row| row.action) {
        Some(_) if !argument.is_empty() => Err(format!("`{name}` takes no argument")),
        Some(action) => Ok(PaletteResult::Run(action)),
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
    let is_offered = |row: &&KeyRow| match row.action {
        // The palette is already open.
        Action::Program(Program::Commands) => false,
        Action::Tour(_) => app.environment.tour.step().is_some(),
        _ => true,
    };
    let sections = |focus| app.environment.keymap.sections(focus).iter();
    let rows = |focus| sections(focus).flat_map(|section| &section.rows).filter(is_offered);
    // Commands without a key come first, because the other commands are faster to reach by key.
    for command in COMMANDS {
        let row = rows(here).find(|row| row.name == command.name);
        let refusal = lacking_for_command(app, command.name).or_else(|| lacking(app, row?.action));
        let offer = row.map_or_else(|| named_command(app, command), |row| row_command(app, row));
        offers.push(PaletteCommand { refusal: refusal.map(str::to_owned), ..offer });
    }
    for row in rows(here) {
        if offers.iter().all(|offer| offer.name != row.name) {
            let refusal = lacking(app, row.action).map(str::to_owned);
            offers.push(PaletteCommand { refusal, ..row_command(app, row) });
        }
    }
    for focus in Focus::ALL.into_iter().filter(|focus| !focus.takes_text()) {
        for row in rows(focus) {
            if offers.iter().all(|offer| offer.name != row.name) {
                let refusal =
                    if is_open(app, row.action) { "open".to_owned() } else { format!("for {}", focus.place()) };
                offers.push(PaletteCommand { refusal: Some(refusal), ..row_command(app, row) });
            }
        }
    }
    offers
}

/// Words for what an action needs, and the profile or the view lacks; `None` if the action can run.
fn lacking(app: &App, action: Action) -> Option<&'static str> {
    let has_matches = app.document.answer.hits.as_ref().is_some_and(|hits| hits.frames() > 0);
    match action {
        Action::Program(Program::Trend) | Action::Windows(_) if !has_several_snapshots(app) => Some(SEVERAL_SNAPSHOTS),
        Action::Program(Program::Instances) if app.series().instances().len() < 2 => Some("for several instances"),
        Action::Find(Find::Next | Find::Previous) if !has_matches => Some("for a search with matches"),
        Action::Diff(_) | Action::Sides(_) if !app.can_compare() => Some("for a comparison"),
        Action::Show(Show::NextType) if app.series().sample_types().len() < 2 => Some("for several sample types"),
        _ => None,
    }
}

/// Same as [`lacking`], for a command that is called by its name.
fn lacking_for_command(app: &App, name: &str) -> Option<&'static str> {
    match name {
        "peak" | "window" | "aggregate" if !has_several_snapshots(app) => Some(SEVERAL_SNAPSHOTS),
        "base" if !app.can_compare() => Some(SEVERAL_SNAPSHOTS),
        "save" if app.document.live.is_recorded => Some("for a live source"),
        "tour" if !app.environment.setup.is_demo => Some("for the demo"),
        _ => None,
    }
}

/// Words for a command that needs several snapshots.
const SEVERAL_SNAPSHOTS: &str = "for several snapshots";

/// Returns true if the side of the window has several snapshots.
fn has_several_snapshots(app: &App) -> bool {
    app.document.answer.query.window.bounds(app.series()).len() > 1
}

/// Returns true for the action that shows the view in front.
fn is_open(app: &App, action: Action) -> bool {
    let view = match action {
        Action::Program(Program::Trend) => ActiveView::Trend,
        Action::Program(Program::Sandwich) => ActiveView::Sandwich,
        Action::Program(Program::Instances) => ActiveView::Instances,
        _ => return false,
    };
    app.views.front == view
}

fn row_command(app: &App, row: &KeyRow) -> PaletteCommand {
    let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
    let command = COMMANDS.iter().find(|command| command.name == row.name);
    PaletteCommand {
        name: row.name.to_owned(),
        argument: command.map_or(Argument::None, |command| command.argument),
        keys: keys.join(" "),
        help: row.help.to_owned(),
        refusal: None,
        choices: command.map(|command| (command.choices)(app)).unwrap_or_default(),
    }
}

fn named_command(app: &App, command: &NamedCommand) -> PaletteCommand {
    PaletteCommand {
        name: command.name.to_owned(),
        argument: command.argument,
        keys: String::new(),
        help: command.help.to_owned(),
        refusal: None,
        choices: (command.choices)(app),
    }
}
