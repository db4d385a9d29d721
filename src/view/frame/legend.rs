//! Legend of a comparison, in the longest form that fits: fills with sign and threshold, numbers of new and gone
//! functions, meaning of widths and colours.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::base::units::{commas_u64, multiplier};
use crate::base::width::width;
use crate::paint::{Paint, Role, fit};
use crate::view::context::ChangeScale;
use crate::view::frame::Screen;
use crate::view::words;

/// Piece of the legend: text, and the fill that it explains.
type Piece = (String, Option<Role>);

/// Length of the legend.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LegendForm {
    /// Words.
    Long,
    /// Words, with abbreviated thresholds.
    Medium,
    /// Letters.
    Short,
    /// Letters, without the counts.
    Least,
    /// Fills only.
    Bare,
}

impl LegendForm {
    /// Returns true for the forms without separators.
    fn is_brief(self) -> bool {
        matches!(self, Self::Short | Self::Least | Self::Bare)
    }
}

/// Draws the legend over `row`.
pub fn draw(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let cells = |pieces: &[Piece]| pieces.iter().map(|(text, _)| width(text)).sum::<usize>();
    let forms = [LegendForm::Long, LegendForm::Medium, LegendForm::Short, LegendForm::Least, LegendForm::Bare]
        .map(|form| pieces(screen, form));
    let Some(pieces) = forms.iter().find(|form| cells(form) <= usize::from(row.width)) else { return };
    // The fills must not have the dim style of the rule below.
    paint.wash(buffer, fit::part(row, 0, cells(pieces)), paint.style(Role::Text));
    let style = |role: &Option<Role>| role.map_or_else(|| paint.style(Role::Text), |role| paint.style(role));
    let styled: Vec<(&str, Style)> = pieces.iter().map(|(text, role)| (&**text, style(role))).collect();
    paint.pieces(buffer, row, &styled);
}

/// Cells of the shortest form.
pub fn least_width(screen: &Screen) -> usize {
    pieces(screen, LegendForm::Bare).iter().map(|(text, _)| width(text)).sum()
}

fn pieces(screen: &Screen, form: LegendForm) -> Vec<Piece> {
    let plain = |text: &str| (text.to_owned(), None);
    let mut pieces = steps(screen, form);
    let changes = screen.document.answer.base.as_ref().map(|base| &base.changes);
    if let Some(changes) = changes.filter(|_| !matches!(form, LegendForm::Least | LegendForm::Bare)) {
        let [new, gone] = [changes.new, changes.gone].map(|count| commas_u64(count as u64));
        let words = match form {
            LegendForm::Short => format!(" N {new} G {gone} "),
            _ => format!(" N new {new}  G gone {gone} "),
        };
        pieces.push(plain(&words));
    }
    if form != LegendForm::Bare {
        let gap = if form.is_brief() { " " } else { ", " };
        pieces.push(plain(&format!(" {} ", modes(screen, form).join(gap))));
    }
    pieces
}

/// The seven fills.
fn steps(screen: &Screen, form: LegendForm) -> Vec<Piece> {
    use Role::{GrewLight, GrewMedium, GrewStrong, Same, ShrankLight, ShrankMedium, ShrankStrong};
    let [medium, strong] = marks(screen);
    let is_long = form == LegendForm::Long;
    let [light, from_medium, from_strong] = if is_long {
        [format!("under {medium}"), format!("from {medium}"), format!("from {strong}")]
    } else {
        [String::new(), medium, strong]
    };
    let step = |sign: &str, text: &str, role: Role| {
        let gap = if is_long { " " } else { "" };
        // In the short forms, the next fill separates.
        let end = if form.is_brief() { "" } else { " " };
        (format!(" {sign}{gap}{text}{end}"), Some(role))
    };
    let noise = screen.document.answer.base.as_ref().map_or(0, |base| base.changes.within_noise);
    let same = if is_long { format!("or noise {}", commas_u64(noise as u64)) } else { String::new() };
    let mut steps = vec![
        step("-", &from_strong, ShrankStrong),
        step("-", &from_medium, ShrankMedium),
        step("-", &light, ShrankLight),
        step("=", &same, Same),
        step("+", &light, GrewLight),
        step("+", &from_medium, GrewMedium),
        step("+", &from_strong, GrewStrong),
    ];
    if is_long {
        steps.insert(0, (" shrank ".to_owned(), None));
        steps.push((" grew ".to_owned(), None));
    }
    steps
}

/// Thresholds of a medium and a strong change.
fn marks(screen: &Screen) -> [String; 2] {
    match (screen.views.display.scale, &screen.document.answer.base) {
        (ChangeScale::Absolute, Some(base)) => {
            base.changes.color_steps.map(|mark| round(&screen.context().unit().short(mark)))
        }
        _ => ["10%".to_owned(), "50%".to_owned()],
    }
}

/// Round figure without trailing zeros.
fn round(text: &str) -> String {
    let digits = text.trim_end_matches(|letter: char| letter.is_alphabetic());
    let unit = &text[digits.len()..];
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{unit}")
}

/// Meaning of widths and colours.
fn modes(screen: &Screen, form: LegendForm) -> Vec<String> {
    let query = &screen.document.answer.query;
    let of = words::width(query.width);
    let is_brief = form.is_brief();
    let width = if is_brief { format!("w:{of}") } else { format!("width {of}") };
    let scale = match (is_brief, screen.views.display.scale) {
        (true, ChangeScale::Absolute) => None,
        (true, ChangeScale::Relative) => Some("% of A".to_owned()),
        (false, ChangeScale::Absolute) => Some("colours by size".to_owned()),
        (false, ChangeScale::Relative) => Some("colours by share of A".to_owned()),
    };
    let ratio = screen.document.answer.base.as_ref().and_then(|base| base.ratio);
    let normal = ratio.map(|ratio| format!("B {}", multiplier(ratio)));
    [Some(width), scale, normal].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_no_more_than_it_knows() {
        assert_eq!(["1.00M", "200K", "2.50M", "20", "50.0K"].map(round), ["1M", "200K", "2.5M", "20", "50K"]);
    }
}
