//! Texts of the trend.

use crate::analysis::trend::GrowthFinding;
use crate::analysis::{CurveShape, FunctionTrend, NoTrend, TrendStatus, Trends};
use crate::base::ids::NodeId;
use crate::base::safe_text;
use crate::base::units::{self, Unit, commas_u64, counted, counted_as};
use crate::base::width::{fit_lines, width};
use crate::view::context::ViewContext;
use crate::view::keys::KeyRef;
use crate::view::timeline::state::TimelineEventKind;
use crate::view::trend::state::{TrendData, TrendOrder, TrendRows, TrendState};
use crate::view::words;

/// Returns true if the growth of a row is significant, unless the sample type is a counter, which always grows.
pub fn is_suspect(trends: &Trends, row: &FunctionTrend) -> bool {
    row.is_suspect() && !trends.is_counter()
}

/// Verdict on a row: `suspect`, or the shape of its line.
pub fn verdict(trends: &Trends, row: &FunctionTrend) -> &'static str {
    match (row.status, row.shape) {
        _ if is_suspect(trends, row) => "suspect",
        (status @ (TrendStatus::Growing | TrendStatus::Settled), _) if !trends.is_counter() => status.word(),
        (TrendStatus::Noise, _) if !trends.is_counter() => "noise",
        (_, CurveShape::Noise { .. }) => "noise",
        (_, shape) => shape.word(),
    }
}

/// Instance of a row; `None` if there is only one instance.
fn instance(trends: &Trends, row: &FunctionTrend) -> Option<usize> {
    Some(trends.lanes.get(row.lane)?.instance).filter(|_| trends.instances() > 1)
}

/// Function of a row with its instance if there are several, in up to `cells` cells. The instance has the cells that the
/// function leaves, and at least a third of all.
pub fn function(context: &ViewContext, trends: &Trends, row: &FunctionTrend, cells: usize) -> String {
    let label = context.label(row.frame, cells);
    let Some(instance) = instance(trends, row) else { return label.into_owned() };
    let name = words::instance(&context.answer.series, instance, beside(&label, 1, cells));
    format!("{} {name}", context.label(row.frame, cells.saturating_sub(width(&name) + 1)))
}

/// Full name of the function of a row, and its instance if there are several.
pub fn function_and_instance(context: &ViewContext, trends: &Trends, row: &FunctionTrend, cells: usize) -> String {
    let name = safe_text::display_name(context.name(row.frame)).to_owned();
    let Some(instance) = instance(trends, row) else { return name };
    let instance = words::instance(&context.answer.series, instance, beside(&name, " in ".len(), cells));
    format!("{name} in {instance}")
}

/// Cells for the name of an instance after another name.
fn beside(name: &str, between: usize, cells: usize) -> usize {
    cells.saturating_sub(width(name) + between).max(cells / 3)
}

/// Slope per hour, or per snapshot without times.
pub fn slope(unit: &Unit, row: &FunctionTrend) -> String {
    unit.signed_short(row.steepness as i64)
}

/// Facts on the total of all functions, the most important first.
pub fn total(context: &ViewContext, trends: &Trends) -> Vec<String> {
    let (unit, line) = (context.unit(), &trends.total.line);
    let ends = [line.first(), line.last()].map(|value| unit.long(value.copied().unwrap_or(0)));
    let mut words = vec![format!("{} → {}", ends[0], ends[1])];
    if let Some(finding) = trends.findings.first().filter(|_| !trends.is_counter()) {
        let more =
            if trends.findings.len() > 1 { format!(" +{} more", trends.findings.len() - 1) } else { String::new() };
        let cause = context.label(finding.cause, MAX_CALLER_NAME_WIDTH);
        let (grows, _) = trends.growth_words();
        words.push(format!("{cause} {grows} ({}){more}", finding.growth(&unit)));
    }
    words.extend(trends.total.slope.map(|slope| format!("{}/h", unit.signed_long(slope as i64))));
    if let instances @ 2.. = trends.instances() {
        words.push(format!("{instances} instances"));
    }
    // The plot marks the start of a process with these signs.
    for (kind, noun) in [(TimelineEventKind::Restart, "restart"), (TimelineEventKind::Deploy, "deploy")] {
        let is_of_kind = |at: &usize| TimelineEventKind::of(context.answer, trends.window.first + at) == kind;
        match trends.restarts().filter(is_of_kind).count() {
            0 => {}
            count => words.push(format!("{} ({})", counted(count, noun), kind.sign())),
        }
    }
    let snapshots = format!("{} snapshots", commas_u64(trends.snapshots() as u64));
    words.push(match trends.span {
        0 => snapshots,
        span => format!("{snapshots} over {}", Unit::Nanoseconds.long(span)),
    });
    words.push(format!("tau {:+.2}", trends.total.tau));
    words
}

