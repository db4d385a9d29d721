//! Comparison: both windows in the header, the legend in the status line.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::caveat::WindowFacts;
use crate::analysis::derive::Side;
use crate::analysis::{
    Answer, Comparison, MeasuredRate, NoRate, Rates, Window, WindowSum, only_instance, side_instances, side_snapshots,
};
use crate::base::units::{self, Unit, in_parentheses, percent};
use crate::base::width::{cut_shared, width};
use crate::layout::panes::ActiveView;
use crate::paint::{Paint, Role, fit};
use crate::view::context::{Clock, ViewContext};
use crate::view::frame::Screen;
use crate::view::frame::{fills, legend};
use crate::view::keys::KeyRef;
use crate::view::sides::{ComparisonView, SideScale};
use crate::view::words;

/// Maximum width of the name of a window, in cells.
const MAX_WINDOW_NAME_WIDTH: usize = 28;

/// Cells for the name of a window at which it is only its snapshot numbers.
const NUMBERS: usize = 8;

/// Draws both windows and the change of the total, in the longest form that fits.
pub fn header(screen: &Screen, base: &Comparison, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(window) = screen.document.answer.query.base else { return };
    if let Some(rates) = screen.views.timeline.rates.as_ref().filter(|_| area.height > 1) {
        runtime(rates, paint, fit::row(area, 1), buffer);
    }
    let row = fit::row(area, 0);
    let context = screen.context();
    let (unit, chosen) = (context.unit(), screen.document.answer.query.sample_type);
    let [then, now] = [base.column.filtered_total(), screen.document.answer.column.filtered_total()];
    let delta = now.saturating_sub(then);
    let part = match (i64::try_from(delta), i64::try_from(then)) {
        (Ok(delta), Ok(then)) => in_parentheses(delta, then),
        _ => String::new(),
    };
    let [net, scaled] = match base.ratio.map(units::multiplier) {
        None => [format!("{}{part}", unit.signed_long(delta)), String::new()],
        // The totals of normalised sides are equal, unless filters keep unequal parts.
        Some(factor) if delta == 0 => ["normalized".to_owned(), format!("{factor} ")],
        Some(factor) => [format!("{}{part}, normalized", unit.signed_long(delta)), format!("{factor} ")],
    };
    let kind = words::long(screen.series().sample_types(), chosen);
    let room = usize::from(row.width).saturating_sub(2);
    let moved =
        format!("grew {}  shrank {}", unit.signed_long(base.changes.grew), unit.signed_long(base.changes.shrank));
    let a = HeaderSide { which: Side::A, window, sum: &base.window_sums[chosen] };
    let b = HeaderSide {
        which: Side::B,
        window: screen.document.answer.query.window,
        sum: &screen.document.answer.window_sums[chosen],
    };
    let written = |how: &HeaderForm| {
        let [a, b] = [a.words(screen, how), b.words(screen, how)];
        let figure = |value: i128| if how.name > NUMBERS { unit.long(value) } else { unit.short(value) };
        let [then, now] = [(a, figure(then)), (b, format!("{scaled}{}", figure(now)))]
            .map(|(words, figure)| if words.is_empty() { figure } else { format!("{words} {figure}") });
        let more = if how.extras > 0 { format!("  {kind}  {moved}") } else { format!("  {kind}") };
        (format!("A {then}  →  B {now}  "), net.clone(), more)
    };
    let forms = [
        (1, MAX_WINDOW_NAME_WIDTH, 1),
        (1, MAX_WINDOW_NAME_WIDTH, 0),
        (0, MAX_WINDOW_NAME_WIDTH, 0),
        (0, 16, 0),
        (1, 0, 0),
        (0, NUMBERS, 0),
        (0, 0, 0),
    ];
    let forms = forms.map(|(times, name, extras)| HeaderForm { times, name, extras });
    let fitting = forms.iter().map(written).find(|(left, net, more)| width(left) + width(net) + width(more) <= room);
    let (left, net, more) = fitting.unwrap_or_else(|| {
        let left = format!("A {}  →  B {scaled}{}  ", unit.short(then), unit.short(now));
        let short = unit.signed_short(delta);
        let nets = [net.clone(), format!("{short}{part}"), short];
        let net = nets.iter().find(|net| width(&left) + width(net) <= room).unwrap_or(&nets[2]).clone();
        (left, net, String::new())
    });
    let (plain, bold) = (paint.style(Role::Text), paint.style(Role::Title));
    paint.pieces(buffer, fit::part(fit::from(row, 1), 0, room), &[(&left, plain), (&net, bold), (&more, plain)]);
}

