//! Colours of pictures and pages, for a dark and for a light background.
//!
//! The default colours are those of the themes `default` and `light`, and a test compares them: without the feature
//! `cli` there is no reader of themes.

use std::fmt::Write as _;

use super::tone::{PACKAGES, Tone};
use crate::analysis::ChangeStrength;

/// Colours for both kinds of background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    dark: Scheme,
    light: Scheme,
}

/// Colours for one kind of background.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scheme {
    /// Fills, in the order of [`Tone::ROLES`].
    roles: [TextOnFill; Tone::ROLES.len()],
    /// Fills of packages.
    packages: Vec<TextOnFill>,
}

/// Colours of a fill and of the text on it, as 24-bit RGB; `None` for the background and text colour of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TextOnFill {
    fill: Option<u32>,
    text: Option<u32>,
}

const fn black_on(fill: u32) -> TextOnFill {
    TextOnFill { fill: Some(fill), text: Some(0) }
}

/// Page colours: background, text, less important text, line.
const DARK_PAGE: [u32; 4] = [0x0016_181d, 0x00e8_e8e8, 0x00a0_a4ac, 0x0044_4a55];
const LIGHT_PAGE: [u32; 4] = [0x00ff_ffff, 0x001b_1b1b, 0x005c_6068, 0x00c4_c8d0];

/// Fills of packages in the themes `default` and `light`.
const DARK_PACKAGES: [u32; PACKAGES as usize] = [
    0x0087_d7af,
    0x00d7_af87,
    0x00af_d7d7,
    0x00d7_afd7,
    0x00af_d787,
    0x00d7_d787,
    0x00af_afd7,
    0x00d7_afaf,
    0x00af_d75f,
    0x0087_afaf,
];
const LIGHT_PACKAGES: [u32; PACKAGES as usize] = [
    0x005f_af87,
    0x00d7_875f,
    0x005f_afaf,
    0x00af_87af,
    0x0087_af5f,
    0x00af_af5f,
    0x0087_87d7,
    0x00af_8787,
    0x0087_af00,
    0x005f_87af,
];

/// Fills that differ between dark and light pages.
struct PageFills {
    standard: u32,
    runtime: u32,
    unsymbolized: u32,
    root: TextOnFill,
    gathered: TextOnFill,
}

const DARK_FILLS: PageFills = PageFills {
    standard: 0x005f_87af,
    runtime: 0x008a_8a8a,
    unsymbolized: 0x0094_9494,
    root: TextOnFill { fill: Some(0x0058_5858), text: Some(0x00e4_e4e4) },
    gathered: TextOnFill { fill: Some(0x0044_4444), text: Some(0x00bc_bcbc) },
};

const LIGHT_FILLS: PageFills = PageFills {
    standard: 0x005f_87af,
    runtime: 0x00b2_b2b2,
    unsymbolized: 0x009e_9e9e,
    root: TextOnFill { fill: Some(0x00da_dada), text: Some(0x0000_0000) },
    gathered: TextOnFill { fill: Some(0x00e4_e4e4), text: Some(0x0058_5858) },
};

impl Default for Palette {
    fn default() -> Self {
        let dark = Scheme::usual(&DARK_FILLS, &DARK_PACKAGES);
        let light = Scheme::usual(&LIGHT_FILLS, &LIGHT_PACKAGES);
        Self { dark, light }
    }
}

impl Scheme {
    /// Default colours, with the given fills that differ between dark and light pages.
    fn usual(fills: &PageFills, packages: &[u32]) -> Self {
        let roles = Tone::ROLES.map(|tone| match tone {
            Tone::Root | Tone::Package(_) => fills.root,
            Tone::Gathered => fills.gathered,
            Tone::FirstParty => black_on(0x0087_d787),
            Tone::Vendor => black_on(0x00d7_afd7),
            Tone::Standard => black_on(fills.standard),
            Tone::Runtime => black_on(fills.runtime),
            Tone::Unsymbolized => black_on(fills.unsymbolized),
            Tone::Same => black_on(0x00bc_bcbc),
            Tone::Grew(ChangeStrength::Light) => black_on(0x00ff_d7d7),
            Tone::Grew(ChangeStrength::Medium) => black_on(0x00ff_af87),
            Tone::Grew(ChangeStrength::Strong) => black_on(0x00ff_5f00),
            Tone::Shrank(ChangeStrength::Light) => black_on(0x00d7_d7ff),
            Tone::Shrank(ChangeStrength::Medium) => black_on(0x0087_afff),
            Tone::Shrank(ChangeStrength::Strong) => black_on(0x0000_87ff),
        });
        Self { roles, packages: packages.iter().map(|fill| black_on(*fill)).collect() }
    }

    fn of(&self, tone: Tone) -> TextOnFill {
        match tone {
            Tone::Package(number) if !self.packages.is_empty() => {
                self.packages[usize::from(number) % self.packages.len()]
            }
            tone => {
                let at = Tone::ROLES.iter().position(|known| *known == tone);
                at.map_or_else(TextOnFill::default, |at| self.roles[at])
            }
        }
    }
}