/// Evidence for the verdict on a row with its caveat, in the longest form that fits `cells`.
pub fn evidence(context: &ViewContext, trends: &Trends, row: &FunctionTrend, cells: usize) -> String {
    let evidence = row.shape.evidence(&context.unit());
    let grows = matches!(row.shape, CurveShape::Grows { .. } | CurveShape::Steps { by: 1.., .. });
    let caveats: Vec<String> = if trends.is_counter() {
        let counts = "counted since its process began, it can only rise";
        vec![
            format!("{counts}: the slope is how fast it allocates"),
            counts.to_owned(),
            "a counter only rises".to_owned(),
        ]
    } else if row.status == TrendStatus::Suspect {
        ["suspected leak; a filling cache looks the same", "suspected leak"].map(str::to_owned).to_vec()
    } else if row.status == TrendStatus::Growing || row.is_undecided {
        let more =
            trends.more_snapshots.map(|more| format!("too few snapshots to tell it from chance: {more} more would do"));
        more.into_iter().chain(["too few snapshots to judge".to_owned()]).collect()
    } else if row.status == TrendStatus::Settled {
        vec!["it grew beyond chance and has stopped".to_owned(), "it has stopped".to_owned()]
    } else if row.status == TrendStatus::Noise {
        vec!["within sampling noise".to_owned()]
    } else if grows {
        let functions = commas_u64(trends.rows.len() as u64);
        vec![format!("not beyond chance, with {functions} functions looked at"), "not beyond chance".to_owned()]
    } else {
        Vec::new()
    };
    let lines = caveats.into_iter().map(|caveat| format!("{evidence}; {caveat}"));
    lines.into_iter().find(|line| width(line) <= cells).unwrap_or(evidence)
}

/// Share of a cause in the growth, as a word beside the shapes of functions.
pub fn cause_share(finding: &GrowthFinding) -> String {
    format!("cause {}", part(finding))
}

fn part(finding: &GrowthFinding) -> String {
    units::percent((finding.share * 1000.0).round() as i64, 1000)
}

/// Evidence for a cause: its growth, and the functions that grow under it, in the longest form that fits `cells`.
pub fn cause_evidence(context: &ViewContext, finding: &GrowthFinding, cells: usize) -> String {
    let delta = finding.growth(&context.unit());
    let growth = format!("{delta}, {} of what grew", part(finding));
    let all = finding.functions.len();
    let forms = [3, 2, 1].into_iter().filter(|shown| *shown <= all).map(|shown| {
        let names: Vec<_> =
            finding.functions.iter().take(shown).map(|frame| context.label(*frame, MAX_CALLER_NAME_WIDTH)).collect();
        let more = if all > shown { format!(" and {} more", all - shown) } else { String::new() };
        format!("{growth}, in {}{more}", names.join(", "))
    });
    forms.into_iter().chain([growth.clone()]).find(|form| width(form) <= cells).unwrap_or(delta)
}

/// Figures of a cause.
pub fn cause_figures(context: &ViewContext, finding: &GrowthFinding) -> Vec<String> {
    let unit = context.unit();
    let ends = [finding.line.first(), finding.line.last()].map(|value| unit.long(value.copied().unwrap_or(0)));
    let functions = counted_as(finding.functions.len(), "function grows under it", "functions grow under it");
    let open = context.keys.of(KeyRef::ShowPlace);
    vec![format!("{} → {}", ends[0], ends[1]), functions, format!("{open} shows them")]
}

/// Figures of a row.
pub fn figures(context: &ViewContext, row: &FunctionTrend) -> Vec<String> {
    let unit = context.unit();
    let mut words = vec![format!("{} → {}", unit.long(row.first), unit.long(row.last))];
    words.extend(row.slope.map(|slope| format!("{}/h", unit.signed_long(slope as i64))));
    words.push(format!("tau {:+.2}", row.tau));
    words.push(if row.p_value < 0.001 { format!("p {:.0e}", row.p_value) } else { format!("p {:.3}", row.p_value) });
    if row.share > 0.0 {
        words.push(format!("{:.1}% of what grew", row.share * 100.0));
    }
    words
}

