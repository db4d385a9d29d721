//! Head of a report: sources, sample type, and sum of its figures.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::caveat::WindowFacts;
use crate::analysis::derive::Side;
use crate::analysis::{
    Answer, CallTree, Column, Filter, Granularity, NoiseRequest, ShareKind, UnknownNoise, WindowSum, instance_name,
    only_instance, side_instances, side_snapshots,
};
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::{Unit, counted, in_parentheses, multiplier, percent, two_sigma};
use crate::profile::Snapshot;

use super::Subject;
use super::markdown;
use super::text::{Page, figure, span};

/// Text in place of a caller, for stacks that begin with a function.
pub(super) const NO_CALLER: &str = "(no caller)";

/// First members of the JSON object of a report that has rows.
#[derive(Serialize)]
pub(super) struct ReportHead<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    granularity: &'static str,
    total: i128,
    /// Total of the base without filters; `None` without a base.
    base_total: Option<i128>,
    /// Filters in the form of options; absent without filters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<String>,
    /// Filters of the base; absent if they are those of the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_filters: Option<Vec<String>>,
    /// Part of `total` that the filters keep; absent without filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<i128>,
    /// Part of `base_total` that the filters keep; absent without filters or a base.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_left: Option<i128>,
    aggregate: &'static str,
    per: String,
    /// Divisor of the base; `None` if it is that of the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_per: Option<String>,
    snapshots: usize,
    profiles: u64,
    instances: usize,
    /// Only instance of the window, if the series has others.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_snapshots: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_profiles: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_instances: Option<usize>,
    warnings: &'a [String],
}

impl<'a> ReportHead<'a> {
    /// Creates the head of a report with the given schema.
    pub(super) fn new(schema: &'static str, subject: &Subject<'a>) -> Self {
        let sample_type = subject.sample_type();
        let filters: Vec<String> = subject.query().filters.iter().map(ToString::to_string).collect();
        let base_filters = base_filters(subject).map(|filters| filters.iter().map(ToString::to_string).collect());
        let is_filtered = !filters.is_empty() || base_filters.is_some();
        let base = subject.base().filter(|_| is_filtered);
        let sum = &subject.answer.window_sums[subject.query().sample_type];
        let base_sum = subject.answer.base.as_ref().map(|base| &base.window_sums[subject.query().sample_type]);
        Self {
            schema,
            sample_type: sample_type.name.raw(),
            unit: sample_type.unit.raw(),
            granularity: subject.query().shape.granularity.word(),
            total: subject.column().unfiltered_total(),
            base_total: subject.base().map(Column::unfiltered_total),
            filters,
            base_filters,
            left: is_filtered.then(|| subject.column().filtered_total()),
            base_left: base.map(Column::filtered_total),
            aggregate: sum.method.word(),
            per: sum.per.word(),
            base_per: base_sum.filter(|base| base.per != sum.per).map(|base| base.per.word()),
            snapshots: sum.snapshots,
            profiles: sum.profiles(),
            instances: sum.instances,
            instance: only_instance(subject.answer, Side::B)
                .map(|instance| subject.series().instance_label(instance).raw().to_owned()),
            base_snapshots: base_sum.map(|sum| sum.snapshots),
            base_profiles: base_sum.map(WindowSum::profiles),
            base_instances: base_sum.map(|sum| sum.instances),
            warnings: subject.warnings,
        }
    }
}

/// First members of the JSON object of a report about functions, in which `total` is a function's total.
#[derive(Serialize)]
pub(super) struct FunctionsHead<'a> {
    sample_type: &'a str,
    unit: &'a str,
    granularity: &'static str,
    /// Total of the profile.
    whole: i128,
    /// `None` without a base.
    base_whole: Option<i128>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_filters: Option<Vec<String>>,
    warnings: &'a [String],
}

impl<'a> FunctionsHead<'a> {
    pub(super) fn new(subject: &Subject<'a>) -> Self {
        Self {
            sample_type: subject.sample_type().name.raw(),
            unit: subject.sample_type().unit.raw(),
            granularity: subject.query().shape.granularity.word(),
            whole: subject.column().unfiltered_total(),
            base_whole: subject.base().map(Column::unfiltered_total),
            filters: subject.query().filters.iter().map(ToString::to_string).collect(),
            base_filters: base_filters(subject).map(|filters| filters.iter().map(ToString::to_string).collect()),
            warnings: subject.warnings,
        }
    }
}

