//! `report instances`: totals of each running copy of a service, its functions, and the instances that stand out.

use std::cmp::Reverse;
use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::{InstanceFigures, InstanceFunction, InstanceTable, Per, Spread, Stacks};
use crate::base::compact_sort::CompactSort;
use crate::base::safe_text::{SafeText, display_name};
use crate::base::units::{Unit, counted};

use super::head;
use super::text::{Align, Page, TextColumn, left_out, span};
use super::{InstanceOrder, Report, ReportFormat, ReportScope, Subject, csv, json, markdown};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "instances",
    about: "pods, hosts or processes side by side, and which one stands out",
    scope: ReportScope::Instances,
    stacks: Stacks::All,
    formats: &[
        (ReportFormat::Text, write_text),
        (ReportFormat::Json, write_json),
        (ReportFormat::Csv, write_csv),
        (ReportFormat::Markdown, write_markdown),
    ],
};

/// Maximum number of instances that have a column each in text and Markdown; of more instances, the outliers are named.
const MOST_COLUMNS: usize = 8;
/// Number of digits that distinguish build ids.
const BUILD_DIGITS: usize = 12;

/// Instances in the order of the report, with their names.
struct Rows<'a> {
    table: &'a InstanceTable,
    /// Positions in the table's instances.
    order: Vec<usize>,
    names: Vec<SafeText>,
}

impl<'a> Rows<'a> {
    fn new(subject: &Subject<'a>) -> io::Result<Self> {
        let table = subject.instances.ok_or_else(|| io::Error::other("a report of instances needs their table"))?;
        let name = |figures: &InstanceFigures| subject.series().instance_label(figures.instance);
        let names: Vec<SafeText> = table.instances.iter().map(name).collect();
        let mut order: Vec<usize> = (0..table.instances.len()).collect();
        let of = |at: &usize| &table.instances[*at];
        // The sort is stable: equal instances stay in the order of their names.
        match subject.instance_order {
            InstanceOrder::Name => {}
            InstanceOrder::Total => order.compact_sort_by_key(|at| Reverse(of(at).total)),
            InstanceOrder::Growth => order.compact_sort_by_key(|at| Reverse(of(at).growth)),
            InstanceOrder::Snapshots => order.compact_sort_by_key(|at| Reverse(of(at).snapshots)),
            InstanceOrder::Processes => order.compact_sort_by_key(|at| Reverse(of(at).processes)),
            InstanceOrder::Uptime => order.compact_sort_by_key(|at| Reverse(of(at).uptime)),
            InstanceOrder::Build => order.compact_sort_by(|one, other| build(of(one)).cmp(build(of(other)))),
        }
        Ok(Self { table, order, names })
    }

    /// Instances with their names.
    fn instances(&self) -> impl Iterator<Item = (&SafeText, &'a InstanceFigures)> + Clone + '_ {
        self.order.iter().map(|at| (&self.names[*at], &self.table.instances[*at]))
    }

    /// Values of a function with the flag of an outlier.
    fn values(&self, function: &'a InstanceFunction) -> impl Iterator<Item = (Option<i64>, bool)> + '_ {
        self.order.iter().map(|at| (self.table.value(function, *at), function.outliers.contains(at)))
    }

    /// Positions of the outliers of a function.
    fn outliers(&self, function: &'a InstanceFunction) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().copied().filter(move |at| function.outliers.contains(at))
    }
}

fn build(figures: &InstanceFigures) -> &str {
    figures.build().map_or("", SafeText::raw)
}

/// Object of `heapglass.instances/1`.
#[derive(Serialize)]
struct InstancesReport<'a> {
    schema: &'static str,
    sample_type: &'a str,
    unit: &'a str,
    granularity: &'static str,
    aggregate: &'static str,
    /// Number of operations that the figures are divided by, or `all`.
    per: String,
    snapshots: usize,
    /// False if the sampling noise of some instance is not known, so that outliers may be chance.
    noise_known: bool,
    /// Median of the known totals; `None` without any, as are the other three.
    total_median: Option<i64>,
    total_spread: Option<i64>,
    growth_median: Option<i64>,
    growth_spread: Option<i64>,
    instances: Vec<InstanceEntry<'a>>,
    functions: Vec<FunctionEntry<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct InstanceEntry<'a> {
    name: &'a str,
    snapshots: usize,
    processes: usize,
    /// Build id of the newest snapshot; `None` if no snapshot has a build id.
    build: Option<&'a str>,
    builds: usize,
    /// Time for which the newest process was seen; `None` if it was seen once.
    uptime_ns: Option<i64>,
    /// Value over the window; `None` if the window is a growth and the instance has one snapshot.
    total: Option<i64>,
    /// Growth over the snapshots; `None` with a single snapshot.
    growth: Option<i64>,
    total_outlier: bool,
    growth_outlier: bool,
}

impl<'a> InstanceEntry<'a> {
    fn of(name: &'a SafeText, figures: &'a InstanceFigures) -> Self {
        Self {
            name: name.raw(),
            snapshots: figures.snapshots,
            processes: figures.processes,
            build: figures.build().map(SafeText::raw),
            builds: figures.builds.len(),
            uptime_ns: figures.uptime,
            total: figures.total,
            growth: figures.growth,
            total_outlier: figures.has_outlying_total,
            growth_outlier: figures.has_outlying_growth,
        }
    }
}

#[derive(Serialize)]
struct FunctionEntry<'a> {
    name: &'a str,
    /// Self in each instance, in the order of `instances`; `None` where the total is.
    values: Vec<Option<i64>>,
    median: Option<i64>,
    spread: Option<i64>,
    outliers: Vec<&'a str>,
}

