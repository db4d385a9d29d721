//! Data of a page, as JSON that contains no markup.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::analysis::{Answer, Flat, Trends};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::{FrameId, NodeId};
use crate::base::safe_text::display_name;
use crate::base::units::{Unit, share};
use crate::base::width::cut_middle;

use super::pruned::{NodeSums, PageLimits, PageNode, PageNodeKind, PageTypes, pruned};
use super::{SMALL, Subject};
use crate::report::frame_tones::FrameTones;
use crate::report::source::{self, ListedText};
use crate::report::tone::Tone;
use crate::report::{json, leaks};

/// Maximum number of functions in the table.
const MOST_ROWS: usize = 300;
/// Minimum share of the total, in some sample type, of a function in the table of a large profile.
const LEAST_ROW: f64 = 0.001;
/// Maximum number of functions in the trend, and of points in a line.
const MOST_TRENDS: usize = 20;
const MOST_POINTS: usize = 120;

/// Data of a page.
#[derive(Serialize)]
pub(super) struct PageData {
    schema: &'static str,
    chosen: usize,
    compared: bool,
    /// True if nodes are left out; `least` is the minimum share of the nodes that are there.
    pruned: bool,
    least: String,
    types: Vec<PageType>,
    /// Names; the first is the root's.
    names: Vec<String>,
    /// Classes of tones; `tone` has the index of each name's tone, `changes` the class of each letter of a change.
    tones: Vec<String>,
    tone: Vec<usize>,
    changes: BTreeMap<char, String>,
    legend: Vec<(String, String)>,
    /// Depth of each node in preorder; `frame` has the index of its name, or minus the number of siblings that are left
    /// out.
    depth: Vec<usize>,
    frame: Vec<i64>,
    /// Index of a function's name, then its self and total now and in the base for each sample type.
    rows: Vec<PageRow>,
    #[serde(rename = "moreRows")]
    more_rows: usize,
    trend: Option<PageTrend>,
    sources: Vec<PageSource>,
}

/// Lines of a function with the text of its file.
#[derive(Serialize)]
struct PageSource {
    title: String,
    file: String,
    text: String,
}

/// Sample type with the figures of all nodes.
#[derive(Serialize)]
struct PageType {
    name: String,
    kind: &'static str,
    unit: String,
    factor: u64,
    whole: i64,
    marks: [i64; 2],
    values: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    base: Vec<i64>,
    /// Widths of the nodes; `None` if they are the magnitudes of the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    widths: Option<Vec<u64>>,
    /// Letter of the change of each node.
    #[serde(skip_serializing_if = "String::is_empty")]
    changes: String,
}

/// Index of a function's name, and the figures of the function for each sample type.
type PageRow = (usize, Vec<[i64; 4]>);

/// Trend of the sample type of the report.
#[derive(Serialize)]
struct PageTrend {
    words: String,
    line: Vec<i64>,
    /// Index of the name, status, first and last value, and line of each function.
    rows: Vec<(usize, &'static str, i64, i64, Vec<i64>)>,
}

/// Interned names of a page.
struct PageNames<'a> {
    subject: &'a Subject<'a>,
    tones: &'a FrameTones<'a>,
    /// Maximum width of a name in cells.
    columns: usize,
    /// Index of each frame's name; `None` if the name is not in the page yet.
    index: Vec<Option<usize>>,
    names: Vec<String>,
    tone_of: Vec<usize>,
    known: Vec<Tone>,
}

impl PageNames<'_> {
    fn of(&mut self, frame: FrameId) -> usize {
        if let Some(index) = self.index[frame.index()] {
            return index;
        }
        let name = if frame == FrameId::ROOT { "all" } else { display_name(self.subject.tree().frames().shown(frame)) };
        let tone = self.tones.of_frame(frame);
        let at = self.known.iter().position(|known| *known == tone).unwrap_or_else(|| {
            self.known.push(tone);
            self.known.len() - 1
        });
        self.names.push(cut_middle(name, self.columns).into_owned());
        self.tone_of.push(at);
        self.index[frame.index()] = Some(self.names.len() - 1);
        self.names.len() - 1
    }
}

