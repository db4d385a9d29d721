//! Copies: names and call paths, made safe to print.

use crate::app::action::Take;
use crate::app::state::Notice;
use crate::app::{App, Effect, export, invocation, trend};
use crate::view::keys::KeyRef;
use crate::view::navigation::Selection;

/// Handles a key that copies or exports.
pub fn handle(app: &mut App, action: Take) -> Vec<Effect> {
    if action == Take::CommandLine {
        invocation::show(app);
        return vec![Effect::Copy(invocation::explorer(app))];
    }
    if action == Take::File {
        export::ask(app);
        return Vec::new();
    }
    trend::link(app);
    let Selection::Node(node) = app.navigation.selection() else {
        let zoom = app.keys.of(KeyRef::ZoomIn);
        app.notice = Some(Notice::Said(format!("a block has no name: {zoom} zooms to its members")));
        return Vec::new();
    };
    let tree = &app.answer.tree;
    let name = |node| app.context().name(tree.frame(node));
    let text = match action {
        Take::Name => name(node).to_owned(),
        Take::Path => {
            let path: Vec<&str> = tree.path(node).into_iter().skip(1).map(name).collect();
            path.join(" > ")
        }
        // Handled above: these need no frame.
        Take::CommandLine | Take::File => return Vec::new(),
    };
    vec![Effect::Copy(text)]
}
