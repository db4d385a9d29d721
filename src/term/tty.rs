//! The terminal as a file: found, measured, written to without ever being stuck in it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, fcntl_dupfd_cloexec, write};
use rustix::process::{Signal, getpgrp, kill_current_process_group};
use rustix::termios::{isatty, tcgetpgrp, tcgetwinsize, ttyname};

/// The size taken for a terminal that tells none, as a serial line does.
const UNKNOWN_SIZE: (u16, u16) = (80, 24);
/// The largest size drawn. A terminal may claim 65,535 columns and rows, and every cell takes memory.
const LARGEST_SIZE: (u16, u16) = (1024, 512);

/// How long a signal may take from the system to its thread.
const GRACE: Duration = Duration::from_millis(50);
/// How often the program is stopped for not having the terminal before that is an error.
const STOPS: usize = 3;

/// A terminal open for reading its state and writing to it.
#[derive(Debug)]
pub(super) struct Tty(OwnedFd);

/// How long a write may wait for a terminal that takes nothing, as after Ctrl-S or on a stalled line.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteTimeout {
    /// As long as it takes; the signal thread and the watchdog can still end the process.
    Endless,
    /// Until then, and what is left is not written.
    Until(Instant),
}

impl Tty {
    /// Opens the terminal that standard output shows, or the controlling one where that is no terminal.
    ///
    /// It is opened anew where possible, since only then can it be made never to block without doing the same to the
    /// shell, which shares the open file of standard output. By its name first, as not every system can wait for
    /// `/dev/tty`; by `/dev/tty` where the name is another user's or of another container.
    ///
    /// # Errors
    /// When there is no terminal.
    pub(super) fn open() -> io::Result<Self> {
        let stdout = rustix::stdio::stdout();
        let shown = isatty(stdout);
        let named = ttyname(stdout, Vec::new()).ok().filter(|_| shown);
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match named {
            Some(name) => open(name, flags, Mode::empty()).or_else(|_| open(c"/dev/tty", flags, Mode::empty())),
            None => open(c"/dev/tty", flags, Mode::empty()),
        };
        match opened {
            Err(_) if shown => Ok(Self(fcntl_dupfd_cloexec(stdout, 3)?)),
            opened => Ok(Self(opened?)),
        }
    }

    /// Whether there is a terminal to read keys from: standard input, or the controlling one when that is a pipe.
    pub(super) fn has_keys() -> bool {
        isatty(rustix::stdio::stdin()) || File::open("/dev/tty").is_ok()
    }

    /// The controlling terminal, for a program that reads keys where standard input is something else.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn keys() -> io::Result<OwnedFd> {
        File::open("/dev/tty").map(OwnedFd::from)
    }

    /// Columns and rows to draw.
    pub(super) fn size(&self) -> (u16, u16) {
        let size = tcgetwinsize(&self.0).map_or((0, 0), |size| (size.ws_col, size.ws_row));
        match size {
            (0, _) | (_, 0) => UNKNOWN_SIZE,
            (columns, rows) => (columns.min(LARGEST_SIZE.0), rows.min(LARGEST_SIZE.1)),
        }
    }

    /// Writes all of `bytes`, usually in one call.
    ///
    /// # Errors
    /// When the terminal is gone, or took too long.
    pub(super) fn write(&self, mut bytes: &[u8], patience: WriteTimeout) -> io::Result<()> {
        while !bytes.is_empty() {
            match write(&self.0, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::AGAIN) => self.wait_for_room(patience)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits until the terminal takes more.
    fn wait_for_room(&self, patience: WriteTimeout) -> io::Result<()> {
        let left = match patience {
            WriteTimeout::Endless => None,
            WriteTimeout::Until(end) => Some(end.saturating_duration_since(Instant::now())),
        };
        if left == Some(Duration::ZERO) {
            return Err(ErrorKind::TimedOut.into());
        }
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut polled = [PollFd::new(&self.0, PollFlags::OUT)];
        match poll(&mut polled, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the terminal is gone. No event is asked for: a hang-up is told unasked.
    pub(super) fn wait_until_gone(&self) {
        loop {
            let mut polled = [PollFd::new(&self.0, PollFlags::empty())];
            match poll(&mut polled, None) {
                Ok(_) if polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => return,
                Ok(_) | Err(Errno::INTR) => {}
                // Without poll there is nothing to wait with; the signal thread still hears of most hang-ups.
                Err(_) => thread::park(),
            }
        }
    }
}

impl Tty {
    /// Whether the terminal is this job's to set up. One that is not the controlling terminal is nobody's in
    /// particular.
    pub(super) fn is_ours(&self) -> bool {
        tcgetpgrp(&self.0).map_or(true, |group| group == getpgrp())
    }

    /// Waits while the terminal is another job's, stopped as any job that wants it is. A signal that came while this
    /// process was stopped is given time to be heard first: `kill` of a stopped job continues it to end it.
    pub(super) fn wait_for_foreground(&self) {
        for _ in 0..STOPS {
            if self.is_ours() {
                return;
            }
            thread::sleep(GRACE);
            // Without a shell to stop for, the settings cannot be changed either, which is then the error.
            let _ = kill_current_process_group(Signal::TTOU);
        }
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
