//! Sizes of the objects under the selection: looked at while the details stand in full, off the thread that reads keys.

use std::sync::Arc;

use crate::analysis::sizes::{SizeClass, size_classes};
use crate::analysis::{Answer, Column};
use crate::app::stack::Layer;
use crate::app::{App, Effect, Msg};
use crate::base::ids::NodeId;
use crate::view::navigation::Selection;

/// What was asked last, and of what.
#[derive(Clone, Debug, Default)]
pub struct SizesRequest {
    asked: u64,
    of: Option<(Arc<Column>, NodeId)>,
}

/// Objects to be measured, with all that it takes.
#[derive(Debug)]
pub struct SizesTask {
    /// Which one this is: only what comes of the newest is taken.
    pub generation: u64,
    /// Whose samples.
    pub answer: Answer,
    /// Under which node.
    pub node: NodeId,
}

impl SizesTask {
    /// Measures. This is pure and may take a while.
    pub fn run(self) -> Msg {
        Msg::Measured { generation: self.generation, classes: size_classes(&self.answer, self.node) }
    }
}

/// Asks for the sizes under the selection where its details stand in full, unless they are known.
pub fn follow(app: &mut App) -> Option<Effect> {
    let Selection::Node(node) = app.place.pick() else { return None };
    if !matches!(app.stack.top(), Some(Layer::Details)) {
        return None;
    }
    let column = &app.answer.column;
    if app.measured.of.as_ref().is_some_and(|(known, of)| Arc::ptr_eq(known, column) && *of == node) {
        return None;
    }
    app.measured.of = Some((Arc::clone(column), node));
    app.measured.asked += 1;
    // What stood there was of another place.
    app.details.take_sizes(Vec::new());
    let measuring = SizesTask { generation: app.measured.asked, answer: app.answer.clone(), node };
    Some(Effect::Measure(Box::new(measuring)))
}

/// Takes in sizes, if they are of what shows.
pub fn measured(app: &mut App, generation: u64, classes: Vec<SizeClass>) {
    if generation == app.measured.asked {
        app.details.take_sizes(classes);
    }
}