/// Draws the runtime's rates in both windows.
fn runtime(rates: &[Rates; 2], paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let room = usize::from(row.width).saturating_sub(2);
    let [then, now] = rates;
    let long = |rates: &Rates| if rates.has_rate() { rates.line() } else { format!("– {}", rates.line()) };
    let long = format!("A {}   B {}", long(then), long(now));
    let short = figures(then, now);
    let text = if width(&long) <= room { long } else { short };
    paint.text_cut(buffer, fit::part(fit::from(row, 1), 0, room), &text, paint.style(Role::Dim));
}

/// Short form of the rates: for each figure, both windows beside each other.
fn figures(then: &Rates, now: &Rates) -> String {
    let pair = |name: &str, figure: fn(&Rates) -> &Result<MeasuredRate, NoRate>, say: &dyn Fn(f64) -> String| {
        let [a, b] = [then, now].map(|rates| figure(rates).as_ref().ok().map(MeasuredRate::per_second));
        let say = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), say);
        (a.is_some() || b.is_some()).then(|| format!("{name} A {} B {}", say(a), say(b)))
    };
    let pairs = [
        pair("alloc/s", |rates| &rates.allocated, &|rate| Unit::Bytes.short(rate as i64)),
        pair("GCs/min", |rates| &rates.cycles, &|rate| Unit::Count.short((rate * 60.0).round() as i64)),
        pair("pause/s", |rates| &rates.pause, &|rate| Unit::Nanoseconds.short(rate as i64)),
    ];
    pairs.into_iter().flatten().collect::<Vec<_>>().join("   ")
}

/// Form of the header.
struct HeaderForm {
    /// 1 to show times, else 0; a number keeps the table of forms short.
    times: usize,
    /// Cells for the name of a window.
    name: usize,
    /// 1 to show the sums of growth and shrinkage, else 0.
    extras: usize,
}

/// One of the two windows.
struct HeaderSide<'a> {
    which: Side,
    window: Window,
    sum: &'a WindowSum,
}

