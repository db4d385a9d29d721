//! What the trend says, in words.

use crate::analysis::timeline::Nature;
use crate::analysis::trend::{FunctionTrend, LEAST_SNAPSHOTS};
use crate::analysis::{CurveShape, NoTrend, Trends};
use crate::base::clean;
use crate::base::ids::NodeId;
use crate::base::units::{Unit, commas_u64};
use crate::base::width::{fitting, width};
use crate::view::context::ViewContext;
use crate::view::keys::Mention;
use crate::view::trend::state::{TrendData, TrendOrder, TrendRows, TrendState};

/// Whether the figures count from the beginning of a process: such a line always rises, and nobody is suspected for it.
pub fn is_counter(look: &ViewContext, trends: &Trends) -> bool {
    let answer = look.answer;
    answer.timeline.nature(&answer.series, trends.sample_type, trends.window) == Nature::Counter
}

/// Whether a row is to be marked.
pub fn is_suspect(look: &ViewContext, trends: &Trends, row: &FunctionTrend) -> bool {
    row.is_significant && !is_counter(look, trends)
}

/// The word for what a row is: a suspect, or else the shape of its line.
pub fn verdict(look: &ViewContext, trends: &Trends, row: &FunctionTrend) -> &'static str {
    match row.shape {
        _ if is_suspect(look, trends, row) => "suspect",
        CurveShape::Noise { .. } => "noise",
        shape => shape.word(),
    }
}

/// How fast something grew, as a cell says it; by snapshot where times are not said.
pub fn slope(unit: &Unit, row: &FunctionTrend) -> String {
    unit.signed_short(row.steepness as i64)
}

/// What all functions held together: the most telling first, for a line that has room for some of it.
pub fn whole(look: &ViewContext, trends: &Trends) -> Vec<String> {
    let (unit, line) = (look.unit(), &trends.total.line);
    let ends = [line.first(), line.last()].map(|value| unit.long(value.copied().unwrap_or(0)));
    let mut words = vec![format!("{} → {}", ends[0], ends[1])];
    words.extend(trends.total.slope.map(|slope| format!("{}/h", unit.signed_long(slope as i64))));
    if let processes @ 2.. = trends.segments.len() {
        // The plot marks where one begins by this letter.
        words.push(format!("{processes} processes (R)"));
    }
    let snapshots = format!("{} snapshots", commas_u64(trends.window.count() as u64));
    words.push(match trends.span {
        0 => snapshots,
        span => format!("{snapshots} over {}", Unit::Nanoseconds.long(span)),
    });
    words.push(format!("tau {:+.2}", trends.total.tau));
    words
}

/// What speaks for the selected row, and how far it goes: the longest of the ways to say it that fits `cells`.
pub fn evidence(look: &ViewContext, trends: &Trends, row: &FunctionTrend, cells: usize) -> String {
    let seen = row.shape.evidence(&look.unit());
    let grows = matches!(row.shape, CurveShape::Grows { .. } | CurveShape::Steps { by: 1.., .. });
    let caveats: Vec<String> = if is_counter(look, trends) {
        let counts = "counted since its process began, it can only rise";
        vec![
            format!("{counts}: the slope is how fast it allocates"),
            counts.to_owned(),
            "a counter only rises".to_owned(),
        ]
    } else if row.is_significant {
        let alike = "a filling cache looks alike";
        vec![format!("a suspicion, no proof: {alike}"), format!("no proof: {alike}"), "no proof of a leak".to_owned()]
    } else if grows && trends.window.count() < LEAST_SNAPSHOTS {
        let least = format!("{LEAST_SNAPSHOTS} snapshots can");
        vec![format!("too few snapshots to tell it from chance: {least}"), "too few snapshots to judge".to_owned()]
    } else if grows {
        let functions = commas_u64(trends.rows.len() as u64);
        vec![format!("not beyond chance, with {functions} functions looked at"), "not beyond chance".to_owned()]
    } else {
        Vec::new()
    };
    let lines = caveats.into_iter().map(|caveat| format!("{seen}; {caveat}"));
    lines.into_iter().find(|line| width(line) <= cells).unwrap_or(seen)
}

