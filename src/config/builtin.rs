//! Built-in data: the themes under `assets/themes`, and the rules of advice.

pub use super::theme::DEFAULT;
use super::theme::{Draft, Theme, ThemeError};

/// Built-in themes: name and file.
const THEMES: [(&str, &str); 9] = [
    (DEFAULT, include_str!("../../assets/themes/default.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("catppuccin", include_str!("../../assets/themes/catppuccin.toml")),
    ("gruvbox", include_str!("../../assets/themes/gruvbox.toml")),
    ("gruvbox-light", include_str!("../../assets/themes/gruvbox-light.toml")),
    ("solarized", include_str!("../../assets/themes/solarized.toml")),
    ("solarized-light", include_str!("../../assets/themes/solarized-light.toml")),
    ("high-contrast", include_str!("../../assets/themes/high-contrast.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

/// Name of the setting that selects the theme by the detected background.
pub const AUTO: &str = "auto";

/// Alias of the default theme.
const DARK: &str = "dark";

/// Source of the rules of advice.
pub const ADVICE: &str = include_str!("../../assets/advice.toml");

/// Names of the built-in themes, default first.
pub fn names() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|(name, _)| *name)
}

/// Built-in theme of this name; `None` if there is none.
pub fn theme(name: &str) -> Option<Theme> {
    let name = if [AUTO, DARK].contains(&name) { DEFAULT } else { name };
    let (name, toml) = THEMES.iter().find(|(known, _)| *known == name)?;
    Theme::parse(name, toml).ok()
}

impl Theme {
    /// Parses a theme that inherits a built-in theme (by default `default`) or `none`.
    ///
    /// # Errors
    /// [`ThemeError`] if `toml` is no theme, or its parent is not built in.
    pub fn parse(name: &str, toml: &str) -> Result<Self, ThemeError> {
        let draft = Draft::parse(name, toml)?;
        let parent = theme(draft.parent());
        draft.over(parent)
    }
}

impl Default for Theme {
    fn default() -> Self {
        theme(DEFAULT).unwrap_or_else(Self::plain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::colour::{Rgb, ThemeColour};
    use super::super::theme::Role;
    use super::*;

    /// Contrast by the Web Content Accessibility Guidelines: 1 to 21.
    fn contrast(one: Rgb, other: Rgb) -> f64 {
        fn luminance((red, green, blue): Rgb) -> f64 {
            let linear = |channel: u8| match f64::from(channel) / 255.0 {
                low if low <= 0.04045 => low / 12.92,
                high => ((high + 0.055) / 1.055).powf(2.4),
            };
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        }
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// All pairs of text and fill of a theme, with their location.
    fn pairs(theme: &Theme) -> Vec<(String, ThemeColour, ThemeColour)> {
        let mut pairs = Vec::new();
        for (index, fill) in theme.fills().iter().flatten().enumerate() {
            pairs.push((format!("fill {index}"), theme.text(), *fill));
        }
        for fill in theme.fills16() {
            pairs.push(("fill of 16".to_owned(), theme.text16(), *fill));
        }
        for role in Role::ALL {
            let style = theme.style_of(role).unwrap();
            for (fg, bg) in [(style.fg, style.bg), (style.fg16, style.bg16)] {
                if let (Some(fg), Some(bg)) = (fg, bg) {
                    pairs.push((format!("{role:?}"), fg, bg));
                }
            }
        }
        pairs
    }

    #[test]
    fn every_theme_is_read_and_gives_every_role_a_look() {
        for (name, toml) in THEMES {
            let theme = Theme::parse(name, toml).unwrap();
            assert_eq!(theme.name(), name);
            for role in Role::ALL {
                assert!(theme.style_of(role).is_some(), "{name}: {role:?}");
            }
        }
        assert_eq!(names().next(), Some(DEFAULT));
        assert!(theme("dusk").is_none());
    }

    #[test]
    fn text_can_be_read_on_every_fill() {
        for name in names() {
            for (place, text, fill) in pairs(&theme(name).unwrap()) {
                let (Some(text), Some(fill)) = (text.rgb(), fill.rgb()) else {
                    assert_eq!(
                        (text, fill),
                        (ThemeColour::None, ThemeColour::None),
                        "{name}, {place}: one of two colours"
                    );
                    continue;
                };
                let contrast = contrast(text, fill);
                let least = if name == "high-contrast" && place.starts_with("fill ") && !place.ends_with("16") {
                    12.0
                } else {
                    4.5
                };
                assert!(contrast >= least, "{name}, {place}: {contrast:.1}");
            }
        }
    }

    #[test]
    fn the_monochrome_theme_has_no_colour() {
        let mono = theme("mono").unwrap();
        assert!(pairs(&mono).iter().all(|(_, text, fill)| *text == ThemeColour::None && *fill == ThemeColour::None));
        assert!(mono.fills().is_empty() && mono.fills16().is_empty());
    }

    /// Background that a theme is made for.
    #[derive(Clone, Copy)]
    enum On {
        Dark,
        Light,
    }

    /// Themes for one kind of background; the others are for both.
    const THEMES_FOR: [(&str, On); 7] = [
        ("light", On::Light),
        ("catppuccin", On::Dark),
        ("gruvbox", On::Dark),
        ("gruvbox-light", On::Light),
        ("solarized", On::Dark),
        ("solarized-light", On::Light),
        ("high-contrast", On::Dark),
    ];

    /// Roles that colour bars and figures on the background of the terminal.
    const ON_BACKGROUND: [Role; 4] = [Role::Bar, Role::Plot, Role::GrewText, Role::ShrankText];

    #[test]
    fn bars_and_figures_can_be_seen_on_the_backgrounds_that_a_theme_is_for() {
        let (black, white) = ((0, 0, 0), (255, 255, 255));
        for name in names().filter(|name| *name != "mono") {
            let theme = theme(name).unwrap();
            for role in ON_BACKGROUND {
                let style = theme.style_of(role).unwrap();
                assert_eq!(style.bg, None, "{name}: {role:?}");
                let colour = style.fg.and_then(ThemeColour::rgb).unwrap();
                let least = match THEMES_FOR.iter().find(|(other, _)| *other == name).map(|(_, on)| *on) {
                    Some(On::Light) => contrast(colour, white),
                    Some(On::Dark) => contrast(colour, black),
                    None => contrast(colour, white).min(contrast(colour, black)),
                };
                assert!(least >= 3.0, "{name}: {role:?} {least:.1}");
            }
        }
    }

    #[test]
    fn no_text_on_a_dark_background_is_in_the_dark_blue_of_sixteen_colours() {
        let is_light = |name: &str| THEMES_FOR.iter().any(|(other, on)| *other == name && matches!(on, On::Light));
        for name in names().filter(|name| *name != "mono" && !is_light(name)) {
            let theme = theme(name).unwrap();
            for role in ON_BACKGROUND {
                let style = theme.style_of(role).unwrap();
                let colour = style.fg16.or(style.fg.map(ThemeColour::reduced_to_16));
                assert_ne!(colour, Some(ThemeColour::Index(4)), "{name}: {role:?}");
            }
        }
    }

    #[test]
    fn text_outside_of_frames_has_the_terminals_colours() {
        let filled = [
            Role::Gathered,
            Role::Narrow,
            Role::Selected,
            Role::SelectedUnfocused,
            Role::Hit,
            Role::SameFunction,
            Role::Root,
            Role::Runtime,
            Role::Unsymbolized,
            Role::Bar,
            Role::Plot,
        ];
        // Roles from this one on fill frames, by change, self share or owner.
        let changes = Role::ALL.iter().skip_while(|role| **role != Role::Same);
        let filled: Vec<Role> = filled.iter().chain(changes).copied().collect();
        for name in names() {
            let theme = theme(name).unwrap();
            for role in Role::ALL.into_iter().filter(|role| !filled.contains(role)) {
                let style = theme.style_of(role).unwrap();
                assert_eq!((style.fg, style.bg), (None, None), "{name}: {role:?}");
            }
        }
    }
}