impl HeaderSide<'_> {
    /// Name of the only instance of the side with a comma, in up to `cells` cells; empty if there are others.
    fn named(&self, screen: &Screen, cells: usize) -> String {
        let instance = only_instance(&screen.document.answer, self.which);
        instance.map_or_else(String::new, |instance| format!("{}, ", words::instance(screen.series(), instance, cells)))
    }

    /// Numbers of the window's snapshots, such as `1..2`; empty where both windows are of different inputs.
    fn numbers(&self, screen: &Screen) -> String {
        let (series, query) = (screen.series(), &screen.document.answer.query);
        let input = |window: Window| window.bounds(series);
        let numbers = words::window(series, self.window, screen.clock);
        let is_of_one = query.base.is_some_and(|base| input(base) == input(query.window));
        numbers.split(" of ").next().filter(|_| is_of_one).unwrap_or_default().to_owned()
    }

    /// Description of the window: a file, or the aggregation and number of snapshots and their times.
    fn words(&self, screen: &Screen, how: &HeaderForm) -> String {
        let first = &screen.series().snapshots()[self.window.first].header;
        let is_merge = first.merge.as_ref().is_some_and(|merge| !merge.is_single());
        let answer = &screen.document.answer;
        // Both sides are shortened together, so that the part by which they differ stays.
        let cut = |[a, b]: [&str; 2], cells: usize| {
            let name = if self.which == Side::A { a } else { b };
            Cow::Owned(cut_shared(name, &[a, b], cells).into_owned())
        };
        let instances =
            [Side::A, Side::B].map(|which| side_instances(answer, which).or_else(|| answer.side_filters(which)));
        let is_one_window = answer.query.base == Some(answer.query.window);
        let name: Cow<'_, str> = match (self.window.count(), how.name) {
            (_, 0) => Cow::Borrowed(""),
            // Instances are compared over one window.
            (_, cells @ ..=NUMBERS) if instances[self.which as usize].is_some() && is_one_window => {
                cut(instances.each_ref().map(|names| names.as_deref().unwrap_or_default()), cells)
            }
            (_, ..=NUMBERS) => Cow::Owned(self.numbers(screen)),
            (_, cells) if instances[self.which as usize].is_some() => {
                cut(instances.each_ref().map(|names| names.as_deref().unwrap_or_default()), cells)
            }
            // The sum of a store has the same source on both sides.
            (1, _) if is_merge => Cow::Borrowed("mean"),
            (1, cells) => cut(file_names(screen), cells),
            (count, cells) if cells < MAX_WINDOW_NAME_WIDTH => {
                Cow::Owned(format!("{}{} of {count}", self.named(screen, cells / 2), self.sum.method.word()))
            }
            _ => Cow::Owned(format!("{}{}", self.named(screen, usize::MAX), self.sum.words())),
        };
        // The long form of the name has the units.
        let units = self.sum.units_words().filter(|_| self.window.count() == 1 || how.name < MAX_WINDOW_NAME_WIDTH);
        let name = units.map_or(name.clone(), |units| Cow::Owned(format!("{name} {units}").trim_start().to_owned()));
        let times = times(answer, self.which, screen.clock);
        match (how.times > 0 && !times.is_empty(), name.is_empty()) {
            (true, false) => format!("{name} {times}"),
            (true, true) => times,
            (false, _) => name.into_owned(),
        }
    }
}

/// Names of the first files of both sides.
fn file_names<'a>(screen: &Screen<'a>) -> [&'a str; 2] {
    let query = &screen.document.answer.query;
    [query.base.unwrap_or(query.window), query.window].map(|window| {
        let source = screen.series().snapshots()[window.first].header.source.shown();
        source.rsplit('/').next().unwrap_or(source)
    })
}

/// Times of the first and last snapshot of a side, of a store's profile the end of the last one; empty if unknown.
fn times(answer: &Answer, which: Side, clock: Clock) -> String {
    let facts = WindowFacts::of_side(answer, which);
    let last = side_snapshots(answer, which).last().map(|at| &answer.series.snapshots()[*at].header);
    let span = last.and_then(|header| header.merge.as_ref()).map_or(0, |merge| merge.span_nanos);
    match (facts.from, facts.to.map(|to| to.saturating_add(span))) {
        (Some(from), Some(to)) if from == to => clock.of(&answer.series, from),
        (Some(from), Some(to)) => format!("{}–{}", clock.of(&answer.series, from), clock.of(&answer.series, to)),
        _ => String::new(),
    }
}