impl<'a> FunctionEntry<'a> {
    fn of(subject: &Subject<'a>, rows: &'a Rows<'a>, function: &'a InstanceFunction) -> Self {
        Self {
            name: subject.tree().frames().name(function.frame),
            values: rows.values(function).map(|(value, _)| value).collect(),
            median: function.spread.rounded_median(),
            spread: function.spread.rounded_deviation(),
            outliers: rows.outliers(function).map(|at| rows.names[at].raw()).collect(),
        }
    }
}

/// Text of a figure that may not be known.
fn known(figure: Option<i64>, text: impl Fn(i64) -> String) -> String {
    figure.map_or_else(|| "-".to_owned(), text)
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = Rows::new(subject)?;
    let table = rows.table;
    let shown = &table.functions[..subject.wanted(table.functions.len())];
    let sample_type = subject.sample_type();
    json::write(
        out,
        &InstancesReport {
            schema: "heapglass.instances/1",
            sample_type: sample_type.name.raw(),
            unit: sample_type.unit.raw(),
            granularity: subject.granularity(),
            aggregate: subject.answer.window_sums[subject.query().sample_type].method.word(),
            per: per(subject).unwrap_or(&Per::All).word(),
            snapshots: table.instances.iter().map(|figures| figures.snapshots).sum(),
            noise_known: table.has_noise,
            total_median: table.totals.rounded_median(),
            total_spread: table.totals.rounded_deviation(),
            growth_median: table.growths.rounded_median(),
            growth_spread: table.growths.rounded_deviation(),
            instances: rows.instances().map(|(name, figures)| InstanceEntry::of(name, figures)).collect(),
            functions: shown.iter().map(|function| FunctionEntry::of(subject, &rows, function)).collect(),
            warnings: subject.warnings,
        },
    )
}

/// Writes one table: a line for each figure of the instances, then one for each function, with a column for each
/// instance.
fn write_csv(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = Rows::new(subject)?;
    let table = rows.table;
    let mut heads = vec!["kind", "name", "median", "spread", "outliers"];
    heads.extend(rows.instances().map(|(name, _)| name.raw()));
    let names = |places: &mut dyn Iterator<Item = usize>| {
        places.map(|at| rows.names[at].raw().to_owned()).collect::<Vec<_>>().join(";")
    };
    let plain = |name: &str, cells: Vec<String>| {
        let mut row = ["instance", name, "", "", ""].map(str::to_owned).to_vec();
        row.extend(cells);
        row
    };
    let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let compared = |name: &str, spread: &Spread, is_outlier: fn(&InstanceFigures) -> bool, cells: Vec<String>| {
        let outliers = names(&mut rows.order.iter().copied().filter(|at| is_outlier(&table.instances[*at])));
        let [middle, wide] = [spread.rounded_median(), spread.rounded_deviation()].map(number);
        let mut row = vec!["instance".to_owned(), name.to_owned(), middle, wide, outliers];
        row.extend(cells);
        row
    };
    let cells = |cell: fn(&InstanceFigures) -> String| rows.instances().map(|(_, figures)| cell(figures)).collect();
    let uptimes = rows.instances().map(|(_, figures)| number(figures.uptime)).collect();
    let growths = rows.instances().map(|(_, figures)| number(figures.growth)).collect();
    let totals = rows.instances().map(|(_, figures)| number(figures.total)).collect();
    let mut lines = vec![
        plain("snapshots", cells(|figures| figures.snapshots.to_string())),
        plain("processes", cells(|figures| figures.processes.to_string())),
        plain("build", cells(|figures| build(figures).to_owned())),
        plain("uptime_ns", uptimes),
        compared("total", &table.totals, |figures| figures.has_outlying_total, totals),
        compared("growth", &table.growths, |figures| figures.has_outlying_growth, growths),
    ];
    lines.extend(table.functions[..subject.wanted(table.functions.len())].iter().map(|function| {
        let mut row = vec!["function".to_owned(), subject.tree().frames().name(function.frame).to_owned()];
        row.extend([function.spread.rounded_median(), function.spread.rounded_deviation()].map(number));
        row.push(names(&mut rows.outliers(function)));
        row.extend(rows.values(function).map(|(value, _)| number(value)));
        row
    }));
    csv::write(out, &heads, lines.into_iter())
}

