//! Frame: areas of header, breadcrumb, views, status line and footer. Each view draws itself.

mod chrome;
mod compared;
mod fills;
mod hit_test;
mod legend;
mod paint_cache;
mod panes;
mod persistent;
mod plain;
mod screen;
mod status;
mod strip;

pub use hit_test::hit_test;
pub use paint_cache::PaintCache;
pub use screen::{Screen, TourText};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::settings::Glyphs;
use crate::layout::panes::{ActiveView, is_too_small};
use crate::paint::Paint;
use crate::view::overlay::Focus;

/// Draws the whole screen.
pub fn draw(screen: &Screen, paint: &Paint, buffer: &mut Buffer) {
    if is_in_words(screen) { plain::draw(screen, paint, buffer) } else { panes::draw(screen, paint, buffer) }
}

/// Position of the terminal cursor: in the prompt, else on the selection, for screen magnifiers and readers.
pub fn cursor(screen: &Screen) -> Option<(u16, u16)> {
    if is_in_words(screen) { Some(plain::cursor(screen)) } else { panes::cursor(screen) }
}

/// Object that a key moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// The selection.
    Selection,
    /// The window over the snapshots.
    Window,
}

impl Movement {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Selection, Self::Window];
}

/// Areas that describe the moved object, and are drawn only when a movement ends: for the selection its path, details,
/// status line, timeline or plot and, if the selection moves in the icicle, the table; for a window the table in place
/// of the timeline. Empty while a popup is open, and for screen readers, which read the selection from its description.
pub fn descriptions(screen: &Screen, movement: Movement) -> Vec<Rect> {
    if is_in_words(screen) || screen.views.stack.top().is_some() {
        return Vec::new();
    }
    let panes = &screen.views.panes;
    let mut areas = vec![panes.crumbs, panes.status, panes.details];
    match screen.views.front {
        ActiveView::Icicle if movement == Movement::Window => areas.push(panes.table),
        ActiveView::Trend => {
            let parts = screen.views.trend.parts();
            areas.extend([parts.rule, parts.plot]);
        }
        ActiveView::Icicle => {
            areas.push(panes.timeline);
            areas.extend((screen.views.focus() == Focus::Icicle).then_some(panes.table));
        }
        ActiveView::Source | ActiveView::Labels | ActiveView::Instances | ActiveView::Sandwich => {}
    }
    areas.into_iter().map(panes::rect).collect()
}

/// Returns true if the screen is drawn in words, for screen readers. A screen that is too small has only a message.
fn is_in_words(screen: &Screen) -> bool {
    let (width, height) = screen.size;
    screen.settings.glyphs == Glyphs::Plain && !is_too_small(width, height)
}
