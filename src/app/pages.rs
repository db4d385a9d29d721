//! Text pages: full name and call path, all keys, settings.

use crate::app::stack::Layer;
use crate::app::state::Notice;
use crate::app::{App, Effect, program, trend};
use crate::base::ids::FrameId;
use crate::view::keys::KeyRef;
use crate::view::navigation::Selection;
use crate::view::page::PageState;
use crate::view::{guide, page};

/// Shows name and call path of the selection in full, to be selected with the mouse.
pub fn show(app: &mut App) -> Vec<Effect> {
    trend::link(app);
    let Selection::Node(node) = app.navigation.selection() else {
        let zoom = app.keys.of(KeyRef::ZoomIn);
        app.notice = Some(Notice::Said(format!("a block has no name: {zoom} zooms to its members")));
        return Vec::new();
    };
    let tree = &app.answer.tree;
    let name = |node| app.context().name(tree.frame(node)).to_owned();
    let path = tree.path(node).into_iter().filter(|node| tree.frame(*node) != FrameId::ROOT).map(name);
    let mut lines = vec![name(node), String::new()];
    lines.extend(path);
    app.stack.push(Layer::Page(PageState::of_lines("Name, and call path from the outermost caller", &lines)));
    Vec::new()
}

/// Lists keys of all views.
pub fn keys(app: &mut App) -> Vec<Effect> {
    let sections = app.keymap.everything().into_iter().map(|(_, section)| section).collect::<Vec<_>>();
    let help = program::listed(&sections, Vec::new(), app);
    app.stack.push(Layer::Help(help));
    Vec::new()
}

/// Lists the settings with their origin.
pub fn config(app: &mut App) -> Vec<Effect> {
    let mut lines = app.setup.warnings.clone();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(app.setup.told.iter().cloned());
    if lines.is_empty() {
        lines.push("all settings have their built-in values".to_owned());
    }
    app.stack.push(Layer::Page(PageState::of_lines("Settings and their origin", &lines)));
    Vec::new()
}

/// Opens the guide, in place of the help if that is open.
pub fn guide(app: &mut App) {
    while matches!(app.stack.top(), Some(Layer::Help(_) | Layer::Page(_))) {
        app.stack.pop();
    }
    let page = guide::page(&app.context());
    app.stack.push(Layer::Page(page));
}

/// Handles a key of a page.
pub fn handle(app: &mut App, action: page::Action) {
    match action {
        page::Action::Close => {
            app.stack.pop();
        }
        page::Action::Keys => {
            app.stack.pop();
            program::help(app);
        }
    }
}