/// Number of operations that the figures are divided by; `None` for other divisors, which do not change those of one
/// instance.
fn per<'a>(subject: &Subject<'a>) -> Option<&'a Per> {
    Some(&subject.query().per).filter(|per| matches!(per, Per::Operations(_)))
}

/// Line about the window.
fn about(subject: &Subject<'_>, rows: &Rows<'_>) -> String {
    let table = rows.table;
    let members = table.window.snapshots().map(|at| subject.series().snapshots()[at].header.time_nanos);
    let sum = &subject.answer.window_sums[subject.query().sample_type];
    let snapshots = table.instances.iter().map(|figures| figures.snapshots).sum();
    let mut parts = vec![counted(table.instances.len(), "instance"), sum.method.words(snapshots)];
    parts.extend(per(subject).and_then(|_| sum.units_words()));
    parts.extend(span(members));
    parts.retain(|part| !part.is_empty());
    format!("{}: {}", display_name(subject.sample_type().name.shown()), parts.join(", "))
}

/// Suffix of a figure: blank, or the mark of an outlier.
const ENDS: [&str; 2] = ["  ", " !"];

/// Heads of the table of instances.
const COLUMNS: [TextColumn<'static>; 7] = [
    ("total", Align::Right),
    ("growth", Align::Right),
    ("snapshots", Align::Right),
    ("processes", Align::Right),
    ("up", Align::Right),
    ("build", Align::Left),
    ("instance", Align::Left),
];

fn instance_cells(unit: &Unit, name: &SafeText, figures: &InstanceFigures) -> Vec<String> {
    let build = match (build(figures), figures.builds.len()) {
        ("", _) => "-".to_owned(),
        (build, builds) => {
            let shown: String = SafeText::from(build).shown().chars().take(BUILD_DIGITS).collect();
            if builds > 1 { format!("{shown} ({builds} builds)") } else { shown }
        }
    };
    let growth = known(figures.growth, |growth| unit.signed_short(growth));
    vec![
        known(figures.total, |total| unit.short(total)) + ENDS[usize::from(figures.has_outlying_total)],
        growth + ENDS[usize::from(figures.has_outlying_growth)],
        figures.snapshots.to_string(),
        figures.processes.to_string(),
        known(figures.uptime, |uptime| Unit::Nanoseconds.long(uptime)),
        build,
        display_name(name.shown()).to_owned(),
    ]
}

/// Lines of the table of instances, with those of median and spread at the end if there are several instances.
fn instance_lines<'a>(unit: &'a Unit, rows: &'a Rows<'_>) -> impl Iterator<Item = Vec<String>> + 'a {
    let table = rows.table;
    let line = move |total: String, growth: String, name: &str| {
        let mut cells = vec![total + ENDS[0], growth + ENDS[0]];
        cells.extend(["", "", "", "", name].map(str::to_owned));
        cells
    };
    let [totals, growths] = [&table.totals, &table.growths];
    let short = |figure| known(figure, |value| unit.short(value));
    let median_growth = known(growths.rounded_median(), |growth| unit.signed_short(growth));
    let summary = [
        line(short(totals.rounded_median()), median_growth, "median"),
        line(short(totals.rounded_deviation()), short(growths.rounded_deviation()), "spread"),
    ];
    let is_several = table.instances.len() > 1;
    let instances = rows.instances().map(move |(name, figures)| instance_cells(unit, name, figures));
    instances.chain(summary.into_iter().filter(move |_| is_several))
}

