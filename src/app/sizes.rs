//! Sizes of the objects below the selection, computed while the full details are open.

use std::sync::Arc;

use crate::app::task::{ByAddress, Task};
use crate::app::{App, Effect};
use crate::view::navigation::Selection;
use crate::view::overlay::Layer;

/// Requests the sizes below the selection while the full details are open, unless requested before.
pub fn request(app: &mut App) -> Option<Effect> {
    let Selection::Node(node) = app.navigation.selection() else { return None };
    // Sizes below a node of a regrouped tree would be sizes of parts of samples.
    if !matches!(app.views.stack.top(), Some(Layer::Details)) || app.document.answer.regrouped.is_some() {
        return None;
    }
    let ticket = app.tasks.requests.sizes.ask((ByAddress(Arc::clone(&app.document.answer.column)), node))?;
    // The sizes on the screen are outdated: they belong to another node.
    app.views.details.set_sizes(Vec::new());
    Some(Effect::Run(ticket, Task::Sizes(Box::new(app.document.answer.clone()), node)))
}
