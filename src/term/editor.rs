//! Editor of the user, opened at a line.
//!
//! The editor is run without a shell, so that a path is one argument, whatever characters it has. The editor stays in
//! the process group of this program, so that Ctrl-Z stops both and the shell has one job to continue.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::Pid;
use rustix::termios::isatty;

use crate::base::safe_text::safe_str;

use super::tty::Tty;

/// Default editor.
const USUAL: &str = "vi";
/// Hint if no editor is set.
const HINT: &str = "hint: set `VISUAL` or `EDITOR`, as in `export EDITOR=nano`";

/// Form of the line number in the arguments of an editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineArgument {
    /// `+12 file`.
    Plus,
    /// `file:12`.
    Colon,
    /// `-g file:12`.
    Goto,
    /// `--line 12 file`.
    Option,
}

/// Known editors by program name. Other editors get the file only.
const EDITORS: [(&str, LineArgument); 30] = [
    ("code", LineArgument::Goto),
    ("code-insiders", LineArgument::Goto),
    ("codium", LineArgument::Goto),
    ("cursor", LineArgument::Goto),
    ("emacs", LineArgument::Plus),
    ("emacsclient", LineArgument::Plus),
    ("ex", LineArgument::Plus),
    ("gedit", LineArgument::Plus),
    ("goland", LineArgument::Option),
    ("gvim", LineArgument::Plus),
    ("helix", LineArgument::Colon),
    ("hx", LineArgument::Colon),
    ("idea", LineArgument::Option),
    ("jed", LineArgument::Plus),
    ("joe", LineArgument::Plus),
    ("kak", LineArgument::Plus),
    ("kate", LineArgument::Option),
    ("mcedit", LineArgument::Plus),
    ("mg", LineArgument::Plus),
    ("micro", LineArgument::Plus),
    ("nano", LineArgument::Plus),
    ("ne", LineArgument::Plus),
    ("nvim", LineArgument::Plus),
    ("pico", LineArgument::Plus),
    ("subl", LineArgument::Colon),
    ("vi", LineArgument::Plus),
    ("view", LineArgument::Plus),
    ("vim", LineArgument::Plus),
    ("vscodium", LineArgument::Goto),
    ("zed", LineArgument::Colon),
];

/// Permission to run an editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditorUse {
    /// Allowed.
    Allowed,
    /// Turned off by `HEAPGLASS_SECURE`.
    Off,
}

/// Editor of the user.
#[derive(Clone, Debug)]
pub(crate) struct Editor {
    /// Command, with the name of the variable that defines it; `None` if no variable is set.
    words: Option<(&'static str, String)>,
    allowed: EditorUse,
}

impl Editor {
    /// Creates the editor from `VISUAL`, else from `EDITOR`.
    pub(crate) fn new(variable: impl Fn(&str) -> Option<String>, allowed: EditorUse) -> Self {
        let set = |name: &'static str| Some((name, variable(name).filter(|value| !value.trim().is_empty())?));
        Self { words: set("VISUAL").or_else(|| set("EDITOR")), allowed }
    }

    /// Command that opens a line of a file.
    ///
    /// # Errors
    /// Reason in one line.
    pub(super) fn command(&self, path: &Path, line: i64) -> Result<EditorCommand, String> {
        if self.allowed == EditorUse::Off {
            return Err("`HEAPGLASS_SECURE` turns the editor off".to_owned());
        }
        // A name that begins with `-` or `+` would be an option; an absolute path begins with `/`.
        if !path.is_absolute() || !path.is_file() {
            return Err(format!("not a regular file: {}", safe_str(&path.to_string_lossy())));
        }
        let words = match &self.words {
            None => vec![USUAL.to_owned()],
            Some((name, text)) => shlex::split(text)
                .filter(|words| words.first().is_some_and(|program| !program.is_empty()))
                .ok_or_else(|| format!("`{name}` is not a command: it has an unbalanced quote"))?,
        };
        let arguments = arguments(&words, path, line);
        Ok(EditorCommand { words, arguments, is_chosen: self.words.is_some() })
    }
}

/// Command that opens a line of a file.
#[derive(Debug)]
pub(super) struct EditorCommand {
    words: Vec<String>,
    arguments: Vec<OsString>,
    is_chosen: bool,
}

/// Arguments of the command after the program.
fn arguments(words: &[String], path: &Path, line: i64) -> Vec<OsString> {
    let program = words.first().map(PathBuf::from).unwrap_or_default();
    let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let way = EDITORS.iter().find(|(known, _)| *known == name).map(|(_, way)| *way);
    let file = path.as_os_str().to_owned();
    let colon = || {
        let mut place = file.clone();
        place.push(format!(":{line}"));
        place
    };
    let own = words.iter().skip(1).map(OsString::from);
    let place: Vec<OsString> = match way {
        Some(LineArgument::Plus) => vec![format!("+{line}").into(), file],
        Some(LineArgument::Colon) => vec![colon()],
        Some(LineArgument::Goto) => vec!["-g".into(), colon()],
        Some(LineArgument::Option) => vec!["--line".into(), line.to_string().into(), file],
        None => vec![file],
    };
    own.chain(place).collect()
}

impl EditorCommand {
    /// Runs the editor in the terminal until it ends; returns its result. `started` is called with its process id.
    ///
    /// # Errors
    /// Reason why the editor could not be started, in one line.
    pub(super) fn run(&self, started: impl FnOnce(Pid)) -> Result<String, String> {
        let shown = safe_str(self.words.first().map_or("", String::as_str)).into_owned();
        let ended = self.start(started).map_err(|error| match error.kind() {
            ErrorKind::NotFound if !self.is_chosen => format!("no editor is set, and there is no `{USUAL}`; {HINT}"),
            ErrorKind::NotFound => format!("there is no program `{shown}`; {HINT}"),
            _ => format!("cannot run `{shown}`: {error}"),
        })?;
        match said(ended) {
            None => Ok(format!("{shown} ended, the file was reloaded")),
            Some(how) => Err(format!("{shown} {how}")),
        }
    }

