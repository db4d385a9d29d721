//! Text pages: full name and call path, all keys, settings.

use crate::app::help;
use crate::app::nav;
use crate::app::{App, Effect};
use crate::base::ids::FrameId;
use crate::view::overlay::Layer;
use crate::view::page::PageState;
use crate::view::{guide, page};

/// Shows name and call path of the selection in full, for selection with the mouse.
pub fn show(app: &mut App) -> Vec<Effect> {
    let Some(node) = nav::named_node(app) else { return Vec::new() };
    let tree = &app.document.answer.tree;
    let name = |node| app.context().name(tree.frame(node)).to_owned();
    let path = tree.path(node).into_iter().filter(|node| tree.frame(*node) != FrameId::ROOT).map(name);
    let mut lines = vec![name(node), String::new()];
    lines.extend(path);
    app.views.stack.push(Layer::Page(PageState::of_lines("Name, and call path from the outermost caller", &lines)));
    Vec::new()
}

/// Lists the keys of all views.
pub fn keys(app: &mut App) -> Vec<Effect> {
    let sections = app.environment.keymap.everything().into_iter().map(|(_, section)| section).collect::<Vec<_>>();
    let help = help::help_of_sections(&sections, Vec::new(), app);
    app.views.stack.push(Layer::Help(help));
    Vec::new()
}

/// Lists the settings with their origin.
pub fn config(app: &mut App) -> Vec<Effect> {
    let mut lines = app.environment.setup.warnings.clone();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(app.environment.setup.setting_lines.iter().cloned());
    if lines.is_empty() {
        lines.push("all settings have their built-in values".to_owned());
    }
    app.views.stack.push(Layer::Page(PageState::of_lines("Settings and their origin", &lines)));
    Vec::new()
}

/// Opens the guide, in place of an open help or page.
pub fn guide(app: &mut App) {
    while matches!(app.views.stack.top(), Some(Layer::Help(_) | Layer::Page(_))) {
        app.views.stack.pop();
    }
    let page = guide::page(&app.context());
    app.views.stack.push(Layer::Page(page));
}

/// Handles a key of a page.
pub fn handle(app: &mut App, action: page::Action) {
    match action {
        page::Action::Close => {
            app.views.stack.pop();
        }
        page::Action::Keys => {
            app.views.stack.pop();
            help::open(app);
        }
    }
}
