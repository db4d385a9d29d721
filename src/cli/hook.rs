//! Commands of `--exec`: run sequentially in the background, without a shell.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::message::{MessageLine, warn};

/// Placeholder for the file name in a command.
const FILE: &str = "{}";

/// Command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HookCommand {
    words: Vec<String>,
}

impl HookCommand {
    /// Parses a command into words like a shell, but without expansions.
    ///
    /// # Errors
    /// A message if a quote is not closed or there is no command.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match shlex::split(text) {
            Some(words) if !words.is_empty() => Ok(Self { words }),
            Some(_) => Err("there is no command".to_owned()),
            None => Err("a quote is not closed".to_owned()),
        }
    }

    /// Command for a file: the name replaces `{}`, else it is the last argument.
    fn command(&self, file: &PathBuf) -> Command {
        let has_place = self.words.iter().any(|word| word.contains(FILE));
        let argument = |word: &String| match (word.as_str(), file.to_str()) {
            (FILE, _) => file.clone().into_os_string(),
            (word, Some(name)) => OsString::from(word.replace(FILE, name)),
            (word, None) => OsString::from(word),
        };
        let mut command = Command::new(&self.words[0]);
        command.args(self.words[1..].iter().map(argument)).stdin(Stdio::null());
        if !has_place && !file.as_os_str().is_empty() {
            command.arg(file);
        }
        command
    }
}

/// Files whose commands have not ended, in the order of the commands.
#[derive(Clone, Default)]
struct Unfinished(Arc<(Mutex<VecDeque<PathBuf>>, Condvar)>);

impl Unfinished {
    fn files(&self) -> MutexGuard<'_, VecDeque<PathBuf>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the first file, whose command has ended.
    fn finish_first(&self) {
        self.files().pop_front();
        self.0.1.notify_all();
    }
}

/// Thread that runs a command for each file; it ends with the process.
#[derive(Clone)]
pub(crate) struct Hook {
    files: Sender<(PathBuf, Vec<(&'static str, String)>)>,
    unfinished: Unfinished,
}

impl Hook {
    /// Starts the thread.
    ///
    /// # Errors
    /// Error of the system if the thread cannot be started.
    pub(crate) fn start(command: HookCommand) -> std::io::Result<Self> {
        let (files, waiting) = channel::<(PathBuf, Vec<(&'static str, String)>)>();
        let unfinished = Unfinished::default();
        let shared = unfinished.clone();
        let work = move || {
            for (file, variables) in waiting {
                let name = &command.words[0];
                match command.command(&file).envs(variables).status() {
                    Ok(status) if status.success() => {}
                    Ok(status) => warn(&MessageLine::new(format!("--exec: `{name}` ended with {status}"))),
                    Err(error) => warn(&MessageLine::new(format!("--exec: `{name}` cannot be run: {error}"))),
                }
                shared.finish_first();
            }
        };
        thread::Builder::new().name("hook".to_owned()).spawn(work)?;
        Ok(Self { files, unfinished })
    }

    /// Queues the command for a file, with environment variables that describe the reason.
    pub(crate) fn run(&self, file: PathBuf, variables: Vec<(&'static str, String)>) {
        self.unfinished.files().push_back(file.clone());
        // The thread does not end before this sender is dropped.
        let _ = self.files.send((file, variables));
    }

    /// Returns true if the command of this file runs or waits.
    pub(crate) fn needs(&self, file: &Path) -> bool {
        self.unfinished.files().iter().any(|one| one == file)
    }

    /// Waits until all commands have ended, at most for `limit` if there is one; returns the number of those that have
    /// not.
    pub(crate) fn finish(&self, limit: Option<Duration>) -> usize {
        let start = Instant::now();
        let mut files = self.unfinished.files();
        while !files.is_empty() {
            let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
            files = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.unfinished.0.1.wait_timeout(files, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.unfinished.0.1.wait(files).unwrap_or_else(PoisonError::into_inner),
            };
        }
        files.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_have_not_ended_are_counted() {
        let gate = std::env::temp_dir().join(format!("heapglass-hook-{}", std::process::id()));
        let _ = std::fs::remove_file(&gate);
        let script = format!("while [ ! -e '{}' ]; do sleep 0.01; done", gate.display());
        let hook = Hook::start(HookCommand { words: ["sh", "-c", &script].map(str::to_owned).to_vec() }).unwrap();
        assert_eq!(hook.finish(None), 0, "without commands there is nothing to wait for");
        hook.run(PathBuf::from("a"), Vec::new());
        hook.run(PathBuf::from("b"), Vec::new());
        assert_eq!(hook.finish(Some(Duration::ZERO)), 2);
        assert!(hook.needs(Path::new("b")));
        std::fs::write(&gate, "").unwrap();
        assert_eq!(hook.finish(None), 0);
        assert!(!hook.needs(Path::new("b")));
        std::fs::remove_file(&gate).unwrap();
    }

    #[test]
    fn the_file_has_its_place_and_no_shell_reads_it() {
        let words = |text: &str| {
            let command = HookCommand::parse(text).unwrap().command(&PathBuf::from("d/a b;c"));
            let mut words = vec![command.get_program().to_owned()];
            words.extend(command.get_args().map(ToOwned::to_owned));
            words
        };
        assert_eq!(words("upload -q"), ["upload", "-q", "d/a b;c"]);
        assert_eq!(words("cp {} '/x y/'"), ["cp", "d/a b;c", "/x y/"]);
        assert_eq!(words("put file={}"), ["put", "file=d/a b;c"]);
        assert_eq!(words("echo $HOME"), ["echo", "$HOME", "d/a b;c"]);
        assert!(HookCommand::parse("  ").is_err() && HookCommand::parse("a 'b").is_err());
    }
}