impl PageData {
    /// Collects the data within the limits.
    pub(super) fn new(subject: &Subject<'_>, types: &PageTypes, limits: PageLimits) -> Self {
        let tones = FrameTones::new(subject);
        let nodes = pruned(subject.tree(), types, limits);
        let mut names = PageNames {
            subject,
            tones: &tones,
            columns: limits.max_name_width,
            index: vec![None; subject.tree().frames().len()],
            names: Vec::new(),
            tone_of: Vec::new(),
            known: Vec::new(),
        };
        names.of(FrameId::ROOT);
        let frame = |names: &mut PageNames<'_>, node: &PageNode| match &node.kind {
            PageNodeKind::Node(node) => names.of(subject.tree().frame(*node)) as i64,
            PageNodeKind::More(count, _) => -(*count as i64),
        };
        let frames: Vec<i64> = nodes.iter().map(|node| frame(&mut names, node)).collect();
        let (rows, more_rows) = rows(subject, types, limits.min_share, &mut names);
        let trend = trend(subject, &mut names);
        // A legend entry for the root alone is not needed.
        let has_unknown = names.tone_of.iter().skip(1).any(|at| names.known[*at] == Tone::Root);
        let is_used = |tone: Tone| names.known.contains(&tone) && (has_unknown || tone != Tone::Root);
        Self {
            schema: "heapglass.page/1",
            chosen: types.chosen,
            compared: subject.base().is_some(),
            pruned: nodes.iter().any(|node| matches!(node.kind, PageNodeKind::More(..))),
            least: share(limits.min_share),
            types: (0..types.answers.len()).map(|at| PageType::new(types, at, &nodes)).collect(),
            tones: names.known.iter().map(|tone| tone.class()).collect(),
            changes: change_letters().map(|(letter, tone)| (letter, tone.class())).collect(),
            legend: tones.legend(is_used).into_iter().map(|(tone, words)| (tone.class(), words)).collect(),
            depth: nodes.iter().map(|node| node.depth).collect(),
            frame: frames,
            rows,
            more_rows,
            trend,
            sources: sources(subject, limits),
            tone: names.tone_of,
            names: names.names,
        }
    }

    /// JSON without the characters that begin markup.
    ///
    /// # Errors
    /// No error in practice: the bytes are written to memory.
    pub(super) fn json(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        json::write(&mut bytes, self)?;
        // In JSON these characters occur only in strings.
        let mut safe = Vec::with_capacity(bytes.len());
        for byte in bytes {
            match byte {
                b'<' | b'>' | b'&' => safe.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                byte => safe.push(byte),
            }
        }
        Ok(safe)
    }
}

/// Letter of each tone of a change.
fn change_letters() -> impl Iterator<Item = (char, Tone)> {
    "abc=xyz".chars().zip(Tone::ROLES)
}

impl PageType {
    fn new(types: &PageTypes, at: usize, nodes: &[PageNode]) -> Self {
        let (index, answer) = &types.answers[at];
        let sample_type = &answer.series.sample_types()[*index];
        let (kind, factor) = match Unit::of(sample_type.unit.raw()) {
            Unit::Bytes => ("bytes", 1),
            Unit::BytesTimes(factor) => ("bytes", factor),
            Unit::Count => ("count", 1),
            Unit::Nanoseconds => ("time", 1),
            Unit::NanosecondsTimes(factor) => ("time", factor),
            Unit::Other(_) => ("other", 1),
        };
        let sums: Vec<NodeSums> = nodes
            .iter()
            .map(|node| match &node.kind {
                PageNodeKind::Node(node) => NodeSums::of(answer, *node),
                PageNodeKind::More(_, sums) => sums[at],
            })
            .collect();
        let has_widths = sums.iter().any(|sums| sums.width != sums.total.unsigned_abs());
        let tone = |node: &PageNode| match &node.kind {
            PageNodeKind::Node(node) => letter(answer, *node),
            PageNodeKind::More(..) => '.',
        };
        let is_compared = answer.base.is_some();
        Self {
            name: display_name(sample_type.name.shown()).to_owned(),
            kind,
            unit: display_name(sample_type.unit.shown()).to_owned(),
            factor,
            whole: answer.column.abs_share_base(),
            marks: answer.base.as_ref().map_or([0; 2], |base| base.changes.color_steps),
            base: if is_compared { sums.iter().map(|sums| sums.base).collect() } else { Vec::new() },
            widths: has_widths.then(|| sums.iter().map(|sums| sums.width).collect()),
            changes: if is_compared { nodes.iter().map(tone).collect() } else { String::new() },
            values: sums.iter().map(|sums| sums.total).collect(),
        }
    }
}

