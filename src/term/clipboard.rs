//! Clipboard of the user's terminal, which may be on another machine.
//!
//! tmux comes first, since by default it silently drops OSC 52 from programs; then, on a desktop, its clipboard
//! program, since not every terminal supports OSC 52; then OSC 52. Over SSH a local program would set the wrong
//! clipboard, so none is used. Nothing confirms that a text arrived, so messages say "sent", never "copied".

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::base::base64;
use crate::base::safe_text::char_boundary;

/// Time limit for a clipboard program.
const LIMIT: Duration = Duration::from_millis(200);
/// Period of checks whether the program has ended.
const CHECK_PERIOD: Duration = Duration::from_millis(5);
/// Command that stores a text in the tmux buffer and passes the text on to the terminal if allowed.
const TMUX: &[&str] = &["tmux", "load-buffer", "-w", "-"];
/// Maximum length, in bytes, of a sequence for a terminal: some terminals silently drop longer ones.
const TERMINAL_LIMIT: usize = 1024;
/// Maximum length, in bytes, of a piece that GNU screen passes on.
const SCREEN_PIECE: usize = 768;

/// Way to the clipboard. The environment identifies it: `TMUX` is set in tmux, `STY` in GNU screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Clipboard {
    /// OSC 52.
    #[default]
    Terminal,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
    /// Desktop: clipboard programs with their arguments, best first.
    Desktop(&'static [&'static [&'static str]]),
}

impl Clipboard {
    /// A Wayland desktop.
    pub(crate) const WAYLAND: Self = Self::Desktop(&[&["wl-copy"]]);
    /// An X11 desktop.
    pub(crate) const X11: Self =
        Self::Desktop(&[&["xclip", "-selection", "clipboard"], &["xsel", "--input", "--clipboard"]]);
    /// macOS.
    pub(crate) const MACOS: Self = Self::Desktop(&[&["pbcopy"]]);

    /// Sends `text`, through `write` if the terminal is used; returns a message.
    pub(super) fn copy(self, text: &str, write: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<String> {
        // A pasted line break would run a command in a shell; all other characters are safe already.
        let text: String = text.chars().filter(|character| !character.is_control()).collect();
        if self == Self::Tmux && give(TMUX, text.as_bytes()).is_ok() {
            return Ok(format!("sent {} bytes to tmux's buffer and the terminal's clipboard", text.len()));
        }
        if let Self::Desktop(programs) = self
            && let Some([name, ..]) = programs.iter().find(|words| give(words, text.as_bytes()).is_ok())
        {
            return Ok(format!("sent {} bytes to {name}, for the desktop's clipboard", text.len()));
        }
        let sent = &text[..char_boundary(&text, TERMINAL_LIMIT)];
        let sequence = osc_52(sent.as_bytes());
        write(&if self == Self::Screen { in_screen(&sequence) } else { sequence })?;
        let of_all = if sent.len() < text.len() { format!("the first {} of ", sent.len()) } else { String::new() };
        Ok(format!("sent {of_all}{} bytes to the terminal's clipboard (OSC 52)", text.len()))
    }
}

/// Passes `text` to a program, within the time limit.
fn give(words: &[&str], text: &[u8]) -> io::Result<()> {
    let (name, args) = words.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut program =
        Command::new(name).args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let given = program.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(text));
    let result = given.and_then(|()| wait(&mut program));
    if result.is_err() {
        let _ = program.kill();
        let _ = program.wait();
    }
    result
}

/// Waits for `child` to succeed within the time limit.
fn wait(child: &mut Child) -> io::Result<()> {
    let end = Instant::now() + LIMIT;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => return Err(io::ErrorKind::Other.into()),
            None if Instant::now() > end => return Err(io::ErrorKind::TimedOut.into()),
            None => thread::sleep(CHECK_PERIOD),
        }
    }
}

/// Sequence that sets the clipboard of a terminal.
fn osc_52(text: &[u8]) -> Vec<u8> {
    let mut sequence = b"\x1b]52;c;".to_vec();
    sequence.extend(base64::encoded(text).into_bytes());
    sequence.push(b'\x07');
    sequence
}

/// Wraps a sequence so that GNU screen passes it on.
fn in_screen(sequence: &[u8]) -> Vec<u8> {
    sequence.chunks(SCREEN_PIECE).flat_map(|piece| [b"\x1bP", piece, b"\x1b\\"].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(clipboard: Clipboard, text: &str) -> (String, String) {
        let mut written = Vec::new();
        let said = clipboard.copy(text, |bytes| {
            written.extend_from_slice(bytes);
            Ok(())
        });
        (String::from_utf8(written).unwrap().replace('\x1b', "^").replace('\x07', "!"), said.unwrap())
    }

    #[test]
    fn text_is_sent_in_base_64() {
        for (text, code) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("main.foo", "bWFpbi5mb28=")] {
            assert_eq!(copied(Clipboard::Terminal, text).0, format!("^]52;c;{code}!"));
        }
    }

    #[test]
    fn a_line_break_is_not_sent() {
        assert_eq!(copied(Clipboard::Terminal, "f\no\ro\x1b").0, "^]52;c;Zm9v!");
    }

    #[test]
    fn the_message_says_what_was_sent() {
        let said = |text: &str| copied(Clipboard::Terminal, text).1;
        assert_eq!(said("main.foo"), "sent 8 bytes to the terminal's clipboard (OSC 52)");
        assert_eq!(said(&"é".repeat(1000)), "sent the first 1024 of 2000 bytes to the terminal's clipboard (OSC 52)");
    }

    #[test]
    fn a_desktop_has_a_program_or_the_terminal_is_asked() {
        let (written, said) = copied(Clipboard::Desktop(&[&["no-such-program-here"], &["cat", "-"]]), "foo");
        assert_eq!((written.as_str(), said.as_str()), ("", "sent 3 bytes to cat, for the desktop's clipboard"));
        for refuses in [&["no-such-program-here"][..], &["false"], &["sleep", "60"], &[]] {
            let (written, said) =
                copied(Clipboard::Desktop(Box::leak(Box::new([Box::leak(refuses.into()) as &_]))), "f");
            assert_eq!(
                (written.as_str(), said.as_str()),
                ("^]52;c;Zg==!", "sent 1 bytes to the terminal's clipboard (OSC 52)")
            );
        }
    }

    #[test]
    fn screen_gets_pieces() {
        let (written, _) = copied(Clipboard::Screen, &"f".repeat(900));
        assert_eq!(written.matches("^P").count(), 2);
        assert_eq!(written.matches("^\\").count(), 2);
    }
}