/// Writes the lines above a table of `self` and `total`.
pub(super) fn write(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    for line in origins(subject) {
        page.line(&line)?;
    }
    let (name, [total, change]) = (display_name(subject.sample_type().name.shown()), totals(subject));
    page.line(&format!("{name}: {total}{change}"))?;
    remarks(subject).iter().try_for_each(|line| page.line(line))
}

/// Writes the lines above a Markdown table: those of the text, the total first.
pub(super) fn write_markdown(out: &mut dyn Write, subject: &Subject<'_>) -> io::Result<()> {
    let (name, [total, change]) =
        (markdown::escaped(display_name(subject.sample_type().name.shown())), totals(subject));
    let total = match change.strip_prefix(", ") {
        None => format!("**{total}**"),
        Some(change) => format!("{total}, **{change}**"),
    };
    markdown::paragraph(out, &format!("{name}: {total}\n"))?;
    let lines = origins(subject).into_iter().chain(remarks(subject));
    list(out, lines.filter(|line| !line.is_empty()))
}

/// Writes a Markdown list and an empty line after it.
pub(super) fn list(out: &mut dyn Write, lines: impl Iterator<Item = String>) -> io::Result<()> {
    let mut is_empty = true;
    for line in lines {
        markdown::paragraph(out, &format!("- {}", markdown::escaped(line.trim())))?;
        is_empty = false;
    }
    if is_empty { Ok(()) } else { writeln!(out) }
}

/// Origin of the figures, a line for each side of a comparison.
fn origins(subject: &Subject<'_>) -> Vec<String> {
    let (query, answer) = (subject.query(), subject.answer);
    if query.base.is_none() || answer.base.is_none() {
        return vec![origin(subject, Side::B)];
    }
    let of = |which| {
        let names = side_instances(answer, which).or_else(|| answer.side_filters(which));
        names.map_or_else(String::new, |names| format!("{names}, "))
    };
    vec![
        format!("A  {}{}", of(Side::A), origin(subject, Side::A)),
        format!("B  {}{}", of(Side::B), origin(subject, Side::B)),
    ]
}

/// Total, or the totals of both sides, and the change between them; the change is empty without a base.
fn totals(subject: &Subject<'_>) -> [String; 2] {
    let unit = subject.unit();
    let Some(base) = subject.base() else {
        return [figure(&unit, subject.column().unfiltered_total()), String::new()];
    };
    let (then, now) = (base.filtered_total(), subject.column().filtered_total());
    let both = format!("A {}, B {}", figure(&unit, then), figure(&unit, now));
    [both, format!(", {}", change(&unit, then, now))]
}

/// Lines below the total: filters, the denominator of shares, and what a comparison adds.
fn remarks(subject: &Subject<'_>) -> Vec<String> {
    let unit = subject.unit();
    let mut lines: Vec<String> = filters(subject).into_iter().collect();
    let Some(base) = &subject.answer.base else {
        let whole = unit.long(subject.whole())
            + match subject.column().share_kind() {
                ShareKind::Sum => "",
                ShareKind::Magnitudes => ", the sum of all magnitudes",
                ShareKind::BaseSamples => ", the samples with the label pprof::base=true",
            };
        lines.push(format!("self is the function's own, total includes what it calls; shares are of {whole}"));
        return lines;
    };
    lines.extend(base.ratio.map(|ratio| {
        format!("B is multiplied by {}, so that both totals are the same", multiplier(ratio).trim_start_matches('×'))
    }));
    let moved = &base.changes;
    lines.push(format!(
        "grew {}, shrank {}; {} within noise; shares are of what grew and shrank together",
        unit.signed_long(moved.grew),
        unit.signed_long(moved.shrank),
        counted(moved.within_noise, "call site")
    ));
    lines.extend(noise(subject));
    lines
}

/// Standard deviation of the difference of the totals and how it was derived; `None` without noise. Totals that a factor
/// makes equal differ by none.
fn noise(subject: &Subject<'_>) -> Option<String> {
    let Answer { base, series, window_sums, query, .. } = subject.answer;
    let base = base.as_ref()?;
    let Some(noise) = base.noise.as_deref() else {
        let at = query.sample_type;
        let window = NoiseRequest::of_window(at, &window_sums[at]);
        let why = UnknownNoise::of(series, &NoiseRequest { base: Some(&base.window_sums[at]), ..window })?;
        return Some(format!("sampling noise is not known: {why}"));
    };
    let sigma = noise.total(&subject.answer.tree, CallTree::ROOT).sigma;
    let figure = match () {
        () if sigma > 0.0 => format!("sampling noise of the total: ±{} (2σ)", subject.unit().long(two_sigma(sigma))),
        () if noise.is_normalized() => "sampling noise of a row includes that of the factor".to_owned(),
        () => return None,
    };
    let mut words = vec![noise.basis.words().to_owned()];
    if noise.is_bound {
        words.push("an upper bound, since objects are not counted".to_owned());
    }
    if let Some(period) = noise.assumed_period {
        words.push(format!("assuming one sample in {}", Unit::Bytes.long(i64::try_from(period).unwrap_or(i64::MAX))));
    }
    Some(format!("{figure}, {}", words.join(", ")))
}