/// Letter of the change of a node.
fn letter(answer: &Answer, node: NodeId) -> char {
    let tone = answer
        .pair()
        .zip(answer.base.as_ref())
        .map_or(Tone::Same, |(pair, base)| Tone::of_change(&pair.total(node), base.changes.color_steps));
    change_letters().find(|(_, known)| *known == tone).map_or('=', |(letter, _)| letter)
}

/// Figures of a sample type by frame: now, and in the base.
struct TypeFlats {
    now: Flat,
    base: Option<Flat>,
    whole: f64,
}

impl TypeFlats {
    /// Self and total now, then in the base.
    fn figures(&self, frame: FrameId) -> [i64; 4] {
        let base = self.base.as_ref();
        [
            self.now.own(frame),
            self.now.total(frame),
            base.map_or(0, |base| base.own(frame)),
            base.map_or(0, |base| base.total(frame)),
        ]
    }

    fn share(&self, frame: FrameId) -> f64 {
        let size = self.figures(frame).iter().map(|figure| figure.unsigned_abs()).max().unwrap_or(0);
        size as f64 / self.whole
    }
}

/// Rows of the table, the largest share first, and the number of functions that are left out.
fn rows(subject: &Subject<'_>, types: &PageTypes, least: f64, names: &mut PageNames<'_>) -> (Vec<PageRow>, usize) {
    let tree = subject.tree();
    let flats: Vec<TypeFlats> = types
        .answers
        .iter()
        .map(|(_, answer)| TypeFlats {
            now: Flat::by_frame(tree, &answer.column),
            base: answer.base.as_ref().map(|base| Flat::by_frame(tree, &base.column)),
            whole: answer.widths.weight(NodeId::ROOT).max(1) as f64,
        })
        .collect();
    let share = |frame: FrameId| flats.iter().map(|flats| flats.share(frame)).fold(0.0, f64::max);
    let mut found: Vec<(f64, FrameId)> =
        tree.frames().ids().skip(1).map(|frame| (share(frame), frame)).filter(|(share, _)| *share > 0.0).collect();
    let all = found.len();
    let least = if tree.len() <= SMALL { least } else { least.max(LEAST_ROW) };
    found.retain(|(share, _)| *share >= least);
    found.compact_sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    found.truncate(MOST_ROWS);
    let rows =
        found.iter().map(|(_, frame)| (names.of(*frame), flats.iter().map(|flats| flats.figures(*frame)).collect()));
    let rows: Vec<_> = rows.collect();
    let left = all - rows.len();
    (rows, left)
}

/// Listings of the subject, up to the size limit.
fn sources(subject: &Subject<'_>, limits: PageLimits) -> Vec<PageSource> {
    let mut room = limits.max_source_bytes;
    let mut shown = Vec::new();
    for ListedText { title, file, text } in source::listed_texts(subject).unwrap_or_default() {
        let Some(left) = room.checked_sub(title.len() + file.len() + text.len()) else { break };
        room = left;
        shown.push(PageSource { title, file, text });
    }
    shown
}

/// Trend of a series; `None` for one snapshot, in a comparison, or if no trend can be computed.
fn trend(subject: &Subject<'_>, names: &mut PageNames<'_>) -> Option<PageTrend> {
    let window = subject.query().window;
    if subject.base().is_some() || window.count() < 2 {
        return None;
    }
    let trends = Trends::over(subject.answer, window).ok()?;
    let rows = trends
        .rows
        .iter()
        .take(MOST_TRENDS)
        .map(|row| (names.of(row.frame), row.status.word(), row.first, row.last, points(&trends.line(row))));
    let rows: Vec<_> = rows.collect();
    Some(PageTrend { words: leaks::headline(subject, &trends).join("; "), line: points(&trends.total.line), rows })
}

/// Line with at most [`MOST_POINTS`] points, its last one among them.
fn points(line: &[i64]) -> Vec<i64> {
    let step = line.len().div_ceil(MOST_POINTS).max(1);
    let last = line.len().saturating_sub(1);
    let points = line.iter().enumerate().filter(|(at, _)| (last - at).is_multiple_of(step));
    points.map(|(_, value)| *value).collect()
}