impl Palette {
    /// Style sheet rules for the tones that `used` accepts: the light scheme, and the dark scheme for readers who
    /// prefer it.
    pub(super) fn rules(&self, used: impl Fn(Tone) -> bool) -> String {
        let mut rules = scheme_rules(&self.light, LIGHT_PAGE, &used);
        let dark = scheme_rules(&self.dark, DARK_PAGE, &used);
        let _ = write!(rules, "@media (prefers-color-scheme:dark){{\n{dark}}}\n");
        rules
    }
}

fn scheme_rules(scheme: &Scheme, page: [u32; 4], used: &impl Fn(Tone) -> bool) -> String {
    let [background, text, dim, line] = page;
    let mut rules = format!(
        ":root{{--page:#{background:06x};--text:#{text:06x};--dim:#{dim:06x};--line:#{line:06x}}}\n\
         .page{{fill:#{background:06x}}}.text{{fill:#{text:06x}}}.dim{{fill:#{dim:06x}}}\n"
    );
    let packages = (0..PACKAGES).map(Tone::Package);
    for tone in Tone::ROLES.into_iter().chain(packages).filter(|tone| used(*tone)) {
        let TextOnFill { fill, text: over } = scheme.of(tone);
        // A frame without a fill has an outline.
        let outline = if fill.is_none() { format!(";stroke:#{line:06x}") } else { String::new() };
        let (fill, over) = (fill.unwrap_or(background), over.unwrap_or(text));
        let class = tone.class();
        let _ = writeln!(rules, ".{class} rect{{fill:#{fill:06x}{outline}}}.{class} text{{fill:#{over:06x}}}");
    }
    rules
}

#[cfg(feature = "cli")]
mod themes {
    use super::{PACKAGES, Palette, Scheme, TextOnFill};
    use crate::analysis::ChangeStrength::{Light, Medium, Strong};
    use crate::config::colour::ThemeColour;
    use crate::config::theme::{Role, Theme};
    use crate::report::tone::Tone;

    impl Palette {
        /// Colours of a theme for both kinds of background; `None` for the themes `default` and `light`, which are the
        /// default.
        pub(crate) fn of_theme(theme: &Theme) -> Option<Self> {
            if matches!(theme.name(), "default" | "light") {
                return None;
            }
            let scheme = Scheme::of_theme(theme);
            Some(Self { dark: scheme.clone(), light: scheme })
        }
    }

    impl Scheme {
        pub(super) fn of_theme(theme: &Theme) -> Self {
            let number =
                |colour: ThemeColour| colour.rgb().map(|(red, green, blue)| u32::from_be_bytes([0, red, green, blue]));
            let of = |role: Role| {
                let style = theme.style_of(role);
                let colour = |colour: Option<ThemeColour>| colour.and_then(number);
                TextOnFill {
                    fill: colour(style.and_then(|style| style.bg)),
                    text: colour(style.and_then(|style| style.fg)),
                }
            };
            let shades = theme.fills().iter().take(usize::from(PACKAGES));
            let packages = shades.map(|[first, _]| TextOnFill { fill: number(*first), text: number(theme.text()) });
            Self { roles: Tone::ROLES.map(|tone| of(role(tone))), packages: packages.collect() }
        }
    }

    /// Role of the theme with the meaning of a tone.
    fn role(tone: Tone) -> Role {
        match tone {
            Tone::Root | Tone::Package(_) => Role::Root,
            Tone::Gathered => Role::Gathered,
            Tone::FirstParty => Role::Own,
            Tone::Vendor => Role::Vendor,
            Tone::Standard => Role::Standard,
            Tone::Runtime => Role::Runtime,
            Tone::Unsymbolized => Role::Unsymbolized,
            Tone::Same => Role::Same,
            Tone::Grew(Light) => Role::GrewLight,
            Tone::Grew(Medium) => Role::GrewMedium,
            Tone::Grew(Strong) => Role::GrewStrong,
            Tone::Shrank(Light) => Role::ShrankLight,
            Tone::Shrank(Medium) => Role::ShrankMedium,
            Tone::Shrank(Strong) => Role::ShrankStrong,
        }
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::config::builtin::theme;

    #[test]
    fn the_usual_colours_are_those_of_the_themes() {
        let usual = Palette::default();
        assert_eq!(usual.dark, Scheme::of_theme(&theme("default").unwrap()));
        assert_eq!(usual.light, Scheme::of_theme(&theme("light").unwrap()));
        assert_eq!(Palette::of_theme(&theme("light").unwrap()), None);
    }

    #[test]
    fn a_theme_without_colours_has_those_of_the_page() {
        let mono = Palette::of_theme(&theme("mono").unwrap()).unwrap();
        let rules = mono.rules(|tone| tone == Tone::FirstParty);
        assert!(rules.contains(".own rect{fill:#ffffff;stroke:#c4c8d0}.own text{fill:#1b1b1b}"), "{rules}");
        assert!(rules.contains(".own rect{fill:#16181d;stroke:#444a55}.own text{fill:#e8e8e8}"), "{rules}");
    }
}
