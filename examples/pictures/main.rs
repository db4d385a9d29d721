//! Draws the pictures of the README from screens of the program: `cargo run --example pictures`.
//!
//! A screen is drawn without a terminal. Each cell becomes a part of an SVG: fills become rectangles, and runs of text
//! in one style become text of fixed length, so that columns align in any font.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use color_eyre::eyre::Result;
use heapglass::play::{Cell, CellColour, Depth, Options, ScreenText, Session};

/// Width and height of a cell, in units of the picture.
const CELL: (usize, usize) = (8, 17);
/// Baseline of the text, from the top of the row.
const BASELINE: usize = 13;
/// Margin around the screen.
const MARGIN: usize = 12;
/// Background of a dark terminal.
const PAPER: &str = "#16181d";
const INK: &str = "#d7dae0";

/// Picture: name, sources, base, size, and the keys that lead to it.
struct Picture {
    name: &'static str,
    sources: &'static [&'static str],
    base: &'static [&'static str],
    size: (u16, u16),
    keys: &'static str,
}

const PICTURES: &[Picture] = &[
    Picture {
        name: "icicle",
        sources: &["demo:after"],
        base: &[],
        size: (132, 34),
        keys: "Down Down Down Down Down Down Down",
    },
    Picture { name: "difference", sources: &["demo:after"], base: &["demo:before"], size: (132, 34), keys: "." },
    Picture { name: "sides", sources: &["demo:after"], base: &["demo:before"], size: (132, 30), keys: "4 ." },
    Picture { name: "trend", sources: &["tests/data/shop-series"], base: &[], size: (132, 34), keys: "5" },
];

fn main() -> Result<()> {
    let folder = Path::new("assets/pictures");
    fs::create_dir_all(folder)?;
    for picture in PICTURES {
        let (width, height) = picture.size;
        let options = Options { width, height, depth: Depth::Rgb, ..Options::default() };
        let mut session = match picture.base {
            [] => Session::open(picture.sources, options)?,
            base => Session::compare(picture.sources, base, options)?,
        };
        for key in picture.keys.split_whitespace() {
            session.key(key)?;
        }
        fs::write(folder.join(picture.name).with_extension("svg"), svg(&session.frame()))?;
    }
    Ok(())
}

/// Picture of a screen.
fn svg(screen: &ScreenText) -> String {
    let width = usize::from(screen.width()) * CELL.0 + 2 * MARGIN;
    let height = usize::from(screen.height()) * CELL.1 + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"13\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{PAPER}\"/>\n"
    );
    for y in 0..screen.height() {
        let cells: Vec<Cell> = (0..screen.width()).filter_map(|x| screen.cell(x, y)).collect();
        let top = MARGIN + usize::from(y) * CELL.1;
        for (x, run) in runs(&cells, |one, other| look(one).1 == look(other).1) {
            let (left, width) = (MARGIN + x * CELL.0, run.len() * CELL.0);
            if let Some(fill) = look(&run[0]).1 {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{fill}\"/>",
                    CELL.1
                );
            }
        }
        for (x, run) in runs(&cells, |one, other| style(one) == style(other)) {
            for (at, word) in runs(run, |one, other| kind(one) == kind(other)) {
                let left = MARGIN + (x + at) * CELL.0;
                match kind(&word[0]) {
                    Kind::Blank => {}
                    Kind::Text => text(&mut svg, (left, top + BASELINE), word),
                    Kind::Block => {
                        (0..).zip(word).for_each(|(at, cell)| block(&mut svg, (left + at * CELL.0, top), cell));
                    }
                }
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Runs of equal cells, each with its first column.
fn runs<'a>(
    cells: &'a [Cell<'a>],
    same: impl Fn(&Cell, &Cell) -> bool + 'a,
) -> impl Iterator<Item = (usize, &'a [Cell<'a>])> {
    let mut x = 0;
    cells.chunk_by(same).map(move |run| {
        x += run.len();
        (x - run.len(), run)
    })
}