    fn start(&self, started: impl FnOnce(Pid)) -> io::Result<ExitStatus> {
        let mut command = Command::new(self.words.first().map_or(USUAL, String::as_str));
        command.args(&self.arguments);
        // Standard input may be the pipe of a profile, from which an editor cannot read keys.
        let keys = if isatty(rustix::stdio::stdin()) { None } else { Tty::keys().ok() };
        if let Some(keys) = keys {
            command.stdin(Stdio::from(keys));
        }
        let mut editor = command.spawn()?;
        started(Pid::from_child(&editor));
        editor.wait()
    }
}

/// Description of an unsuccessful exit.
fn said(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("ended with exit status {code}")),
        (None, signal) => Some(format!("was ended by signal {}", signal.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(variables: &[(&str, &str)]) -> Editor {
        let value =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Editor::new(value, EditorUse::Allowed)
    }

    fn file() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
    }

    /// Program and arguments, with the path of the file as `F`.
    fn line(editor: &Editor) -> String {
        let command = editor.command(file(), 12).unwrap();
        let arguments = command.arguments.iter().map(|argument| argument.to_str().unwrap().to_owned());
        let all: Vec<String> = std::iter::once(command.words[0].clone()).chain(arguments).collect();
        all.join("|").replace(file().to_str().unwrap(), "F")
    }

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way() {
        for (value, expected) in [
            ("vi", "vi|+12|F"),
            ("vim", "vim|+12|F"),
            ("nvim", "nvim|+12|F"),
            ("nano", "nano|+12|F"),
            ("emacs -nw", "emacs|-nw|+12|F"),
            ("emacsclient -t -a ''", "emacsclient|-t|-a||+12|F"),
            ("kak", "kak|+12|F"),
            ("micro", "micro|+12|F"),
            ("joe", "joe|+12|F"),
            ("ne", "ne|+12|F"),
            ("hx", "hx|F:12"),
            ("helix", "helix|F:12"),
            ("subl -w", "subl|-w|F:12"),
            ("zed --wait", "zed|--wait|F:12"),
            ("code --wait", "code|--wait|-g|F:12"),
            ("codium", "codium|-g|F:12"),
            ("code-insiders -w", "code-insiders|-w|-g|F:12"),
            ("idea", "idea|--line|12|F"),
            ("/opt/my editors/ed", "/opt/my|editors/ed|F"),
            ("'/opt/my editors/vim' -u NONE", "/opt/my editors/vim|-u|NONE|+12|F"),
            ("sh -c 'x \"y z\"; rm'", "sh|-c|x \"y z\"; rm|F"),
        ] {
            assert_eq!(line(&editor(&[("EDITOR", value)])), expected, "{value}");
        }
        assert!(EDITORS.is_sorted_by_key(|(name, _)| *name), "a table that is looked through by people is in order");
    }

    #[test]
    fn visual_is_asked_before_editor_and_vi_is_the_last_resort() {
        assert_eq!(line(&editor(&[("EDITOR", "nano"), ("VISUAL", "hx")])), "hx|F:12");
        assert_eq!(line(&editor(&[("EDITOR", "nano"), ("VISUAL", "  ")])), "nano|+12|F");
        assert_eq!(line(&editor(&[])), "vi|+12|F");
    }

    #[test]
    fn invalid_commands_and_missing_files_are_not_run() {
        let refused = |editor: &Editor, path: &str| editor.command(Path::new(path), 1).map(drop).unwrap_err();
        let broken = editor(&[("EDITOR", "vim 'x")]);
        assert_eq!(refused(&broken, file().to_str().unwrap()), "`EDITOR` is not a command: it has an unbalanced quote");
        let vi = editor(&[]);
        assert!(refused(&vi, "Cargo.toml").starts_with("not a regular file"), "a path that is not whole");
        assert!(refused(&vi, "/dev/null").starts_with("not a regular file"));
        assert!(refused(&vi, "/").starts_with("not a regular file"));
        let off = Editor::new(|_| Some("vim".to_owned()), EditorUse::Off);
        assert_eq!(refused(&off, file().to_str().unwrap()), "`HEAPGLASS_SECURE` turns the editor off");
    }

    #[test]
    fn the_end_of_the_editor_is_reported() {
        let run = |value: &str| editor(&[("EDITOR", value)]).command(file(), 1).unwrap().run(|_| {});
        assert_eq!(run("true"), Ok("true ended, the file was reloaded".to_owned()));
        assert_eq!(run("false"), Err("false ended with exit status 1".to_owned()));
        assert_eq!(run("sh -c 'kill -TERM $$'"), Err("sh was ended by signal 15".to_owned()));
        assert!(
            run("no-such-editor-here").unwrap_err().starts_with("there is no program `no-such-editor-here`; hint: ")
        );
    }
}
