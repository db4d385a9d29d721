//! What the environment says of the terminal: colours, characters, whether there is a screen at all.
//!
//! Nothing is ever asked of the terminal itself: an answer may be slow over a line, or never come.

use std::env;

use crate::config::settings::{Depth, Glyphs};

use super::args::{AsciiArg, ColorArg};
use super::output::Output;

/// The variables that count, as they were when the program began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    term: String,
    colorterm: String,
    no_color: String,
    clicolor: String,
    clicolor_force: String,
    locale: String,
}

impl Environment {
    /// Reads the variables.
    pub(crate) fn read() -> Self {
        let get = |name| env::var_os(name).map_or_else(String::new, |value| value.to_string_lossy().into_owned());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(get).into_iter().find(|value| !value.is_empty());
        Self {
            term: get("TERM"),
            colorterm: get("COLORTERM"),
            no_color: get("NO_COLOR"),
            clicolor: get("CLICOLOR"),
            clicolor_force: get("CLICOLOR_FORCE"),
            locale: locale.unwrap_or_default(),
        }
    }

    /// Whether a screen can be drawn: standard output is a terminal, and one that can place its cursor.
    pub(crate) fn has_screen(&self) -> bool {
        Output::Stdout.is_terminal() && self.places_cursor()
    }

    fn places_cursor(&self) -> bool {
        !matches!(self.term.as_str(), "" | "dumb")
    }

    /// The colours to draw a screen with. Of a terminal that says nothing better, 256 are taken: themes do not
    /// restyle them, and a connection through SSH does not forward more.
    pub(crate) fn depth(&self, asked: ColorArg) -> Depth {
        match asked {
            ColorArg::Never => Depth::Mono,
            ColorArg::Ansi16 => Depth::Ansi16,
            ColorArg::Indexed256 => Depth::Indexed256,
            ColorArg::Rgb => Depth::Rgb,
            ColorArg::Auto if !self.wants_colour() => Depth::Mono,
            ColorArg::Auto if matches!(self.colorterm.as_str(), "truecolor" | "24bit") => Depth::Rgb,
            ColorArg::Auto => match self.term.as_str() {
                "linux" | "ansi" | "screen" => Depth::Ansi16,
                term if term.starts_with("vt") => Depth::Mono,
                _ => Depth::Indexed256,
            },
        }
    }

    /// The characters to draw a screen with.
    pub(crate) fn glyphs(&self, asked: AsciiArg) -> Glyphs {
        let plain = match asked {
            AsciiArg::On => true,
            AsciiArg::Off => false,
            AsciiArg::Auto => !self.is_utf8() || self.term == "linux" || self.term.starts_with("vt"),
        };
        if plain { Glyphs::Ascii } else { Glyphs::Unicode }
    }

    /// Whether a text may have emphasis: on a terminal as the environment says, elsewhere when it is asked for by name.
    pub(crate) fn emphasis(&self, asked: ColorArg, output: &Output) -> bool {
        match asked {
            ColorArg::Never => false,
            ColorArg::Ansi16 | ColorArg::Indexed256 | ColorArg::Rgb => true,
            ColorArg::Auto => {
                let forced = !matches!(self.clicolor_force.as_str(), "" | "0");
                self.wants_colour() && (forced || (output.is_terminal() && self.places_cursor()))
            }
        }
    }

    fn wants_colour(&self) -> bool {
        self.no_color.is_empty() && self.clicolor != "0"
    }

    fn is_utf8(&self) -> bool {
        let locale = self.locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl Fn(&mut Environment)) -> Environment {
        let mut environment = Environment { term: "xterm".into(), locale: "en_US.UTF-8".into(), ..Default::default() };
        change(&mut environment);
        environment
    }

    #[test]
    fn colours_follow_the_option_then_the_environment() {
        let term = |term: &str| with(|e| e.term = term.into()).depth(ColorArg::Auto);
        assert_eq!(term("xterm-256color"), Depth::Indexed256);
        assert_eq!(term("something-new"), Depth::Indexed256);
        assert_eq!(term("linux"), Depth::Ansi16);
        assert_eq!(term("vt100"), Depth::Mono);
        assert_eq!(with(|e| e.colorterm = "truecolor".into()).depth(ColorArg::Auto), Depth::Rgb);
        let no_color = with(|e| (e.no_color, e.colorterm) = ("1".into(), "truecolor".into()));
        assert_eq!(no_color.depth(ColorArg::Auto), Depth::Mono);
        assert_eq!(no_color.depth(ColorArg::Rgb), Depth::Rgb, "what is typed goes before what is set");
        assert_eq!(with(|e| e.clicolor = "0".into()).depth(ColorArg::Auto), Depth::Mono);
    }

    #[test]
    fn ascii_where_the_locale_or_the_terminal_knows_no_other() {
        assert_eq!(with(|_| ()).glyphs(AsciiArg::Auto), Glyphs::Unicode);
        assert_eq!(with(|e| e.locale = "C".into()).glyphs(AsciiArg::Auto), Glyphs::Ascii);
        assert_eq!(with(|e| e.locale = "C".into()).glyphs(AsciiArg::Off), Glyphs::Unicode);
        assert_eq!(with(|e| e.term = "linux".into()).glyphs(AsciiArg::Auto), Glyphs::Ascii);
        assert_eq!(with(|_| ()).glyphs(AsciiArg::On), Glyphs::Ascii);
    }

    #[test]
    fn emphasis_off_a_terminal_is_asked_for() {
        let file = Output::New("out.txt".into());
        assert!(!with(|_| ()).emphasis(ColorArg::Never, &file));
        assert!(with(|_| ()).emphasis(ColorArg::Indexed256, &file));
        assert!(with(|e| e.clicolor_force = "1".into()).emphasis(ColorArg::Auto, &file));
        assert!(!with(|e| (e.clicolor_force, e.no_color) = ("1".into(), "1".into())).emphasis(ColorArg::Auto, &file));
    }
}
