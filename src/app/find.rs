//! Search: the answer follows the typed pattern, and the matches can be selected one by one, by size.

use crate::analysis::{check_pattern, exact_pattern};
use crate::app::action;
use crate::app::nav;
use crate::app::pending::AfterSearch;
use crate::app::pending::Find;
use crate::app::query::ask;
use crate::app::{App, Effect};
use crate::base::ids::{FrameId, NodeId};
use crate::view::navigation::Selection;
use crate::view::notice::Notice;
use crate::view::overlay::Layer;
use crate::view::prompt::{self, state::PromptOutcome};

/// Handles a key of the search.
pub fn handle(app: &mut App, action: action::Find) -> Vec<Effect> {
    match action {
        action::Find::Open => {
            let before = app.tasks.jobs.wanted().search.clone();
            app.views.stack.push(Layer::Find(prompt::state::PromptState::new(before)));
            Vec::new()
        }
        action::Find::Next => step(app, |rank, count| rank.map_or(0, |rank| (rank + 1) % count)),
        action::Find::Previous => step(app, |rank, count| rank.map_or(0, |rank| (rank + count - 1) % count)),
        action::Find::This => search_selected_function(app),
    }
}

/// Handles a key of the prompt.
pub fn prompt(app: &mut App, action: prompt::Action) -> Vec<Effect> {
    let Some(Layer::Find(prompt)) = app.views.stack.top_mut() else { return Vec::new() };
    let outcome = prompt.handle(action);
    follow(app, outcome)
}

/// Inserts text into the prompt.
pub fn insert(app: &mut App, text: &str) -> Vec<Effect> {
    let Some(Layer::Find(prompt)) = app.views.stack.top_mut() else { return Vec::new() };
    let outcome = prompt.insert(text);
    follow(app, outcome)
}

/// Searches for a pattern, and selects its largest match.
pub fn begin(app: &mut App, pattern: &str) -> Vec<Effect> {
    app.tasks.find = Find::default();
    let effects = ask(app, |query| query.search = Some(pattern.to_owned()));
    if effects.is_empty() {
        select_largest_match(app);
    } else {
        app.tasks.find.then = AfterSearch::Go;
    }
    effects
}

/// Clears the search.
pub fn clear(app: &mut App) -> Vec<Effect> {
    app.tasks.find = Find::default();
    ask(app, |query| query.search = None)
}

/// Shows the error of a pattern: in the prompt if it is open, which is a state of the search, else as a notice.
pub fn set_error(app: &mut App, reason: String) {
    let is_open = matches!(app.views.stack.top(), Some(Layer::Find(_)));
    if !is_open {
        app.notice = Some(Notice::Failed(format!("invalid pattern: {reason}")));
    }
    app.tasks.find = Find { refusal: Some(reason).filter(|_| is_open), then: AfterSearch::Show };
}

/// Handles the answer to a search.
pub fn found(app: &mut App) {
    app.tasks.find.refusal = None;
    if std::mem::take(&mut app.tasks.find.then) == AfterSearch::Go {
        select_largest_match(app);
    }
}

fn follow(app: &mut App, outcome: PromptOutcome) -> Vec<Effect> {
    let Some(Layer::Find(prompt)) = app.views.stack.top() else { return Vec::new() };
    let (text, before) = (prompt.text().to_owned(), prompt.before());
    match outcome {
        PromptOutcome::Same => Vec::new(),
        PromptOutcome::Changed => {
            app.tasks.find = Find::default();
            ask(app, |query| query.search = Some(text).filter(|text| !text.is_empty()))
        }
        PromptOutcome::Cancelled => {
            app.views.stack.pop();
            app.tasks.find = Find::default();
            ask(app, |query| query.search = before)
        }
        PromptOutcome::Accepted => {
            // An invalid pattern stays in the prompt, to be corrected.
            if let Err(reason) = check_pattern(&text) {
                set_error(app, reason);
                return Vec::new();
            }
            app.views.stack.pop();
            if app.tasks.jobs.is_deriving() {
                app.tasks.find.then = AfterSearch::Go;
            } else {
                select_largest_match(app);
            }
            Vec::new()
        }
    }
}

/// Selects the largest match, unless a match is selected.
fn select_largest_match(app: &mut App) {
    let selected = app.navigation.frame(&app.document.answer.tree);
    if selected.is_some_and(|frame| app.context().is_hit(frame)) {
        return;
    }
    // Matches without width are not selected.
    if let Some(node) = matches(app).first().filter(|node| app.document.answer.widths.weight(**node) > 0) {
        app.navigation.select(Selection::Node(*node));
    }
}

/// Matches within the zoom, largest first.
fn matches(app: &App) -> Vec<NodeId> {
    let ranked = app.document.answer.hits.as_ref().map_or(&[][..], |hits| hits.ranked());
    let zoom = app.navigation.zoom();
    ranked.iter().copied().filter(|node| zoom.shows(&app.document.answer.tree, *node)).collect()
}

fn step(app: &mut App, next: impl Fn(Option<usize>, usize) -> usize) -> Vec<Effect> {
    let matches = matches(app);
    let selected = app.navigation.selection();
    let rank = matches.iter().position(|node| Selection::Node(*node) == selected);
    if let Some(node) = matches.get(next(rank, matches.len().max(1))) {
        app.navigation.select(Selection::Node(*node));
    } else if app.document.answer.hits.is_none() {
        app.notice = Some(Notice::Info("no search yet: / starts one".to_owned()));
    }
    Vec::new()
}

/// Searches for the name of the selected function.
fn search_selected_function(app: &mut App) -> Vec<Effect> {
    nav::link_selection(app);
    let Some(frame) = app.navigation.frame(&app.document.answer.tree).filter(|frame| *frame != FrameId::ROOT) else {
        return Vec::new();
    };
    let pattern = exact_pattern(app.document.answer.tree.frames().name(frame));
    app.tasks.find = Find::default();
    ask(app, |query| query.search = Some(pattern))
}

/// Marks functions as matches by searching for their exact names; the selection does not change.
pub fn mark(app: &mut App, functions: &[FrameId]) -> Vec<Effect> {
    let frames = app.document.answer.tree.frames();
    let names: Vec<String> =
        functions.iter().take(MOST_MARKED).map(|frame| exact_pattern(frames.name(*frame))).collect();
    if names.is_empty() {
        return Vec::new();
    }
    app.tasks.find = Find::default();
    ask(app, |query| query.search = Some(names.join("|")))
}

/// Maximum number of functions in one exact pattern.
const MOST_MARKED: usize = 12;