/// Block characters that grow from the bottom of a cell, in eighths.
const FROM_BELOW: &str = "▁▂▃▄▅▆▇█";
/// Block characters that grow from the left of a cell, in eighths.
const FROM_LEFT: &str = "▏▎▍▌▋▊▉";

/// Kind of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Text,
    /// Partly filled; drawn as a rectangle, since fonts differ in their block characters.
    Block,
}

fn kind(cell: &Cell) -> Kind {
    match cell.symbol {
        symbol if symbol.trim().is_empty() => Kind::Blank,
        symbol if FROM_BELOW.contains(symbol) || FROM_LEFT.contains(symbol) => Kind::Block,
        _ => Kind::Text,
    }
}

/// Draws a partly filled cell.
fn block(svg: &mut String, (left, top): (usize, usize), cell: &Cell) {
    let eighths = |blocks: &str| Some(1.0 + blocks.chars().position(|block| cell.symbol.starts_with(block))? as f64);
    let (width, height) = (CELL.0 as f64, CELL.1 as f64);
    let (width, height) = match (eighths(FROM_BELOW), eighths(FROM_LEFT)) {
        (Some(high), _) => (width, height * high / 8.0),
        (None, Some(wide)) => (width * wide / 8.0, height),
        (None, None) => return,
    };
    let top = top as f64 + CELL.1 as f64 - height;
    let ink = look(cell).0;
    let _ = writeln!(svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{ink}\"/>");
}

/// Draws a run of text. Each word is positioned separately, so that it starts in its column in any font.
fn text(svg: &mut String, (left, baseline): (usize, usize), run: &[Cell]) {
    let symbols: String = run.iter().map(|cell| cell.symbol).collect();
    let symbols = symbols.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let length = run.len() * CELL.0;
    let weight = if run[0].is_bold() { " font-weight=\"bold\"" } else { "" };
    let faint = if run[0].is_dim() { " opacity=\"0.6\"" } else { "" };
    let line = if run[0].is_underlined() { " text-decoration=\"underline\"" } else { "" };
    let ink = look(&run[0]).0;
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{baseline}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" \
         fill=\"{ink}\"{weight}{faint}{line}>{symbols}</text>"
    );
}

/// Style shared by the cells of a run of text.
fn style(cell: &Cell) -> (String, Option<String>, [bool; 3]) {
    let (ink, fill) = look(cell);
    (ink, fill, [cell.is_bold(), cell.is_dim(), cell.is_underlined()])
}

/// Colour of the 256-colour palette.
fn indexed(index: u8) -> String {
    const OWN: [&str; 16] = [
        "#000000", "#cc3333", "#33aa55", "#bb9922", "#4477cc", "#aa55aa", "#33a0a8", "#d0d0d0", "#707070", "#ff6655",
        "#66cc77", "#eecc44", "#77aaff", "#dd88dd", "#66d0d8", "#ffffff",
    ];
    let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    match index {
        0..16 => OWN[usize::from(index)].to_owned(),
        16..232 => {
            let [red, green, blue] = [(index - 16) / 36, (index - 16) / 6 % 6, (index - 16) % 6].map(step);
            format!("#{red:02x}{green:02x}{blue:02x}")
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

/// Visible colours of a cell: text, and background unless it is the default.
fn look(cell: &Cell) -> (String, Option<String>) {
    let named = |colour: CellColour| match colour {
        CellColour::Default => None,
        CellColour::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        CellColour::Indexed(index) => Some(indexed(index)),
    };
    let (text, fill) = (named(cell.text), named(cell.fill));
    if cell.is_reversed() {
        return (fill.unwrap_or_else(|| PAPER.to_owned()), Some(text.unwrap_or_else(|| INK.to_owned())));
    }
    (text.unwrap_or_else(|| INK.to_owned()), fill)
}