/// Columns of the functions: each instance if there are few, else the smallest and the largest value.
fn function_columns<'a>(subject: &Subject<'_>, rows: &'a Rows<'_>) -> Vec<TextColumn<'a>> {
    let mut columns = vec![("median", Align::Right), ("spread", Align::Right)];
    if rows.order.len() <= MOST_COLUMNS {
        columns.extend(rows.instances().map(|(name, _)| (display_name(name.shown()), Align::Right)));
    } else {
        columns.extend([("least", Align::Right), ("largest", Align::Right)]);
    }
    columns.push((head::noun(subject), Align::Left));
    columns
}

fn function_cells(subject: &Subject<'_>, rows: &Rows<'_>, function: &InstanceFunction) -> Vec<String> {
    let unit = subject.unit();
    let short = |figure| known(figure, |value| unit.short(value));
    let mut cells = vec![short(function.spread.rounded_median()), short(function.spread.rounded_deviation())];
    let name = display_name(subject.tree().frames().shown(function.frame)).to_owned();
    let values = || rows.values(function);
    if rows.order.len() <= MOST_COLUMNS {
        cells.extend(values().map(|(value, is_outlier)| short(value) + ENDS[usize::from(is_outlier)]));
        cells.push(name);
        return cells;
    }
    let all = || values().filter_map(|(value, _)| value);
    cells.extend([all().min(), all().max()].map(short));
    let outliers: Vec<String> = rows
        .outliers(function)
        .map(|at| format!("{} {}", display_name(rows.names[at].shown()), short(rows.table.value(function, at))))
        .collect();
    cells.push(if outliers.is_empty() { name } else { format!("{name}  ! {}", outliers.join(", ")) });
    cells
}

/// Meaning of the marks.
fn legend(rows: &Rows<'_>) -> String {
    let limit = rows.table.totals.limit();
    let limit = limit.map_or_else(
        || "two instances or fewer have none".to_owned(),
        |limit| format!("robust z = |x - median| / spread above {limit:.1} among {}", rows.table.totals.count()),
    );
    let noise = if rows.table.has_noise {
        "beyond sampling noise"
    } else {
        "sampling noise is not known, so that an outlier may be chance"
    };
    format!(
        "! outlier: {limit}, {noise}, and at least 1% of the median total; spread = 1.4826 MAD, at least the noise of a value; \
         values are self"
    )
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = &Rows::new(subject)?;
    let unit = &subject.unit();
    let page = &mut Page::new(out, subject.style);
    page.line(&about(subject, rows))?;
    head::filtered(page, subject)?;
    for line in rows.table.headlines(subject.answer) {
        page.heading(&line)?;
    }
    page.line("")?;
    page.table(&COLUMNS, || instance_lines(unit, rows))?;
    page.line("")?;
    let functions = &rows.table.functions;
    let shown = &functions[..subject.wanted(functions.len())];
    let columns = function_columns(subject, rows);
    page.table(&columns, || shown.iter().map(|function| function_cells(subject, rows, function)))?;
    page.line("")?;
    if let Some(note) = left_out(subject, functions.len(), head::noun(subject)) {
        page.line(&note)?;
    }
    page.line(&legend(rows))
}

fn write_markdown(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = &Rows::new(subject)?;
    let unit = &subject.unit();
    markdown::paragraph(out, &format!("{}\n", markdown::escaped(&about(subject, rows))))?;
    if let Some(line) = head::filters(subject) {
        markdown::paragraph(out, &format!("{}\n", markdown::escaped(&line)))?;
    }
    for line in rows.table.headlines(subject.answer) {
        markdown::paragraph(out, &format!("**{}**\n", markdown::escaped(&line)))?;
    }
    let trimmed = |cells: Vec<String>| cells.into_iter().map(|cell| cell.trim_end().to_owned()).collect();
    markdown::table(out, &COLUMNS, instance_lines(unit, rows).map(trimmed))?;
    writeln!(out)?;
    let columns = function_columns(subject, rows);
    let functions = &rows.table.functions;
    let shown = functions[..subject.wanted(functions.len())].iter();
    markdown::table(out, &columns, shown.map(|function| trimmed(function_cells(subject, rows, function))))?;
    markdown::notes(out, left_out(subject, functions.len(), head::noun(subject)))?;
    markdown::paragraph(out, &format!("\n{}", markdown::escaped(&legend(rows))))
}
