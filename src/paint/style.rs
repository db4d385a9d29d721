//! Theme resolved for the capabilities of a terminal.
//!
//! ratatui passes colours on unchanged, so they are reduced to those of the terminal here.

use ratatui::style::{Color, Modifier, Style};

use super::glyphs::GlyphSet;
use crate::base::names::package_number;
use crate::config::colour::ThemeColour;
use crate::config::settings::{Depth, Glyphs};
use crate::config::theme::{Attribute, Role, RoleStyle, Theme};

/// Theme resolved for one terminal: computed when a setting changes, used for every cell.
#[derive(Clone, Debug)]
pub struct Paint {
    styles: [Style; Role::ALL.len()],
    /// Fills of packages; empty without colours.
    fills: Vec<[Style; 2]>,
    glyphs: Glyphs,
}

/// Meaning of the fill of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fill {
    /// Root.
    Root,
    /// Runtime of the language.
    Runtime,
    /// Address without a name.
    Unsymbolized,
    /// Frame too narrow for text.
    Narrow,
    /// Fill of a role: change, self share, or code owner.
    Role(Role),
    /// Fill of a package, as a number that is equal for equal packages.
    Package(u32),
}

impl Fill {
    /// Fill of a package, equal in every run; an empty name means an address without a name.
    pub fn of_package(package: &str) -> Self {
        if package.is_empty() {
            return Self::Unsymbolized;
        }
        Self::Package(package_number(package))
    }
}

/// Shade of a fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shade {
    /// First.
    #[default]
    Plain,
    /// Second, for a neighbour with the same fill.
    Alternate,
}

impl Shade {
    /// Other shade.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Plain => Self::Alternate,
            Self::Alternate => Self::Plain,
        }
    }
}

/// Mark on top of a fill or a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Highlight {
    /// Selected frame or row of the focused pane, on top of all other marks.
    Selected,
    /// Selected frame or row of a pane without focus.
    SelectedUnfocused,
    /// Other node of the selected function.
    SameFunction,
    /// Match of the search.
    Hit,
    /// Block that hides a match.
    HitInside,
}

impl Paint {
    /// Resolves `theme` for a terminal with `depth` and `glyphs`.
    pub fn new(theme: &Theme, depth: Depth, glyphs: Glyphs) -> Self {
        let styles =
            Role::ALL.map(|role| theme.style_of(role).map_or_else(Style::default, |style| resolved(style, depth)));
        let filled = |text: ThemeColour, fill: ThemeColour| {
            let style = Style::new().fg(color(text, depth).unwrap_or(Color::Reset));
            style.bg(color(fill, depth).unwrap_or(Color::Reset))
        };
        let fills = match depth {
            Depth::Mono => Vec::new(),
            // With 16 colours there is no second shade that every palette distinguishes; the edge separates neighbours.
            Depth::Ansi16 => theme.fills16().iter().map(|fill| [filled(theme.text16(), *fill); 2]).collect(),
            _ => theme.fills().iter().map(|shades| shades.map(|fill| filled(theme.text(), fill))).collect(),
        };
        Self { styles, fills, glyphs }
    }

    /// Style of a role.
    pub fn style(&self, role: Role) -> Style {
        // The array has the order of `Role::ALL`.
        self.styles[role as usize]
    }

    /// Style of a frame's fill.
    pub fn fill(&self, fill: Fill, shade: Shade) -> Style {
        match fill {
            Fill::Root => self.style(Role::Root),
            Fill::Runtime => self.style(Role::Runtime),
            Fill::Unsymbolized => self.style(Role::Unsymbolized),
            Fill::Narrow => self.style(Role::Narrow),
            Fill::Role(role) => self.style(role),
            Fill::Package(_) if self.fills.is_empty() => Style::default(),
            Fill::Package(number) => self.fills[number as usize % self.fills.len()][shade as usize],
        }
    }

    /// `style` with a mark on top.
    pub fn mark(&self, style: Style, mark: Highlight) -> Style {
        match mark {
            Highlight::Selected => bare(style).patch(self.style(Role::Selected)),
            Highlight::SelectedUnfocused => bare(style).patch(self.style(Role::SelectedUnfocused)),
            Highlight::SameFunction => style.patch(self.style(Role::SameFunction)),
            // A match must not be dim.
            Highlight::Hit | Highlight::HitInside => style.remove_modifier(Modifier::DIM).patch(self.style(Role::Hit)),
        }
    }

    /// Returns true if there are no colours, so that letters must replace fills.
    pub fn is_plain(&self) -> bool {
        self.fills.is_empty()
    }

    /// Characters for drawing.
    pub fn glyphs(&self) -> &'static GlyphSet {
        GlyphSet::of(self.glyphs)
    }

    /// Character set.
    pub fn charset(&self) -> Glyphs {
        self.glyphs
    }

    /// Returns true if only ASCII may be written.
    pub fn is_ascii(&self) -> bool {
        self.glyphs == Glyphs::Ascii
    }
}

/// Removes attributes of `style` but not its colours: a dim or underlined selection would be harder to see.
fn bare(style: Style) -> Style {
    style.remove_modifier(Modifier::DIM | Modifier::UNDERLINED)
}

