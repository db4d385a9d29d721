//! Environment: the properties of the terminal and its character set, as far as variables tell.
//!
//! The terminal itself is never queried, since a reply may be slow, or never come.

use std::env;
use std::path::{Path, PathBuf};

use crate::base::safe_text::safe_str;
use crate::config::builtin;
use crate::config::settings::{ColorChoice, Depth, Glyphs, Settings, Toggle, detect};
use crate::report::{Charset, Emphasis, RowForm, Style};
use crate::term::{Clipboard, Editor, EditorUse, EraseBackground};
use crate::view::pointer::Mouse;

use super::output::Output;
use super::screen_args::{ColorSource, ScreenArgs};

/// Lookup of environment variables.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Environment variable; U+FFFD stands for bytes that are not Unicode.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Returns true if standard output is a terminal that can position its cursor.
pub(crate) fn has_screen(variables: Variables<'_>) -> bool {
    Output::Stdout.is_terminal() && !matches!(variables("TERM").as_deref(), None | Some("" | "dumb"))
}

/// Display settings for the terminal.
pub(crate) fn settings(screen: &ScreenArgs, variables: Variables<'_>) -> Settings {
    let detected = detect(variables, Some(screen.color), screen.ascii);
    let asked = screen.theme.clone().filter(|name| name != builtin::AUTO);
    let glyphs = if screen.plain { Glyphs::Plain } else { detected.glyphs };
    Settings { theme: asked.unwrap_or(detected.theme), glyphs, ..detected }
}

/// State of mouse reporting: `auto` is on, except over SSH, where a lost connection would leave the reports on.
pub(crate) fn mouse(chosen: Toggle, variables: Variables<'_>) -> Mouse {
    let is_on = match chosen {
        Toggle::Auto => !is_remote(variables),
        Toggle::On => true,
        Toggle::Off => false,
    };
    if is_on { Mouse::On } else { Mouse::Off }
}

/// Returns true within an SSH session.
fn is_remote(variables: Variables<'_>) -> bool {
    ["SSH_TTY", "SSH_CONNECTION"].iter().any(|name| variables(name).is_some_and(|value| !value.is_empty()))
}

/// Clipboard of the terminal's user. With `HEAPGLASS_SECURE`, no other program is run.
pub(crate) fn clipboard(variables: Variables<'_>) -> Clipboard {
    let is_set = |name: &&str| variables(name).is_some_and(|value| !value.is_empty());
    let (is_safe, is_remote) = (is_secure(variables), is_remote(variables));
    if is_set(&"TMUX") && !is_safe {
        Clipboard::Tmux
    } else if is_set(&"STY") {
        Clipboard::Screen
    } else if is_remote || is_safe {
        Clipboard::Terminal
    } else if is_set(&"WAYLAND_DISPLAY") {
        Clipboard::WAYLAND
    } else if is_set(&"DISPLAY") {
        Clipboard::X11
    } else if cfg!(target_os = "macos") {
        Clipboard::MACOS
    } else {
        Clipboard::Terminal
    }
}

/// Folder of the user's settings, themes and rules; `None` without a home directory.
pub(crate) fn settings_folder(variables: Variables<'_>) -> Option<PathBuf> {
    // According to the XDG specification, a relative folder is ignored. One whose name is not Unicode is not known.
    let is_known = |folder: &String| Path::new(folder).is_absolute() && !folder.contains(char::REPLACEMENT_CHARACTER);
    let folder = |name: &str| variables(name).filter(is_known).map(PathBuf::from);
    let folder = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("heapglass"))
}

/// Returns true if `HEAPGLASS_SECURE` restricts the program to showing its input.
pub(crate) fn is_secure(variables: Variables<'_>) -> bool {
    variables("HEAPGLASS_SECURE").is_some_and(|value| !matches!(value.as_str(), "" | "0"))
}

/// Editor of the user.
pub(crate) fn editor(variables: Variables<'_>) -> Editor {
    Editor::new(variables, if is_secure(variables) { EditorUse::Off } else { EditorUse::Allowed })
}

/// Background color that erasing leaves. GNU screen does not guarantee any, regardless of `TERM`.
pub(crate) fn erase_background(variables: Variables<'_>) -> EraseBackground {
    let is_in_screen = variables("STY").is_some_and(|value| !value.is_empty());
    if is_in_screen {
        EraseBackground::TerminalDefault
    } else {
        EraseBackground::of(&variables("TERM").unwrap_or_default())
    }
}

