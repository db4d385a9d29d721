//! Strip below the header: the step of the tour, else the headline.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::width::{width, wrap};
use crate::paint::{Paint, Role, fit};
use crate::view::frame::{Screen, TourText};
use crate::view::keys::KeyRef;

/// Columns from which the expected result has a row of its own.
const ROOMY: u16 = 76;

/// Draws the strip over `area`.
pub fn draw(screen: &Screen, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let Some(tour) = &screen.tour else { return headline(screen, paint, area, buffer) };
    paint.wash(buffer, area, paint.style(Role::Popup));
    let TourText { number, count, key, effect, why, .. } = tour;
    let title = format!("Tour {number} of {count}: ");
    let first = tour.before_key();
    let [plain, bold, dim] = [Role::Text, Role::Key, Role::Dim].map(|role| paint.style(role));
    let above = fit::from(fit::row(area, 0), 1);
    if area.width < ROOMY {
        return narrow(&format!("{number}: {first}{key} {effect}"), paint, area, buffer);
    }
    let pieces = [(&*title, bold), (&*first, plain), (&**key, bold), (" ", plain), (*effect, plain)];
    let taken = paint.pieces(buffer, above, &pieces);
    let below = fit::from(fit::row(area, 1), 1);
    paint.text(buffer, below, why, dim);
    let [skip, back] = [KeyRef::Skip, KeyRef::Back].map(|key| screen.keys.of(key));
    let ways = format!("{skip} skips, {back} ends ");
    let has_room = |taken: usize| taken + width(&ways) + 4 <= usize::from(area.width);
    if has_room(width(why)) {
        paint.text_right(buffer, below, &ways, dim);
    } else if has_room(usize::from(taken)) {
        paint.text_right(buffer, above, &ways, dim);
    }
}

/// Draws the headline over the first row of `area`.
pub fn headline(screen: &Screen, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let row = fit::part(fit::from(fit::row(area, 0), 1), 0, usize::from(area.width).saturating_sub(2));
    let text = screen.views.headline.text(screen.keys, usize::from(row.width));
    paint.text(buffer, row, &text, paint.style(Role::Headline));
}

/// Draws key and effect only, over both rows.
fn narrow(text: &str, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(2);
    for (index, line) in wrap(text, room).into_iter().take(usize::from(area.height)).enumerate() {
        paint.text(buffer, fit::from(fit::row(area, index), 1), line, paint.style(Role::Key));
    }
}
