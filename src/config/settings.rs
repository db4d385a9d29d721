//! Display settings: colours, characters, theme.
//!
//! The settings are chosen without a query to the terminal, since a late reply would be typed into the user's shell.

use super::builtin;

/// Number of colours of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// No colours: bold, dim, underline and reverse only.
    Mono,
    /// 16 colours, redefined by the user's palette.
    Ansi16,
    /// 256 colours.
    Indexed256,
    /// 24-bit colours.
    Rgb,
}

/// Character set of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Unicode lines, blocks and arrows.
    Unicode,
    /// ASCII only.
    Ascii,
    /// Words and numbers without lines, bars and blocks, for screen readers.
    Plain,
}

/// Requested number of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Derived from the environment.
    #[default]
    Auto,
    /// No colours.
    Never,
    /// 16.
    Ansi16,
    /// 256.
    Indexed256,
    /// 24-bit.
    Rgb,
}

impl ColorChoice {
    /// Words of the choices, in the order of the help.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("never", Self::Never),
        ("16", Self::Ansi16),
        ("256", Self::Indexed256),
        ("rgb", Self::Rgb),
    ];

    /// Parses a choice.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, choice)| *choice)
    }
}

/// Switch that may depend on the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toggle {
    /// Derived from the environment.
    #[default]
    Auto,
    /// Switched on.
    On,
    /// Switched off.
    Off,
}

impl Toggle {
    /// Words of the choices.
    pub const WORDS: [(&'static str, Self); 3] = [("auto", Self::Auto), ("on", Self::On), ("off", Self::Off)];

    /// Parses a choice.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, choice)| *choice)
    }
}

/// Display settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Number of colours.
    pub depth: Depth,
    /// Character set.
    pub glyphs: Glyphs,
    /// Name of the theme.
    pub theme: String,
}

/// Detects the capabilities of a terminal from `env`, unless `color` or `ascii` sets them.
///
/// `env` returns the value of an environment variable; an empty one counts as unset.
pub fn detect(env: &dyn Fn(&str) -> Option<String>, color: Option<ColorChoice>, ascii: Toggle) -> Settings {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let detected = Settings { depth: depth(&set), glyphs: glyphs(&set), theme: theme(&set).to_owned() };
    choose(&detected, color.unwrap_or_default(), ascii)
}

/// Applies the settings `color` and `ascii` to the detected capabilities.
pub fn choose(detected: &Settings, color: ColorChoice, ascii: Toggle) -> Settings {
    let depth = match color {
        ColorChoice::Auto => detected.depth,
        ColorChoice::Never => Depth::Mono,
        ColorChoice::Ansi16 => Depth::Ansi16,
        ColorChoice::Indexed256 => Depth::Indexed256,
        ColorChoice::Rgb => Depth::Rgb,
    };
    let glyphs = match ascii {
        Toggle::Auto => detected.glyphs,
        Toggle::On => Glyphs::Ascii,
        Toggle::Off => Glyphs::Unicode,
    };
    Settings { depth, glyphs, theme: detected.theme.clone() }
}

/// Theme for the background that `COLORFGBG` names: its last number is a palette index, and 7 and 15 are light.
fn theme(set: &dyn Fn(&str) -> Option<String>) -> &'static str {
    let colours = set("COLORFGBG").unwrap_or_default();
    match colours.rsplit(';').next() {
        Some("7" | "15") => LIGHT,
        _ => builtin::DEFAULT,
    }
}

/// Theme for light backgrounds.
const LIGHT: &str = "light";

fn depth(set: &dyn Fn(&str) -> Option<String>) -> Depth {
    if set("NO_COLOR").is_some() || set("CLICOLOR").as_deref() == Some("0") {
        return Depth::Mono;
    }
    let term = set("TERM").unwrap_or_default();
    if term.is_empty() || term == "dumb" || is_vt(&term) {
        return Depth::Mono;
    }
    // GNU screen passes COLORTERM on but supports no 24-bit colours; TERM identifies it.
    let truecolor = set("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    if truecolor && set("STY").is_none() {
        return Depth::Rgb;
    }
    match term.as_str() {
        "linux" | "ansi" | "screen" => Depth::Ansi16,
        // Entries 16 to 255 are equal in every palette, and nearly every terminal has them.
        _ => Depth::Indexed256,
    }
}

fn glyphs(set: &dyn Fn(&str) -> Option<String>) -> Glyphs {
    let term = set("TERM").unwrap_or_default();
    let charset = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default();
    let charset = charset.to_ascii_lowercase();
    let utf8 = charset.contains("utf-8") || charset.contains("utf8");
    if utf8 && term != "linux" && !is_vt(&term) { Glyphs::Unicode } else { Glyphs::Ascii }
}

