//! `report svg`: an icicle in one file that any browser opens, without scripts.
//!
//! The layout is that of the screen, with columns of two pixels: the root is on top, each frame is as wide as its
//! total, and siblings that are too narrow are one counted block. Colours are those of the screen for code owners, or
//! in a comparison for changes, for a dark and a light page.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::analysis::{CallTree, Chains, Change, Presence, Stacks};
use crate::base::ids::{FrameId, NodeId};
use crate::base::safe_text::display_name;
use crate::base::units::{commas_u64, counted, in_parentheses, percent};
use crate::base::width::{cut_end, cut_middle, width};
use crate::layout::icicle::{GatheredBlock, Icicle, IcicleSize, Root, Slot, SlotContent, WeightedTree};

use super::amounts::noise;
use super::frame_tones::FrameTones;
use super::markup::{escaped, label};
use super::palette::Palette;
use super::picture::{head_lines, nothing, width_line};
use super::tone::Tone;
use super::{Report, ReportFormat, ReportScope, Subject};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "svg",
    about: "an icicle as a picture for a browser; with a base, what grew and shrank",
    scope: ReportScope::Window,
    stacks: Stacks::NonZero,
    formats: &[(ReportFormat::Svg, write)],
};

/// Number of columns of the layout, and width of a column in pixels.
const COLUMNS: usize = 600;
const COLUMN: usize = 2;
/// Height of a level, and of a line of text above the icicle, in pixels.
const LEVEL: usize = 18;
const LINE: usize = 18;
/// Margin around the picture in pixels.
const MARGIN: usize = 12;
/// Width of a character in tenths of a pixel: that of the widest common monospaced font at this size.
const CHARACTER: usize = 73;
/// Maximum number of characters in a line of text.
const CHARACTERS: usize = COLUMNS * COLUMN * 10 / CHARACTER;
/// Maximum number of levels that are drawn; the picture is then some 9,000 pixels high.
const DEEPEST: usize = 500;
/// Number of slots after which no further level is drawn: about 5 MB.
const MOST_SLOTS: usize = 20_000;
/// Maximum width of a name in a tooltip, in cells.
const LONGEST_NAME: usize = 300;

fn write(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    if subject.answer.widths.weight(CallTree::ROOT) == 0 {
        return Err(nothing());
    }
    Picture::new(subject).write(out)
}

/// Tree of an answer with the widths of its nodes.
fn weighted_tree<'a>(subject: &Subject<'a>) -> WeightedTree<'a> {
    WeightedTree { answer: subject.answer, chains: Chains::Unfolded }
}

/// Value of a node for display: total with its share and self, or its change.
fn node_words(subject: &Subject<'_>, node: NodeId) -> String {
    let unit = subject.unit();
    let Some(pair) = subject.answer.pair() else {
        let (total, own) = (subject.column().total(node), subject.column().own(node));
        let share = percent(total, subject.whole());
        return format!("{} ({share}), self {}", unit.long(total), unit.long(own));
    };
    let change = pair.total(node);
    let noise = noise(&unit, change.uncertainty.map(|uncertainty| uncertainty.sigma));
    let presence = presence_word(&change).map_or_else(String::new, |word| format!("{word}: "));
    let relative = in_parentheses(change.delta(), change.base);
    format!(
        "{presence}A {}, B {}, {}{relative}{noise}",
        unit.long(change.base),
        unit.long(change.current),
        unit.signed_long(change.delta())
    )
}

/// Word for a node that is in one window alone.
fn presence_word(change: &Change) -> Option<&'static str> {
    match change.presence {
        Presence::Both => None,
        Presence::New => Some("new"),
        Presence::Gone => Some("gone"),
        Presence::Moved => Some("moved"),
    }
}

/// Text of a block of gathered siblings.
fn block_words(subject: &Subject<'_>, block: &GatheredBlock) -> String {
    let unit = subject.unit();
    let value = if subject.base().is_some() { unit.signed_long(block.total) } else { unit.long(block.total) };
    format!("{} more, {value}", commas_u64(block.count as u64))
}