/// Variables from which the display settings were derived, for the help and for bug reports.
pub(crate) fn described(variables: Variables<'_>) -> String {
    let names = ["TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "LC_ALL", "LC_CTYPE", "LANG"];
    let set = names.iter().filter_map(|name| Some(format!("{name}={}", variables(name).filter(|v| !v.is_empty())?)));
    safe_str(&set.collect::<Vec<_>>().join(" ")).into_owned()
}

/// Style of text output. Files and pipes get all characters and no emphasis by default, since their reader is unknown.
pub(crate) fn style(screen: &ScreenArgs, output: &Output, variables: Variables<'_>) -> Style {
    let settings = settings(screen, variables);
    let shown = output.is_terminal();
    let ascii = detect(variables, None, screen.ascii).glyphs == Glyphs::Ascii && (shown || screen.ascii == Toggle::On);
    let forced = variables("CLICOLOR_FORCE").is_some_and(|value| !matches!(value.as_str(), "" | "0"));
    let is_asked = screen.color != ColorChoice::Auto && screen.color_source == ColorSource::Option;
    let bold = settings.depth > Depth::Mono && (shown || forced || is_asked);
    Style {
        charset: if ascii { Charset::Ascii } else { Charset::Unicode },
        emphasis: if bold { Emphasis::Bold } else { Emphasis::Plain },
        rows: if screen.plain { RowForm::Labelled } else { RowForm::Columns },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(variables: &[(&str, &str)], color: ColorChoice, ascii: Toggle) -> Style {
        let screen = ScreenArgs { color, color_source: ColorSource::Option, ascii, plain: false, theme: None };
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        style(&screen, &Output::New("out.txt".into()), &get)
    }

    #[test]
    fn the_clipboard_is_that_of_whoever_sits_there() {
        let of = |set: &[&str]| clipboard(&|name: &str| set.contains(&name).then(|| "1".to_owned()));
        assert_eq!(of(&["TMUX", "SSH_TTY", "DISPLAY"]), Clipboard::Tmux);
        assert_eq!(of(&["STY", "DISPLAY"]), Clipboard::Screen);
        assert_eq!(of(&["SSH_CONNECTION", "DISPLAY", "WAYLAND_DISPLAY"]), Clipboard::Terminal);
        assert_eq!(of(&["DISPLAY", "WAYLAND_DISPLAY"]), Clipboard::WAYLAND);
        assert_eq!(of(&["DISPLAY"]), Clipboard::X11);
        for way in ["TMUX", "DISPLAY", "WAYLAND_DISPLAY"] {
            assert_eq!(of(&[way, "HEAPGLASS_SECURE"]), Clipboard::Terminal, "no program is run where it is to be safe");
        }
    }

    #[test]
    fn the_folder_of_settings_is_absolute_and_unicode() {
        let of = |home: &str, xdg: &str| {
            settings_folder(&|name| match name {
                "HOME" => Some(home.to_owned()),
                "XDG_CONFIG_HOME" => Some(xdg.to_owned()).filter(|folder| !folder.is_empty()),
                _ => None,
            })
        };
        assert_eq!(of("/home/u", ""), Some("/home/u/.config/heapglass".into()));
        assert_eq!(of("/home/u", "/c"), Some("/c/heapglass".into()));
        assert_eq!(of("/home/u", "c"), Some("/home/u/.config/heapglass".into()));
        assert_eq!(of("/home/\u{fffd}", ""), None, "that is another folder");
    }

    #[test]
    fn a_file_is_plain_and_complete_unless_told_otherwise() {
        let xterm = [("TERM", "xterm")];
        assert_eq!(file(&xterm, ColorChoice::Auto, Toggle::Auto), Style::default());
        assert_eq!(file(&xterm, ColorChoice::Never, Toggle::Off), Style::default());
        let asked = Style { charset: Charset::Ascii, emphasis: Emphasis::Bold, ..Style::default() };
        assert_eq!(file(&xterm, ColorChoice::Indexed256, Toggle::On), asked);
        let forced = [("TERM", "xterm"), ("CLICOLOR_FORCE", "1"), ("LANG", "C.UTF-8")];
        assert_eq!(file(&forced, ColorChoice::Auto, Toggle::Auto).emphasis, Emphasis::Bold);
        assert_eq!(file(&forced, ColorChoice::Never, Toggle::Auto).emphasis, Emphasis::Plain);
        let color_source = ColorSource::Setting;
        let set = ScreenArgs { color: ColorChoice::Rgb, color_source, ascii: Toggle::Auto, plain: false, theme: None };
        assert_eq!(
            style(&set, &Output::New("out.txt".into()), &|_| None).emphasis,
            Emphasis::Plain,
            "a setting is of terminals"
        );
        let both = [("TERM", "xterm"), ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
        assert_eq!(file(&both, ColorChoice::Auto, Toggle::Auto).emphasis, Emphasis::Plain);
    }
}