/// Draws the row above one of two icicles: name, description, total, and the focus.
pub fn side(screen: &Screen, context: &ViewContext, which: Side, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    let focused = screen.views.sides.focused;
    let filters = screen.document.answer.side_filters(which).unwrap_or_default();
    let is_focused = which == focused;
    let query = &context.answer.query;
    let times = times(context.answer, Side::B, context.clock);
    let instance = only_instance(context.answer, Side::B);
    let instance = instance.map(|instance| words::instance(&context.answer.series, instance, MAX_WINDOW_NAME_WIDTH));
    let method = context.answer.window_sums[query.sample_type].words();
    let left = context.answer.column.filtered_total();
    let parts = [filters, instance.unwrap_or_default(), times, method, context.unit().long(left)]
        .into_iter()
        .filter(|part| !part.is_empty());
    let mark = if is_focused { paint.glyphs().cursor } else { " " };
    let keys = if is_focused { "  focused" } else { "" };
    let letter = which.letter();
    let (sides, zoom) = (&screen.views.sides, context.navigation.zoom());
    let scale = if sides.scale == SideScale::Common && sides.scale_of(which, zoom) == SideScale::Own {
        let [this, other] = [which, which.other()].map(|side| sides.weight(side, zoom) as i64);
        format!("own scale, {} of {}  ", percent(this, other), which.other().letter())
    } else {
        String::new()
    };
    let lacks = if context.lacks_selection() { format!("  not in {letter}") } else { String::new() };
    let text = format!("{mark}{letter} {scale}{}{lacks}{keys}", parts.collect::<Vec<_>>().join("  "));
    let style = paint.style(if is_focused { Role::Title } else { Role::Text });
    paint.rule(buffer, row, "", paint.style(Role::Rule));
    paint.text_cut(buffer, fit::part(row, 0, usize::from(row.width)), &format!("{text} "), style);
}

/// Note on the scales of both icicles, or on the window that is shown alone, in a long and a short form; `None` if both
/// windows are overlaid.
fn sides_note(screen: &Screen) -> Option<[String; 2]> {
    match screen.views.sides.front {
        ComparisonView::Overlay => None,
        ComparisonView::Alone => {
            let (shown, other) = (screen.views.sides.focused.letter(), screen.views.sides.focused.other().letter());
            let long = format!(" {shown} alone, {} shows {other} ", screen.keys.of(KeyRef::Blink));
            Some([long, format!(" {shown} alone ")])
        }
        ComparisonView::Both => {
            let sides = &screen.views.sides;
            let own = |side: &Side| sides.scale_of(*side, screen.navigation.zoom()) == SideScale::Own;
            let scale = match (sides.scale, [Side::A, Side::B].into_iter().find(own)) {
                (SideScale::Own, _) => "each its own scale".to_owned(),
                (SideScale::Common, None) => {
                    return Some([" same scale, selection and order ", " same scale "].map(str::to_owned));
                }
                (SideScale::Common, Some(side)) => format!("{} on its own scale", side.letter()),
            };
            Some([format!(" {scale}, same selection and order "), format!(" {scale} ")])
        }
    }
}

/// Returns true if the view in front has the fills of a comparison, which the legend explains.
fn has_legend(screen: &Screen) -> bool {
    !matches!(screen.views.front, ActiveView::Trend | ActiveView::Instances)
}

/// Minimum width of the legend in cells; 0 in views without a legend.
pub fn legend_width(screen: &Screen, paint: &Paint) -> usize {
    match sides_note(screen).filter(|_| screen.views.front == ActiveView::Icicle) {
        _ if !has_legend(screen) => 0,
        Some([_, short]) => width(&short) + fills::least_width(screen, paint),
        None => legend::least_width(screen),
    }
}

/// Draws the legend of signs, colours and widths as far as it fits. Beside the windows one by one, it is the note on
/// them and the legend of their fills.
pub fn legend(screen: &Screen, paint: &Paint, row: Rect, buffer: &mut Buffer) {
    if !has_legend(screen) {
        return;
    }
    let Some(notes) = sides_note(screen).filter(|_| screen.views.front == ActiveView::Icicle) else {
        return legend::draw(screen, paint, row, buffer);
    };
    let beside = usize::from(row.width).saturating_sub(fills::least_width(screen, paint));
    let note = notes.iter().find(|note| width(note) <= beside).map_or("", String::as_str);
    let taken = paint.text(buffer, row, note, paint.style(Role::Text));
    fills::legend(screen, paint, fit::from(row, taken.into()), buffer);
}