/// Picture of an answer.
struct Picture<'a> {
    subject: &'a Subject<'a>,
    tones: FrameTones<'a>,
    layout: Icicle,
    /// Number of levels of the whole tree.
    levels: usize,
}

impl<'a> Picture<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        let tree = weighted_tree(subject);
        let root = Root { node: CallTree::ROOT, members: None };
        let levels = Icicle::count_levels(&tree, root, COLUMNS, usize::MAX);
        let size = IcicleSize { width: COLUMNS, levels: 0..levels.min(DEEPEST) };
        Self { subject, tones: FrameTones::new(subject), layout: Icicle::lay_known(&tree, root, &size, levels), levels }
    }

    /// Number of levels that are drawn.
    fn drawn(&self) -> usize {
        let (mut slots, mut level) = (0, 0);
        while level < self.layout.shown().end && slots < MOST_SLOTS {
            slots += self.layout.level(level).len();
            level += 1;
        }
        level
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let drawn = self.drawn();
        let mut used: Vec<Tone> = Vec::new();
        for slot in (0..drawn).flat_map(|level| self.layout.level(level)) {
            let tone = slot.node().map_or(Tone::Gathered, |node| self.tones.of_node(node));
            if let Err(at) = used.binary_search(&tone) {
                used.insert(at, tone);
            }
        }
        let is_used = |tone: Tone| used.binary_search(&tone).is_ok();
        let mut lines = head_lines(self.subject);
        let has_owners = self.subject.series().owners().is_some();
        let has_packages = !has_owners && used.iter().filter(|tone| matches!(tone, Tone::Package(_))).count() > 1;
        let packages = if has_packages { "; a colour for each package" } else { "" };
        lines.push(format!("{}{packages}", width_line(self.subject)));
        // A legend entry for the root alone is not needed.
        let mut below_root = (1..drawn).flat_map(|level| self.layout.level(level)).filter_map(Slot::node);
        let has_unknown = below_root.any(|node| self.tones.of_node(node) == Tone::Root);
        let legend = self.tones.legend(|tone| is_used(tone) && (has_unknown || tone != Tone::Root));
        let legend_rows = legend_rows(&legend);
        let top = MARGIN + (lines.len() + 1) * LINE + legend_rows * LINE + LINE / 2;
        let below = self.levels - drawn;
        let height = top + drawn * LEVEL + MARGIN + if below > 0 { LINE } else { 0 };
        let page_width = COLUMNS * COLUMN + 2 * MARGIN;
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{page_width}\" height=\"{height}\" \
             viewBox=\"0 0 {page_width} {height}\" role=\"img\" aria-labelledby=\"title about\">"
        )?;
        writeln!(out, "<title id=\"title\">{}</title>", escaped(&lines[0]))?;
        writeln!(out, "<desc id=\"about\">{}</desc>", escaped(&lines[1..].join("\n")))?;
        let palette = self.subject.palette.map_or_else(Palette::default, Palette::clone);
        let rules = palette.rules(is_used);
        writeln!(
            out,
            "<style>\ntext{{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace}}\
             .title{{font-size:15px;font-weight:bold}}\n{rules}</style>"
        )?;
        writeln!(out, "<rect class=\"page\" width=\"100%\" height=\"100%\"/>")?;
        write_head(out, &lines)?;
        write_legend(out, &legend, MARGIN + lines.len() * LINE + LINE)?;
        writeln!(out, "<g transform=\"translate({MARGIN} {top})\">")?;
        for level in 0..drawn {
            for slot in self.layout.level(level) {
                self.write_slot(out, level, slot)?;
            }
        }
        writeln!(out, "</g>")?;
        if below > 0 {
            let y = top + drawn * LEVEL + LINE - 4;
            let text = counted(below, "deeper level");
            writeln!(out, "<text class=\"dim\" x=\"{MARGIN}\" y=\"{y}\">… {text} not drawn</text>")?;
        }
        writeln!(out, "</svg>")
    }

    fn write_slot(&self, out: &mut dyn Write, level: usize, slot: &Slot) -> io::Result<()> {
        if slot.width == 0 {
            return Ok(());
        }
        let (x, y, pixels) = (slot.x * COLUMN, level * LEVEL, slot.width * COLUMN);
        let room = (pixels.saturating_sub(6)) * 10 / CHARACTER;
        let (tone, title, text) = match slot.what {
            SlotContent::Node(node) => {
                let title = format!("{}\n{}", self.name(node), node_words(self.subject, node));
                (self.tones.of_node(node), title, self.text(node, room))
            }
            SlotContent::Gathered(block) => {
                let words = block_words(self.subject, &block);
                let text = if width(&words) <= room { words.clone() } else { String::new() };
                (Tone::Gathered, words, text)
            }
        };
        write!(
            out,
            "<g class=\"{}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}.5\" height=\"{}\"/>",
            tone.class(),
            escaped(&title),
            pixels - 1,
            LEVEL - 1
        )?;
        if !text.is_empty() {
            write!(out, "<text x=\"{}\" y=\"{}\">{}</text>", x + 3, y + 13, escaped(&text))?;
        }
        writeln!(out, "</g>")
    }

    /// Name of a node for its tooltip.
    fn name(&self, node: NodeId) -> String {
        let (tree, frame) = (self.subject.tree(), self.subject.tree().frame(node));
        let name = if frame == FrameId::ROOT { "all" } else { display_name(tree.frames().shown(frame)) };
        cut_middle(name, LONGEST_NAME).into_owned()
    }

    /// Text in a slot: the longest form of the name that fits, and the value if both fit.
    fn text(&self, node: NodeId, room: usize) -> String {
        let unit = self.subject.unit();
        let (sign, value) = match self.subject.answer.pair() {
            None => ("", unit.short(self.subject.column().total(node))),
            Some(pair) => {
                let change = pair.total(node);
                let sign = match presence_word(&change) {
                    Some("new") => "new ",
                    Some("gone") => "gone ",
                    Some(_) => "moved ",
                    None => "",
                };
                (if width(sign) + 4 <= room { sign } else { "" }, unit.signed_short(change.delta()))
            }
        };
        let name = label(self.subject, self.subject.tree().frame(node), room.saturating_sub(width(sign)));
        if name.is_empty() {
            return String::new();
        }
        let mut text = format!("{sign}{name}");
        if width(&text) + 2 + width(&value) <= room {
            let _ = write!(text, " {value}");
        }
        text
    }
}