/// Writes the filters and the share that they keep; nothing without filters.
pub(super) fn filtered(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    filters(subject).map_or(Ok(()), |line| page.line(&line))
}

/// Line of the filters and the share that they keep, safe to show; `None` without filters.
pub(super) fn filters(subject: &Subject<'_>) -> Option<String> {
    let words = |filters: &[Filter]| {
        let words: Vec<String> =
            filters.iter().map(|filter| format!("{} {}", filter.kind.word(), filter.pattern)).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    };
    let filters = &subject.query().filters;
    let words = match base_filters(subject) {
        Some(of_base) => format!("A {}; B {}", words(&of_base), words(filters)),
        None if filters.is_empty() => return None,
        None => words(filters),
    };
    let left = |column: &Column| {
        let (left, all) = (clamped(column.filtered_total()), clamped(column.unfiltered_total()));
        format!("{} of {}", percent(left, all), subject.unit().long(all))
    };
    let left = match subject.base() {
        None => left(subject.column()),
        Some(base) => format!("A {}, B {}", left(base), left(subject.column())),
    };
    Some(format!("filters: {}; {left} left", safe_str(&words)))
}

/// Filters of the base, if they are not those of the window.
fn base_filters(subject: &Subject<'_>) -> Option<Vec<Filter>> {
    let query = subject.query();
    (query.base.is_some() && !query.base_filters.is_empty()).then(|| query.filters_of_base())
}

/// Clamps a sum to 64 bits.
fn clamped(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// The net change, as a figure and as a share of the base.
pub(super) fn change(unit: &Unit, then: i128, now: i128) -> String {
    let part = match (i64::try_from(then), i64::try_from(now - then)) {
        (Ok(then), Ok(change)) => in_parentheses(change, then),
        _ => String::new(),
    };
    format!("{}{part}", unit.signed_long(now - then))
}

/// Origin of the figures of a side: source of a single snapshot, else the instance if the series has others, then
/// aggregation, times, and in a comparison sampling rate and build.
pub(super) fn origin(subject: &Subject<'_>, which: Side) -> String {
    let (answer, query, series) = (subject.answer, subject.query(), subject.series());
    let (which, window_sums) = match (which, &answer.base) {
        (Side::A, Some(base)) => (Side::A, &base.window_sums),
        _ => (Side::B, &answer.window_sums),
    };
    // A comparison of instances names them already.
    let named = only_instance(answer, which).filter(|_| side_instances(answer, which).is_none());
    let members: Vec<&Snapshot> = side_snapshots(answer, which).into_iter().map(|at| &series.snapshots()[at]).collect();
    let mut parts = vec![match (members.as_slice(), named) {
        ([single], _) => display_name(single.header.source.shown()).to_owned(),
        (_, Some(instance)) => instance_name(series, instance),
        _ => String::new(),
    }];
    parts.push(window_sums[query.sample_type].words());
    parts.retain(|part| !part.is_empty());
    parts.extend(span(members.iter().map(|snapshot| snapshot.header.time_nanos)));
    if query.base.is_some() {
        let facts = WindowFacts::of_side(answer, which);
        parts.extend((!facts.rates.is_empty()).then(|| format!("sampled every {}", facts.rates.join(", "))));
        // The first digits distinguish builds.
        let builds: Vec<String> = facts.builds.iter().map(|build| build.chars().take(12).collect()).collect();
        parts.extend((!builds.is_empty()).then(|| format!("build {}", builds.join(", "))));
    }
    parts.join(", ")
}

/// Noun for a row of the report.
pub(super) fn noun(subject: &Subject<'_>) -> &'static str {
    match subject.query().shape.granularity {
        Granularity::Functions | Granularity::FileFunctions => "function",
        Granularity::Files => "file",
        Granularity::Lines => "line",
        Granularity::Addresses => "address",
        Granularity::Packages => "package",
        Granularity::Owners => "owner",
    }
}