/// The figures of the selected row.
pub fn figures(look: &ViewContext, row: &FunctionTrend) -> Vec<String> {
    let unit = look.unit();
    let mut words = vec![format!("{} → {}", unit.long(row.first), unit.long(row.last))];
    words.extend(row.slope.map(|slope| format!("{}/h", unit.signed_long(slope as i64))));
    words.push(format!("tau {:+.2}", row.tau));
    words.push(if row.p_value < 0.001 { format!("p {:.0e}", row.p_value) } else { format!("p {:.3}", row.p_value) });
    if row.share > 0.0 {
        words.push(format!("{:.1}% of what grew", row.share * 100.0));
    }
    words
}

/// The callers of the place that grew most, the outermost left out where there is no room.
pub fn path(look: &ViewContext, node: NodeId, (arrow, ellipsis): (&str, &str), cells: usize) -> String {
    let tree = &look.answer.tree;
    let callers = std::iter::successors(tree.parent(node), |node| tree.parent(*node));
    let callers: Vec<NodeId> = callers.filter(|node| tree.parent(*node).is_some()).collect();
    let mut path = String::new();
    for (index, caller) in callers.iter().enumerate() {
        // One long name must not be all there is.
        let name = look.label(tree.frame(*caller), (cells / 3).clamp(NAME / 2, NAME));
        let joined = if path.is_empty() { name.into_owned() } else { format!("{name} {arrow} {path}") };
        // What is left out further up needs room for the mark that says so.
        let spare = if index + 1 < callers.len() { width(ellipsis) + width(arrow) + 2 } else { 0 };
        if width(&joined) + spare > cells {
            let cut = format!("{ellipsis} {arrow} {path}");
            return if path.is_empty() || width(&cut) > cells { path } else { cut };
        }
        path = joined;
    }
    path
}

/// Cells that a caller's name gets at most, as among the crumbs.
const NAME: usize = 28;

/// What stands in the place of the table while there is none, in so many cells.
pub fn nothing(look: &ViewContext, found: &TrendData, cells: usize) -> Vec<String> {
    fitting(&missing(look, found), cells)
}

fn missing(look: &ViewContext, found: &TrendData) -> Vec<String> {
    match found {
        TrendData::Reading => vec!["reading the trend".to_owned()],
        TrendData::Trends(_) => Vec::new(),
        TrendData::Nothing(why) => {
            let mut reason = clean::safe_str(&why.to_string()).into_owned();
            if let Some(first) = reason.get(..1).map(str::to_uppercase) {
                reason.replace_range(..1, &first);
            }
            let help = match why {
                NoTrend::Single => vec![
                    "Give a folder of snapshots, or several files of one process:".to_owned(),
                    "  heapglass snapshots/".to_owned(),
                    "  heapglass 1.pb.gz 2.pb.gz 3.pb.gz".to_owned(),
                    format!("From {LEAST_SNAPSHOTS} snapshots on, growth can be told from chance."),
                ],
                NoTrend::Changes(_) if look.answer.series.sample_types().len() > 1 => {
                    let next = look.keys.of(Mention::NextType);
                    vec![format!("{next} shows another sample type; what is held, as in-use is, has a trend.")]
                }
                NoTrend::Changes(_) => Vec::new(),
                NoTrend::Limit(_) => vec!["--max-memory raises the limit.".to_owned()],
            };
            [vec![format!("{reason}.")], help].concat()
        }
    }
}

/// What stands in the status: which row it is, by what order, and how many are suspects.
pub fn status(look: &ViewContext, state: &TrendState) -> String {
    let Some(trends) = state.trends() else { return String::new() };
    let by = match state.sorted_by() {
        TrendOrder::Weight => "slope × tau",
        TrendOrder::Slope => "slope",
        TrendOrder::Tau => "tau",
        TrendOrder::First => "first",
        TrendOrder::Last => "last",
        TrendOrder::Name => "name",
    };
    let suspects = trends.rows.iter().filter(|row| row.is_significant).count();
    let suspects = match suspects {
        _ if is_counter(look, trends) => "a counter".to_owned(),
        0 => "no suspect".to_owned(),
        1 => "1 suspect".to_owned(),
        count => format!("{} suspects", commas_u64(count as u64)),
    };
    let count = commas_u64(state.count() as u64);
    let what = match state.listed() {
        TrendRows::All => "functions",
        TrendRows::Growing => "growing functions",
    };
    match state.count() {
        0 => format!("no {what}, {} shows all", look.keys.of(Mention::Growing)),
        _ => format!("{} of {count} {what} by {by}, {suspects}", commas_u64(state.at() as u64 + 1)),
    }
}