fn write_head(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    for (index, line) in lines.iter().enumerate() {
        let class = if index == 0 { "title text" } else { "dim" };
        // The first line is in larger type.
        let room = if index == 0 { CHARACTERS * 4 / 5 } else { CHARACTERS };
        let y = MARGIN + index * LINE + LINE - 4;
        writeln!(out, "<text class=\"{class}\" x=\"{MARGIN}\" y=\"{y}\">{}</text>", escaped(&cut_end(line, room)))?;
    }
    Ok(())
}

/// Width of an entry of the legend in pixels.
fn entry_width(words: &str) -> usize {
    (width(words) + 4) * CHARACTER / 10 + 16
}

/// Places the entries of a legend: the line and the offset in pixels of each.
fn placed(legend: &[(Tone, String)]) -> impl Iterator<Item = (usize, usize, &(Tone, String))> {
    let (mut row, mut x) = (0, 0);
    legend.iter().map(move |entry| {
        let wide = entry_width(&entry.1);
        if x > 0 && x + wide > COLUMNS * COLUMN {
            (row, x) = (row + 1, 0);
        }
        let at = (row, x, entry);
        x += wide;
        at
    })
}

fn legend_rows(legend: &[(Tone, String)]) -> usize {
    placed(legend).last().map_or(0, |(row, _, _)| row + 1)
}

fn write_legend(out: &mut dyn Write, legend: &[(Tone, String)], top: usize) -> io::Result<()> {
    for (row, x, (tone, words)) in placed(legend) {
        let (x, y) = (x + MARGIN, top + row * LINE);
        writeln!(
            out,
            "<g class=\"{}\"><rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\"/></g>\
             <text class=\"dim\" x=\"{}\" y=\"{}\">{}</text>",
            tone.class(),
            x + 18,
            y + 11,
            escaped(words)
        )?;
    }
    Ok(())
}
