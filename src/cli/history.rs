//! `check --history` and `report history`: the ledger file, and the revision of a build.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::safe_text::safe_str;
use crate::report::{History, Ledger, LedgerLine, ReportFormat};
use crate::source::http::CancelCheck;
use crate::source::{Address, SourceError};

use super::environment::{Variables, style};
use super::message::{CliFailure, MessageLine, warn};
use super::output::{Output, append};
use super::screen_args::ScreenArgs;

/// Maximum size of a ledger, in bytes: builds of many years.
const MOST_BYTES: u64 = 64 << 20;
/// Size of a ledger, in bytes, above which its oldest half is dropped.
const MOST_KEPT: u64 = 16 << 20;
/// Maximum length of a revision, in characters.
const LONGEST_REVISION: usize = 200;
/// Variables in which build services provide the revision.
const VARIABLES: [&str; 4] = ["GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "GIT_COMMIT"];
/// Maximum size, in bytes, of a repository file read to find the revision.
const MOST_REFS: u64 = 16 << 20;

/// Request of `report history`.
pub(crate) struct HistoryPlan {
    /// Ledger.
    pub(crate) path: OsString,
    /// Sample type; `None` for the sample type of the last line.
    pub(crate) sample_type: Option<String>,
    /// Format.
    pub(crate) format: ReportFormat,
    /// Maximum number of builds; 0 for all.
    pub(crate) limit: usize,
    /// Options of the terminal.
    pub(crate) screen: ScreenArgs,
    /// Destination.
    pub(crate) output: Output,
}

impl HistoryPlan {
    /// Reads the ledger and writes the report.
    ///
    /// # Errors
    /// [`CliFailure`] if the ledger cannot be read, or has no builds.
    pub(crate) fn run(&self, variables: Variables<'_>) -> Result<(), CliFailure> {
        let said = |what: &dyn std::fmt::Display| format!("{}: {}", self.path.display(), safe_str(&what.to_string()));
        let bytes = read(&Address::parse(&self.path), MOST_BYTES)
            .map_err(|error| CliFailure::input(said(&error), error.hint()))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(CliFailure::input(said(&"too long for a ledger"), None));
        }
        let text = String::from_utf8_lossy(&bytes);
        let ledger = Ledger::read(&text, self.sample_type.as_deref()).map_err(|error| {
            let hint = "`heapglass check --history FILE PROFILE` appends a line for each build";
            CliFailure::input(said(&error), Some(hint.to_owned()))
        })?;
        let history = History::new(ledger, self.limit, style(&self.screen, &self.output, variables));
        self.output.write(|out| history.write(self.format, out))
    }
}

/// Reads at most `most` + 1 bytes of a file, so that a longer file is recognized.
fn read(address: &Address, most: u64) -> Result<Vec<u8>, SourceError> {
    let is_cancelled: CancelCheck = Arc::new(|| false);
    let mut bytes = Vec::new();
    let file = address.open_limited(most + 1, &is_cancelled)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(SourceError::from)?;
    Ok(bytes)
}

/// Appends the line of a build to a ledger, which is created if missing.
///
/// # Errors
/// [`CliFailure`] if the file cannot be written.
pub(crate) fn record(path: &Path, line: &LedgerLine) -> Result<(), CliFailure> {
    let text = line.text().map_err(|error| CliFailure::input(format!("{}: {error}", path.display()), None))?;
    append(path, &text, MOST_KEPT)
}

/// Revision of a build: as typed, else from the build service, else from the repository that contains the working
/// directory.
///
/// # Errors
/// [`CliFailure`] if there is no revision.
pub(crate) fn revision(typed: Option<&str>, variables: Variables<'_>) -> Result<String, CliFailure> {
    let of_service = || VARIABLES.iter().find_map(|name| variables(name)).filter(|value| !value.is_empty());
    let revision = typed.map(str::to_owned).or_else(of_service).or_else(of_repository);
    let Some(revision) = revision else {
        let hint = "`--revision NAME` names the build";
        return Err(CliFailure::input("the revision of this build is not known", Some(hint.to_owned())));
    };
    if revision.chars().count() > LONGEST_REVISION {
        let line = format!("the revision has more than {LONGEST_REVISION} characters; it is cut");
        warn(&MessageLine::new(&line));
    }
    Ok(revision.trim().chars().take(LONGEST_REVISION).collect())
}

/// Commit checked out in the nearest Git repository, read from its files without running a program; `None` without a
/// repository.
fn of_repository() -> Option<String> {
    let start = std::env::current_dir().ok()?;
    let text = |path: PathBuf| {
        let bytes = read(&Address::File(path), MOST_REFS).ok()?;
        String::from_utf8(bytes).ok()
    };
    start.ancestors().find_map(|folder| {
        let entry = folder.join(".git");
        // In a worktree, `.git` is a file that names the directory.
        let place = text(entry.clone()).and_then(|link| Some(folder.join(link.trim().strip_prefix("gitdir: ")?)));
        let place = place.unwrap_or(entry);
        let head = text(place.join("HEAD"))?;
        let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
        let common = text(place.join("commondir")).map_or_else(|| place.clone(), |path| place.join(path.trim()));
        let loose = text(common.join(name)).map(|commit| commit.trim().to_owned());
        loose.or_else(|| {
            let packed = text(common.join("packed-refs"))?;
            let line = packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, known)| known == name))?;
            line.split_once(' ').map(|(commit, _)| commit.to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_typed_or_that_of_the_service() {
        let variables = |name: &str| (name == "CI_COMMIT_SHA").then(|| "abc".to_owned());
        let known = |typed: Option<&str>| revision(typed, &variables).ok();
        assert_eq!(known(Some("v1")).unwrap(), "v1");
        assert_eq!(known(None).unwrap(), "abc");
        assert_eq!(known(Some(&"x".repeat(500))).unwrap().len(), LONGEST_REVISION);
    }
}
