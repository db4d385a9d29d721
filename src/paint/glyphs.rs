//! Characters for drawing, each one cell wide, and their replacements in ASCII.

use crate::config::settings::Glyphs;

/// Characters for drawing, one for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlyphSet {
    /// Left edge of a frame, in place of its leading blank.
    pub edge: &'static str,
    /// First cell of the selection.
    pub open: &'static str,
    /// Last cell of the selection.
    pub close: &'static str,
    /// Selection in a single cell.
    pub block: &'static str,
    /// Gathered block.
    pub gathered: &'static str,
    /// Separator of the names of a path.
    pub crumb: &'static str,
    /// Mark before a caller of the zoomed frame.
    pub ancestor: &'static str,
    /// Sorted in descending order.
    pub sort_down: &'static str,
    /// Sorted in ascending order.
    pub sort_up: &'static str,
    /// Something stands above.
    pub above: &'static str,
    /// Something stands below.
    pub below: &'static str,
    /// Horizontal rule.
    pub horizontal: &'static str,
    /// Vertical rule between panes.
    pub vertical: &'static str,
    /// Thin vertical line between words.
    pub separator: &'static str,
    /// Ellipsis.
    pub ellipsis: &'static str,
    /// Mark before the selected row.
    pub cursor: &'static str,
    /// Separator of the items of a line.
    pub dot: &'static str,
    /// Mark before a frame with a negative total.
    pub minus: &'static str,
    /// Arrow from one item to another.
    pub arrow: &'static str,
    /// Mark between a function and its caller.
    pub called_by: &'static str,
    /// Eighths of a cell filled from the left, one to eight; in ASCII, cells at least half full are filled.
    pub eighths: [&'static str; 8],
    /// Heights of a line over time, one to eight eighths; in ASCII with fewer levels.
    pub spark: [&'static str; 8],
    /// Ends of an interval of time.
    pub span: [&'static str; 2],
    /// Eighths of a cell filled from the bottom, one to eight; in ASCII, cells at least half full are filled.
    pub risen: [&'static str; 8],
    /// Label mark on the vertical axis of a plot.
    pub tick: &'static str,
    /// Crossing of the axes of a plot.
    pub origin: &'static str,
    /// Mark before a warning.
    pub alert: &'static str,
}

const UNICODE: GlyphSet = GlyphSet {
    edge: "▏",
    open: "[",
    close: "]",
    block: " ",
    gathered: "┊",
    crumb: "›",
    ancestor: "┆",
    sort_down: "▼",
    sort_up: "▲",
    above: "▲",
    below: "▼",
    horizontal: "─",
    vertical: "║",
    separator: "│",
    ellipsis: "…",
    cursor: ">",
    dot: "·",
    minus: "−",
    arrow: "→",
    called_by: "‹",
    eighths: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    span: ["╰", "╯"],
    risen: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    tick: "┤",
    origin: "└",
    alert: "!",
};

const ASCII: GlyphSet = GlyphSet {
    edge: "|",
    open: "[",
    close: "]",
    block: "#",
    gathered: ":",
    crumb: ">",
    ancestor: ":",
    sort_down: ">",
    sort_up: "<",
    above: "^",
    below: "v",
    horizontal: "-",
    vertical: "|",
    separator: "|",
    ellipsis: "~",
    cursor: ">",
    dot: "|",
    minus: "-",
    arrow: ">",
    called_by: "<",
    eighths: [" ", " ", " ", "#", "#", "#", "#", "#"],
    spark: ["_", "_", ".", ".", "-", "=", "=", "#"],
    span: ["[", "]"],
    risen: [" ", " ", " ", "#", "#", "#", "#", "#"],
    tick: "|",
    origin: "+",
    alert: "!",
};

/// Blanks, except the characters by which rows are recognized when the screen is converted to words.
const PLAIN: GlyphSet = GlyphSet {
    edge: " ",
    open: " ",
    close: " ",
    block: " ",
    gathered: " ",
    crumb: ">",
    ancestor: " ",
    sort_down: " ",
    sort_up: " ",
    above: " ",
    below: " ",
    horizontal: " ",
    vertical: " ",
    separator: " ",
    ellipsis: "…",
    cursor: ">",
    dot: ",",
    minus: "-",
    arrow: "→",
    called_by: "‹",
    eighths: [" "; 8],
    spark: [" "; 8],
    span: [" "; 2],
    risen: [" "; 8],
    tick: "┤",
    origin: "└",
    alert: "!",
};

impl GlyphSet {
    /// Characters of a set.
    pub fn of(glyphs: Glyphs) -> &'static Self {
        match glyphs {
            Glyphs::Unicode => &UNICODE,
            Glyphs::Ascii => &ASCII,
            Glyphs::Plain => &PLAIN,
        }
    }
}

/// Usual signs in ASCII for a character that one ASCII character does not replace well; `None` for other characters.
pub fn signs_in_ascii(letter: &str) -> Option<&'static str> {
    match letter {
        "→" => Some("->"),
        "←" => Some("<-"),
        "±" => Some("+-"),
        "√" => Some("sqrt"),
        "σ" => Some("sigma"),
        _ => None,
    }
}

/// ASCII replacement of a character, one cell wide.
pub fn in_ascii(letter: char) -> char {
    match letter {
        ' '..='~' => letter,
        '…' | '±' => '~',
        '–' | '—' | '−' | '─' | '═' => '-',
        '│' | '║' | '▏' | '┤' | '·' => '|',
        '└' => '+',
        '›' | '→' => '>',
        '‹' | '←' => '<',
        '▼' | '↓' => 'v',
        '▲' | '↑' => '^',
        '┊' | '┆' => ':',
        '×' => 'x',
        '÷' => '/',
        '•' => '*',
        'Δ' => 'D',
        'λ' => 'L',
        'σ' => 's',
        '▋' | '▊' | '▉' | '█' | '▌' => '#',
        _ if letter.is_whitespace() => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::width::width;

    fn all(set: &GlyphSet) -> Vec<&'static str> {
        let named = [
            set.edge,
            set.open,
            set.close,
            set.block,
            set.gathered,
            set.crumb,
            set.ancestor,
            set.sort_down,
            set.sort_up,
            set.above,
            set.below,
            set.horizontal,
            set.vertical,
            set.separator,
            set.ellipsis,
            set.cursor,
            set.dot,
            set.minus,
            set.arrow,
            set.tick,
            set.origin,
            set.alert,
        ];
        named.into_iter().chain(set.eighths).chain(set.spark).chain(set.risen).collect()
    }

    #[test]
    fn every_glyph_is_one_cell() {
        for set in [&UNICODE, &ASCII, &PLAIN] {
            assert!(all(set).into_iter().all(|glyph| width(glyph) == 1));
        }
        assert!(all(&ASCII).into_iter().all(str::is_ascii));
        for glyph in all(&UNICODE) {
            assert!(glyph.chars().all(|letter| in_ascii(letter).is_ascii()));
        }
    }
}
