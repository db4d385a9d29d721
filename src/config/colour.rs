//! Colours of themes: their names and RGB values.

use serde::Deserialize;

/// Names of the terminal's eight colours in palette order; the prefix `bright-` adds eight.
const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/// RGB values of the first 16 colours in xterm. Other terminals use other values.
const XTERM: [Rgb; 16] = [
    (0x00, 0x00, 0x00),
    (0xcd, 0x00, 0x00),
    (0x00, 0xcd, 0x00),
    (0xcd, 0xcd, 0x00),
    (0x00, 0x00, 0xee),
    (0xcd, 0x00, 0xcd),
    (0x00, 0xcd, 0xcd),
    (0xe5, 0xe5, 0xe5),
    (0x7f, 0x7f, 0x7f),
    (0xff, 0x00, 0x00),
    (0x00, 0xff, 0x00),
    (0xff, 0xff, 0x00),
    (0x5c, 0x5c, 0xff),
    (0xff, 0x00, 0xff),
    (0x00, 0xff, 0xff),
    (0xff, 0xff, 0xff),
];

/// Red, green and blue.
pub type Rgb = (u8, u8, u8);

/// Colour of a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ColourSpelling")]
pub enum ThemeColour {
    /// Default of the terminal.
    None,
    /// Index in the 256-colour palette; the first 16 are defined by the terminal.
    Index(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// Colour as written: an index, or a word.
#[derive(Deserialize)]
#[serde(untagged)]
enum ColourSpelling {
    Index(i64),
    Word(String),
}

/// Invalid colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour: write an index from 0 to 255, `#rrggbb`, a name such as `bright-red`, or `none`")]
pub struct ColourError(String);

impl TryFrom<ColourSpelling> for ThemeColour {
    type Error = ColourError;

    fn try_from(written: ColourSpelling) -> Result<Self, ColourError> {
        match written {
            ColourSpelling::Index(index) => {
                u8::try_from(index).map(Self::Index).map_err(|_| ColourError(index.to_string()))
            }
            ColourSpelling::Word(word) => Self::parse(&word),
        }
    }
}

impl ThemeColour {
    /// Parses a colour.
    ///
    /// # Errors
    /// [`ColourError`] if `word` is no colour.
    pub fn parse(word: &str) -> Result<Self, ColourError> {
        let lower = word.to_ascii_lowercase();
        if lower == "none" || lower == "default" {
            return Ok(Self::None);
        }
        let (name, bright) = lower.strip_prefix("bright-").map_or((lower.as_str(), 0), |name| (name, 8));
        if let Some(place) = NAMES.iter().position(|known| *known == name) {
            return Ok(Self::Index(place as u8 + bright));
        }
        let hex = lower.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
            Some(code) => Ok(Self::Rgb((code >> 16) as u8, (code >> 8) as u8, code as u8)),
            None => Err(ColourError(word.to_owned())),
        }
    }

    /// RGB value, for the first 16 that of xterm; `None` for [`ThemeColour::None`].
    pub fn rgb(self) -> Option<Rgb> {
        match self {
            Self::None => None,
            Self::Rgb(red, green, blue) => Some((red, green, blue)),
            Self::Index(index) => Some(palette(index)),
        }
    }

    /// Nearest of the 240 colours that no terminal redefines.
    pub fn reduced_to_256(self) -> Self {
        match self {
            Self::Rgb(red, green, blue) => Self::Index(nearest((red, green, blue), 16..=255)),
            other => other,
        }
    }

    /// Nearest of the first eight colours, which every colour terminal has.
    pub fn reduced_to_16(self) -> Self {
        match self.rgb() {
            Some(rgb) if !matches!(self, Self::Index(0..16)) => Self::Index(nearest(rgb, 0..=7)),
            _ => self,
        }
    }
}

/// RGB value in the 256-colour palette: 16 of the terminal, a cube of 216, and 24 greys.
fn palette(index: u8) -> Rgb {
    match index {
        0..16 => XTERM[usize::from(index)],
        16..232 => {
            let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
            let cube = index - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// Palette index in `range` nearest to `rgb`.
fn nearest(rgb: Rgb, range: std::ops::RangeInclusive<u8>) -> u8 {
    let distance = |index: &u8| {
        let (red, green, blue) = palette(*index);
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(red, rgb.0) + square(green, rgb.1) + square(blue, rgb.2)
    };
    range.min_by_key(distance).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_every_spelling() {
        let cases = [
            ("red", ThemeColour::Index(1)),
            ("Bright-White", ThemeColour::Index(15)),
            ("none", ThemeColour::None),
            ("#ff8700", ThemeColour::Rgb(0xff, 0x87, 0)),
        ];
        for (word, colour) in cases {
            assert_eq!(ThemeColour::parse(word), Ok(colour), "{word}");
        }
        for word in ["", "#ff", "#gggggg", "bright-", "reddish", "#+12345"] {
            assert!(ThemeColour::parse(word).is_err(), "{word}");
        }
    }

    #[test]
    fn the_palette_is_xterms() {
        let cases = [(16, (0, 0, 0)), (202, (0xff, 0x5f, 0)), (231, (255, 255, 255)), (250, (0xbc, 0xbc, 0xbc))];
        for (index, rgb) in cases {
            assert_eq!(palette(index), rgb, "{index}");
        }
    }

    #[test]
    fn a_colour_of_the_palette_is_its_own_nearest() {
        for index in 16..=255 {
            let (red, green, blue) = palette(index);
            let ThemeColour::Index(found) = ThemeColour::Rgb(red, green, blue).reduced_to_256() else {
                panic!("no index")
            };
            assert_eq!(palette(found), palette(index));
        }
        assert_eq!(ThemeColour::Rgb(0xfe, 0x01, 0x02).reduced_to_16(), ThemeColour::Index(1));
        assert_eq!(ThemeColour::Index(202).reduced_to_16(), ThemeColour::Index(1));
        assert_eq!(ThemeColour::Index(12).reduced_to_16(), ThemeColour::Index(12), "a name is taken at its word");
        assert_eq!(ThemeColour::None.reduced_to_16(), ThemeColour::None);
    }
}
