//! The characters that the screen is drawn with, each one cell wide, and their stand-ins in ASCII.

use crate::config::settings::Glyphs;

/// One character for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlyphSet {
    /// The left edge of a frame, in the place of its leading space.
    pub edge: &'static str,
    /// The first cell of what is selected.
    pub open: &'static str,
    /// The last cell of what is selected.
    pub close: &'static str,
    /// What is selected and has no room for two brackets.
    pub block: &'static str,
    /// Frames gathered into one block.
    pub gathered: &'static str,
    /// Between the names of a path.
    pub crumb: &'static str,
    /// Before a caller of the zoomed frame.
    pub ancestor: &'static str,
    /// Sorted from the largest down.
    pub sort_down: &'static str,
    /// Sorted from the smallest up.
    pub sort_up: &'static str,
    /// A horizontal rule.
    pub horizontal: &'static str,
    /// A vertical rule between panes.
    pub vertical: &'static str,
    /// A thin vertical line between words.
    pub separator: &'static str,
    /// Where text was left out.
    pub ellipsis: &'static str,
    /// Before the selected row.
    pub cursor: &'static str,
    /// Between items of a line.
    pub dot: &'static str,
    /// Before a frame whose total is negative.
    pub minus: &'static str,
    /// From one to the other.
    pub arrow: &'static str,
    /// Eighths of a cell filled from the left, one to eight; in ASCII a cell is full from its half on.
    pub eighths: [&'static str; 8],
    /// Heights of a line over time, one to eight eighths; in ASCII fewer can be told apart.
    pub spark: [&'static str; 8],
    /// The ends of a stretch of time.
    pub span: [&'static str; 2],
    /// Eighths of a cell filled from its foot, one to eight; in ASCII a cell is full from its half on.
    pub risen: [&'static str; 8],
    /// A figure at the vertical axis of a plot.
    pub tick: &'static str,
    /// Where the axes of a plot meet.
    pub origin: &'static str,
    /// Before what asks for attention.
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
    horizontal: "─",
    vertical: "║",
    separator: "│",
    ellipsis: "…",
    cursor: ">",
    dot: "·",
    minus: "−",
    arrow: "→",
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
    sort_down: "v",
    sort_up: "^",
    horizontal: "-",
    vertical: "|",
    separator: "|",
    ellipsis: "~",
    cursor: ">",
    dot: "*",
    minus: "-",
    arrow: ">",
    eighths: [" ", " ", " ", "#", "#", "#", "#", "#"],
    spark: ["_", "_", ".", ".", "-", "=", "=", "#"],
    span: ["[", "]"],
    risen: [" ", " ", " ", "#", "#", "#", "#", "#"],
    tick: "|",
    origin: "+",
    alert: "!",
};

impl GlyphSet {
    /// The characters of a set.
    pub fn of(glyphs: Glyphs) -> &'static Self {
        match glyphs {
            Glyphs::Unicode => &UNICODE,
            Glyphs::Ascii => &ASCII,
        }
    }
}

/// What stands for a letter or sign that ASCII lacks.
pub fn in_ascii(letter: char) -> char {
    match letter {
        ' '..='~' => letter,
        '…' | '±' => '~',
        '–' | '—' | '−' | '─' | '═' => '-',
        '│' | '║' | '▏' | '┤' => '|',
        '└' => '+',
        '›' | '→' => '>',
        '‹' | '←' => '<',
        '▼' | '↓' => 'v',
        '▲' | '↑' => '^',
        '┊' | '┆' => ':',
        '·' | '×' | '•' => '*',
        'Δ' => 'D',
        'λ' => 'L',
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
        for set in [&UNICODE, &ASCII] {
            assert!(all(set).into_iter().all(|glyph| width(glyph) == 1));
        }
        assert!(all(&ASCII).into_iter().all(str::is_ascii));
        for glyph in all(&UNICODE) {
            assert!(glyph.chars().all(|letter| in_ascii(letter).is_ascii()));
        }
    }
}