/// Style reduced to `depth`.
fn resolved(style: &RoleStyle, depth: Depth) -> Style {
    let (fg, bg) = match depth {
        Depth::Mono => (None, None),
        Depth::Ansi16 => (style.fg16.or(style.fg), style.bg16.or(style.bg)),
        Depth::Indexed256 | Depth::Rgb => (style.fg, style.bg),
    };
    let attributes = match depth {
        Depth::Mono => style.mono.as_ref().or(style.attributes.as_ref()),
        _ => style.attributes.as_ref(),
    };
    let modifier = attributes.into_iter().flatten().map(|attribute| modifier(*attribute)).collect();
    let mut style = Style::new().add_modifier(modifier);
    style.fg = fg.and_then(|colour| color(colour, depth));
    style.bg = bg.and_then(|colour| color(colour, depth));
    style
}

fn modifier(attribute: Attribute) -> Modifier {
    match attribute {
        Attribute::Bold => Modifier::BOLD,
        Attribute::Dim => Modifier::DIM,
        Attribute::Underline => Modifier::UNDERLINED,
        Attribute::Reverse => Modifier::REVERSED,
    }
}

/// Nearest colour of `depth`; `None` for the default of the terminal.
fn color(colour: ThemeColour, depth: Depth) -> Option<Color> {
    let colour = match depth {
        Depth::Mono => return None,
        Depth::Ansi16 => colour.reduced_to_16(),
        Depth::Indexed256 => colour.reduced_to_256(),
        Depth::Rgb => colour,
    };
    match colour {
        ThemeColour::None => None,
        ThemeColour::Rgb(red, green, blue) => Some(Color::Rgb(red, green, blue)),
        ThemeColour::Index(index) => Some(indexed(index)),
    }
}

/// First 16 colours of the palette in order. They have control sequences of their own, the only ones that 16-colour
/// terminals support.
pub const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

fn indexed(index: u8) -> Color {
    NAMED.get(usize::from(index)).copied().unwrap_or(Color::Indexed(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::builtin;

    const DEPTHS: [Depth; 4] = [Depth::Mono, Depth::Ansi16, Depth::Indexed256, Depth::Rgb];

    fn paints() -> impl Iterator<Item = (String, Depth, Paint)> {
        builtin::names().flat_map(|name| {
            DEPTHS.map(|depth| {
                let paint = Paint::new(&builtin::theme(name).unwrap(), depth, Glyphs::Unicode);
                (format!("{name} in {depth:?}"), depth, paint)
            })
        })
    }

    fn is_of(depth: Depth, color: Color) -> bool {
        match color {
            Color::Reset => true,
            Color::Rgb(..) => depth == Depth::Rgb,
            Color::Indexed(_) => depth >= Depth::Indexed256,
            _ => depth >= Depth::Ansi16,
        }
    }

    #[test]
    fn no_style_has_a_colour_that_the_terminal_lacks() {
        for (name, depth, paint) in paints() {
            let fills = paint.fills.iter().flatten().copied();
            for style in paint.styles.into_iter().chain(fills) {
                for color in [style.fg, style.bg].into_iter().flatten() {
                    assert!(is_of(depth, color), "{name}: {color:?}");
                }
                assert!(style.fg.is_some() || style.bg.is_none(), "{name}: a fill sets both colours");
                assert!(depth != Depth::Mono || (style.fg, style.bg) == (None, None), "{name}");
            }
        }
    }

    #[test]
    fn a_role_finds_its_own_style() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, index, "{role:?}");
        }
        let paint = Paint::new(&Theme::default(), Depth::Indexed256, Glyphs::Unicode);
        assert_eq!(paint.style(Role::Dim), Style::new().dim());
        assert_eq!(paint.style(Role::Root), Style::new().fg(Color::Indexed(254)).bg(Color::Indexed(240)));
    }

    #[test]
    fn marks_are_told_apart_without_colours() {
        for (name, _, paint) in paints() {
            let plain = paint.fill(Fill::of_package("net/http"), Shade::Plain);
            let marks = [Highlight::Selected, Highlight::SameFunction, Highlight::Hit]
                .map(|mark| paint.mark(plain, mark).add_modifier);
            assert!(marks[0].contains(Modifier::BOLD), "{name}");
            let selected = paint.mark(plain, Highlight::Selected);
            assert!(selected.bg.is_some() || marks[0].contains(Modifier::REVERSED), "{name}");
            let mono =
                [Highlight::Selected, Highlight::SameFunction, Highlight::Hit].map(|mark| paint.mark(plain, mark));
            assert!(mono[0] != mono[1] && mono[1] != mono[2] && mono[0] != mono[2], "{name}");
            assert!(mono.iter().all(|style| *style != plain), "{name}");
        }
    }

    #[test]
    fn neighbours_of_one_package_have_two_shades() {
        let paint = Paint::new(&Theme::default(), Depth::Indexed256, Glyphs::Unicode);
        for number in 0..20 {
            let fill = Fill::Package(number);
            assert_ne!(paint.fill(fill, Shade::Plain), paint.fill(fill, Shade::Plain.other()));
        }
        assert_eq!(Fill::of_package(""), Fill::Unsymbolized);
        assert_eq!(Fill::of_package("net/http"), Fill::of_package("net/http"));
    }
}