/// Callers of a node in at most `cells`; without room, the outermost are left out.
pub fn path(context: &ViewContext, node: NodeId, arrow: &str, ellipsis: &str, cells: usize) -> String {
    let tree = &context.answer.tree;
    let callers = std::iter::successors(tree.parent(node), |node| tree.parent(*node));
    let callers: Vec<NodeId> = callers.filter(|node| tree.parent(*node).is_some()).collect();
    let mut path = String::new();
    for (index, caller) in callers.iter().enumerate() {
        // A single long name must not take up all cells.
        let name =
            context.label(tree.frame(*caller), (cells / 3).clamp(MAX_CALLER_NAME_WIDTH / 2, MAX_CALLER_NAME_WIDTH));
        let joined = if path.is_empty() { name.into_owned() } else { format!("{name} {arrow} {path}") };
        // An ellipsis marks callers that are left out.
        let spare = if index + 1 < callers.len() { width(ellipsis) + width(arrow) + 2 } else { 0 };
        if width(&joined) + spare > cells {
            let cut = format!("{ellipsis} {arrow} {path}");
            return if path.is_empty() || width(&cut) > cells { path } else { cut };
        }
        path = joined;
    }
    path
}

/// Maximum width of a caller's name in cells, as in the breadcrumb.
const MAX_CALLER_NAME_WIDTH: usize = 28;

/// Text that replaces a missing table, wrapped to `cells`.
pub fn missing(context: &ViewContext, data: &TrendData, cells: usize) -> Vec<String> {
    fit_lines(&missing_lines(context, data), cells)
}

fn missing_lines(context: &ViewContext, data: &TrendData) -> Vec<String> {
    match data {
        TrendData::Pending => vec!["reading the trend".to_owned()],
        TrendData::Trends(_) => Vec::new(),
        TrendData::Missing(why) => {
            let mut reason = safe_text::safe_str(&why.to_string()).into_owned();
            if let Some(first) = reason.get(..1).map(str::to_uppercase) {
                reason.replace_range(..1, &first);
            }
            let help = match why {
                NoTrend::OneEach(_) => vec![
                    format!("{} compares the instances.", context.keys.of(KeyRef::ViewInstances)),
                    "Files of a directory that are named one by one (`snapshots/*`) are one series.".to_owned(),
                ],
                NoTrend::Single => vec![
                    "Give a folder of snapshots, or several files of one process:".to_owned(),
                    "  heapglass snapshots/".to_owned(),
                    "  heapglass 1.pb.gz 2.pb.gz 3.pb.gz".to_owned(),
                    "About ten snapshots tell growth from chance.".to_owned(),
                ],
                NoTrend::Changes(_) if context.answer.series.sample_types().len() > 1 => {
                    let next = context.keys.of(KeyRef::NextType);
                    vec![format!("{next} shows another sample type; what is held, as in-use is, has a trend.")]
                }
                NoTrend::Changes(_) => Vec::new(),
                NoTrend::Limit(_) => vec!["--max-memory raises the limit.".to_owned()],
            };
            [vec![format!("{reason}.")], help].concat()
        }
    }
}

/// Status: position of the selected row, order, number of suspects.
pub fn status(context: &ViewContext, state: &TrendState) -> String {
    let Some(trends) = state.trends() else { return String::new() };
    let by = match state.sorted_by() {
        TrendOrder::Weight => "steady growth",
        TrendOrder::Slope => "slope",
        TrendOrder::Tau => "tau",
        TrendOrder::First => "first",
        TrendOrder::Last => "last",
        TrendOrder::Name => "name",
    };
    let suspects = trends.with_status(TrendStatus::Suspect).count();
    let suspects = match suspects {
        _ if trends.is_counter() => "a counter".to_owned(),
        0 if trends.more_snapshots.is_some() => {
            format!("{} more snapshots would tell", trends.more_snapshots.unwrap_or_default())
        }
        0 => "no suspect".to_owned(),
        count => match state.suspects_above() {
            0 => counted(count, "suspect"),
            above if above == count => format!("{} above", counted(count, "suspect")),
            above => format!("{}, {above} above", counted(count, "suspect")),
        },
    };
    let causes = state.causes();
    let count = commas_u64((state.len() - causes) as u64);
    let functions = match (state.listed(), state.len() - causes) {
        (TrendRows::All, 1) => "function",
        (TrendRows::All, _) => "functions",
        (TrendRows::Growing, 1) => "growing function",
        (TrendRows::Growing, _) => "growing functions",
    };
    match state.len() {
        0 if state.listed() == TrendRows::Growing => {
            format!("no {functions}, {} shows all", context.keys.of(KeyRef::Growing))
        }
        0 if context.answer.query.filters.is_empty() => format!("no {functions}"),
        0 => format!("no {functions} pass the filters, {} removes the last", context.keys.of(KeyRef::Back)),
        _ if state.cursor().at < causes => match causes {
            1 => format!("the cause, {count} {functions} below, {suspects}"),
            _ => format!("cause {} of {causes}, {count} {functions} below, {suspects}", state.cursor().at + 1),
        },
        _ => format!(
            "{} of {count} {functions} by {by}, {suspects}",
            commas_u64((state.cursor().at - causes) as u64 + 1)
        ),
    }
}
