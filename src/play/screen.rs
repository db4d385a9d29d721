//! Screen of a session: characters in cells with their styles.

use std::fmt;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::paint::NAMED;

/// Screen: rows of styled cells. Displays as text, without the blanks at the ends of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenText {
    pub(super) buffer: Buffer,
}

/// Colour of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellColour {
    /// Default of the terminal.
    Default,
    /// Index in the 256-colour palette; users redefine the first sixteen.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// Cell of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Text.
    pub symbol: &'a str,
    /// Foreground.
    pub text: CellColour,
    /// Background.
    pub fill: CellColour,
    modifier: Modifier,
}

impl Cell<'_> {
    /// Returns true if foreground and background are swapped.
    pub fn is_reversed(&self) -> bool {
        self.modifier.contains(Modifier::REVERSED)
    }

    /// Returns true for a cell of the selection in the default theme: reversed without colours, else on its fills.
    pub fn is_selected(&self) -> bool {
        const FILLS: [CellColour; 3] =
            [CellColour::Indexed(184), CellColour::Indexed(11), CellColour::Rgb(0xd7, 0xd7, 0x00)];
        self.is_reversed() || self.is_bold() && FILLS.contains(&self.fill)
    }

    /// Returns true for bold text.
    pub fn is_bold(&self) -> bool {
        self.modifier.contains(Modifier::BOLD)
    }

    /// Returns true for dim text.
    pub fn is_dim(&self) -> bool {
        self.modifier.contains(Modifier::DIM)
    }

    /// Returns true for underlined text.
    pub fn is_underlined(&self) -> bool {
        self.modifier.contains(Modifier::UNDERLINED)
    }
}

impl ScreenText {
    /// Row with the path to the selection: the first one below the header that begins with the root.
    pub fn crumbs(&self) -> String {
        (1..5.min(self.height())).map(|y| self.row(y)).find(|row| row.starts_with(" all")).unwrap_or_default()
    }

    /// Columns.
    pub fn width(&self) -> u16 {
        self.buffer.area.width
    }

    /// Rows.
    pub fn height(&self) -> u16 {
        self.buffer.area.height
    }

    /// Cell; `None` outside of the screen.
    pub fn cell(&self, x: u16, y: u16) -> Option<Cell<'_>> {
        let cell = self.buffer.cell((x, y))?;
        let (text, fill) = (colour(cell.fg), colour(cell.bg));
        Some(Cell { symbol: cell.symbol(), text, fill, modifier: cell.modifier })
    }

    /// Row as text, without the blanks at its end.
    pub fn row(&self, y: u16) -> String {
        let mut row = String::new();
        let mut x = 0;
        while let Some(cell) = self.buffer.cell((x, y)) {
            row.push_str(cell.symbol());
            // A wide character takes the next cell too.
            x += u16::try_from(crate::base::width::width(cell.symbol())).unwrap_or(1).max(1);
        }
        row.trim_end().to_owned()
    }
}

impl fmt::Display for ScreenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.height()).try_for_each(|y| writeln!(f, "{}", self.row(y)))
    }
}

/// Converts a colour. The sixteen named ones are the first of the palette.
fn colour(color: Color) -> CellColour {
    match color {
        Color::Reset => CellColour::Default,
        Color::Indexed(index) => CellColour::Indexed(index),
        Color::Rgb(red, green, blue) => CellColour::Rgb(red, green, blue),
        named => CellColour::Indexed(NAMED.iter().position(|other| *other == named).unwrap_or_default() as u8),
    }
}
