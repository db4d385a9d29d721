//! Strip of the tour: key and effect of the step, expected result, and how to end the tour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::tour::{STEPS, first_keys};
use crate::base::width::{width, wrap};
use crate::paint::{Paint, Role, fit};
use crate::view::keys::KeyRef;

/// Columns from which the expected result has a row of its own.
const ROOMY: u16 = 76;

/// Draws the strip over `area`.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some((at, step)) = app.tour.step().filter(|_| area.height > 0) else { return };
    paint.wash(buffer, area, paint.style(Role::Popup));
    let number = format!("Tour {} of {}: ", at + 1, STEPS.len());
    let first = match first_keys(app, step)[..] {
        [] => String::new(),
        ref keys => format!("{} and then ", keys.join(", ")),
    };
    let key = app.keys.of(step.mention);
    let [plain, bold, dim] = [Role::Text, Role::Key, Role::Dim].map(|role| paint.style(role));
    let above = fit::from(fit::row(area, 0), 1);
    if area.width < ROOMY {
        return narrow(&format!("{}: {first}{key} {}", at + 1, step.ask), paint, area, buffer);
    }
    let pieces = [(&*number, bold), (&*first, plain), (&*key, bold), (" ", plain), (step.ask, plain)];
    let taken = paint.pieces(buffer, above, &pieces);
    let below = fit::from(fit::row(area, 1), 1);
    paint.text(buffer, below, step.why, dim);
    let [skip, back] = [KeyRef::Skip, KeyRef::Back].map(|mention| app.keys.of(mention));
    let ways = format!("{skip} skips, {back} ends ");
    let has_room = |taken: usize| taken + width(&ways) + 4 <= usize::from(area.width);
    if has_room(width(step.why)) {
        paint.text_right(buffer, below, &ways, dim);
    } else if has_room(usize::from(taken)) {
        paint.text_right(buffer, above, &ways, dim);
    }
}

/// Draws key and effect only, over both rows.
fn narrow(text: &str, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(2);
    for (index, line) in wrap(text, room).into_iter().take(usize::from(area.height)).enumerate() {
        paint.text(buffer, fit::from(fit::row(area, index), 1), line, paint.style(Role::Key));
    }
}
