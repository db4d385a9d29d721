//! Terminal device: opening, size, and writes with a time limit.

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

/// Size assumed for a terminal that does not report one, as over a serial line.
const UNKNOWN_SIZE: (u16, u16) = (80, 24);
/// Maximum size of a frame. A terminal may report 65,535 columns and rows, and every cell takes memory.
const LARGEST_SIZE: (u16, u16) = (1024, 512);

/// Time allowed for a signal to reach its thread.
const GRACE: Duration = Duration::from_millis(50);
/// Maximum number of stops in the background before an error is returned.
const STOPS: usize = 3;

/// Terminal, open for writing and for reading its state.
#[derive(Debug)]
pub(super) struct Tty(OwnedFd);

/// Time limit for a write to a blocked terminal, as after Ctrl-S or on a stalled line.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteTimeout {
    /// No limit; the signal thread and the watchdog can still end the process.
    Endless,
    /// Deadline, after which the remaining bytes are not written.
    Until(Instant),
}

impl Tty {
    /// Opens the terminal of standard output, or the controlling terminal if standard output is not a terminal.
    ///
    /// The device is opened anew if possible, since only then can it be made non-blocking without affecting the shell,
    /// which shares the open file of standard output. The device name is tried first, as not every system can poll
    /// `/dev/tty`; then `/dev/tty`, if the name belongs to another user or container.
    ///
    /// # Errors
    /// There is no terminal.
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

    /// Returns true if there is a terminal to read keys from: standard input, or the controlling terminal.
    pub(super) fn has_keys() -> bool {
        isatty(rustix::stdio::stdin()) || File::open("/dev/tty").is_ok()
    }

    /// Controlling terminal, for a program that reads keys while standard input is something else.
    ///
    /// # Errors
    /// There is no controlling terminal.
    pub(super) fn keys() -> io::Result<OwnedFd> {
        File::open("/dev/tty").map(OwnedFd::from)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        let size = tcgetwinsize(&self.0).map_or((0, 0), |size| (size.ws_col, size.ws_row));
        match size {
            (0, _) | (_, 0) => UNKNOWN_SIZE,
            (columns, rows) => (columns.min(LARGEST_SIZE.0), rows.min(LARGEST_SIZE.1)),
        }
    }

    /// Writes `bytes` while `is_wanted` returns true, waiting for the terminal without a time limit.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write_while(&self, mut bytes: &[u8], is_wanted: impl Fn() -> bool) -> io::Result<()> {
        while !bytes.is_empty() && is_wanted() {
            match write(&self.0, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::AGAIN) => self.wait_for_room(WriteTimeout::Endless)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Writes all of `bytes`, usually in one call.
    ///
    /// # Errors
    /// The terminal is gone, or the time limit has passed.
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

    /// Waits until the terminal accepts output.
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

    /// Waits until the terminal is gone. Poll reports a hang-up even if no events are requested.
    pub(super) fn wait_until_gone(&self) {
        loop {
            let mut polled = [PollFd::new(&self.0, PollFlags::empty())];
            match poll(&mut polled, None) {
                Ok(_) if polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => return,
                Ok(_) | Err(Errno::INTR) => {}
                // If polling fails, the thread can only sleep; the signal thread still receives most hang-ups.
                Err(_) => thread::park(),
            }
        }
    }
}

impl Tty {
    /// Returns true if this job may change the settings. A terminal that is not the controlling terminal belongs to no
    /// job.
    pub(super) fn is_ours(&self) -> bool {
        tcgetpgrp(&self.0).map_or(true, |group| group == getpgrp())
    }

    /// Waits while another job has the terminal, stopped like any background job. A signal that arrived during the stop
    /// is given time to be handled first: `kill` of a stopped job continues the job to end it.
    pub(super) fn wait_for_foreground(&self) {
        for _ in 0..STOPS {
            if self.is_ours() {
                return;
            }
            thread::sleep(GRACE);
            // If no shell can stop the process, changing the settings fails with an error.
            let _ = kill_current_process_group(Signal::TTOU);
        }
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use rustix::fs::fcntl_setfl;

    use super::*;

    #[test]
    fn a_frame_is_cut_off_once_another_thread_restores_the_terminal() {
        let (reader, writer) = io::pipe().unwrap();
        fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
        let (tty, asked) = (Tty(writer.into()), Cell::new(0));
        // Far more than a pipe holds: the closure is called a second time when the pipe is full.
        let is_wanted = || asked.replace(asked.get() + 1) == 0;
        tty.write_while(&vec![b'x'; 1 << 24], is_wanted).unwrap();
        assert_eq!(asked.get(), 2);
        drop(reader);
    }
}