/// Returns true for `vt100`, `vt220` and similar, which have no colours and only Latin letters.
fn is_vt(term: &str) -> bool {
    term.strip_prefix("vt").is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &str, color: Option<ColorChoice>, ascii: Toggle) -> (Depth, Glyphs) {
        let env = |name: &str| {
            let pair = variables.split(' ').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name);
            pair.map(|(_, value)| value.to_owned())
        };
        let settings = detect(&env, color, ascii);
        assert_eq!(settings.theme, "default");
        (settings.depth, settings.glyphs)
    }

    #[test]
    fn the_environment_tells_the_colours() {
        let cases = [
            ("TERM=xterm-256color", Depth::Indexed256),
            ("TERM=xterm", Depth::Indexed256),
            ("TERM=tmux", Depth::Indexed256),
            ("TERM=screen-256color", Depth::Indexed256),
            ("TERM=alacritty", Depth::Indexed256),
            ("TERM=something-new", Depth::Indexed256),
            ("TERM=xterm-direct", Depth::Indexed256),
            ("TERM=xterm-256color COLORTERM=truecolor", Depth::Rgb),
            ("TERM=tmux-256color COLORTERM=24bit", Depth::Rgb),
            ("TERM=xterm-256color COLORTERM=yes", Depth::Indexed256),
            ("TERM=screen COLORTERM=truecolor STY=1.pts", Depth::Ansi16),
            ("TERM=screen.xterm-256color STY=1.pts COLORTERM=truecolor", Depth::Indexed256),
            ("TERM=screen", Depth::Ansi16),
            ("TERM=linux", Depth::Ansi16),
            ("TERM=ansi", Depth::Ansi16),
            ("TERM=vt100", Depth::Mono),
            ("TERM=vt220 COLORTERM=truecolor", Depth::Mono),
            ("TERM=vte-256color", Depth::Indexed256),
            ("TERM=dumb COLORTERM=truecolor", Depth::Mono),
            ("", Depth::Mono),
            ("TERM=xterm NO_COLOR=1 COLORTERM=truecolor", Depth::Mono),
            ("TERM=xterm NO_COLOR=", Depth::Indexed256),
            ("TERM=xterm CLICOLOR=0", Depth::Mono),
            ("TERM=xterm CLICOLOR=1", Depth::Indexed256),
            ("TERM=dumb CLICOLOR_FORCE=1", Depth::Mono),
        ];
        for (variables, depth) in cases {
            assert_eq!(detected(variables, None, Toggle::Auto).0, depth, "{variables}");
            assert_eq!(detected(variables, Some(ColorChoice::Auto), Toggle::Auto).0, depth, "{variables}");
        }
    }

    #[test]
    fn explicit_settings_win() {
        let variables = "TERM=dumb NO_COLOR=1";
        let cases = [("never", Depth::Mono), ("16", Depth::Ansi16), ("256", Depth::Indexed256), ("rgb", Depth::Rgb)];
        for (word, depth) in cases {
            assert_eq!(detected(variables, ColorChoice::parse(word), Toggle::Auto).0, depth, "{word}");
        }
        assert_eq!(detected("LANG=de_DE.UTF-8", None, Toggle::On).1, Glyphs::Ascii);
        assert_eq!(detected("LANG=C", None, Toggle::Off).1, Glyphs::Unicode);
        assert_eq!((ColorChoice::parse("always"), Toggle::parse("yes")), (None, None));
        assert_eq!(Toggle::parse("off"), Some(Toggle::Off));
    }

    #[test]
    fn the_locale_tells_the_characters() {
        let cases = [
            ("TERM=xterm LANG=en_US.UTF-8", Glyphs::Unicode),
            ("TERM=xterm LANG=C.utf8", Glyphs::Unicode),
            ("TERM=xterm LC_ALL=C LANG=en_US.UTF-8", Glyphs::Ascii),
            ("TERM=xterm LC_ALL= LC_CTYPE=en_US.UTF-8 LANG=C", Glyphs::Unicode),
            ("TERM=xterm LANG=de_DE.ISO-8859-1", Glyphs::Ascii),
            ("TERM=xterm", Glyphs::Ascii),
            ("TERM=linux LANG=en_US.UTF-8", Glyphs::Ascii),
            ("TERM=vt220 LANG=en_US.UTF-8", Glyphs::Ascii),
        ];
        for (variables, glyphs) in cases {
            assert_eq!(detected(variables, None, Toggle::Auto).1, glyphs, "{variables}");
        }
    }
}
