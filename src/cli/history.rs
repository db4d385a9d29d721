//! `check --history` and `report history`: the ledger file, and the revision of a build.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use crate::base::safe_text::safe_str;
use crate::report::{History, Ledger, LedgerLine, ReportFormat};
use crate::source::http::CancelCheck;
use crate::source::{Address, SourceError, repository};

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
        let address = Address::parse(&self.path);
        if address.remote().is_some() || address.store().is_some() {
            return Err(CliFailure::input(said(&"a ledger is a file, and this is an address"), None));
        }
        let bytes = read(&address, MOST_BYTES).map_err(|error| CliFailure::input(said(&error), error.hint()))?;
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
/// [`CliFailure`] if the file cannot be written, or holds something else than a ledger.
pub(crate) fn record(path: &Path, line: &LedgerLine) -> Result<(), CliFailure> {
    let text = line.text().map_err(|error| CliFailure::input(format!("{}: {error}", path.display()), None))?;
    append(path, &text, MOST_KEPT, |head| {
        let hint = "`--history` appends to a file that it made, or to one that does not exist";
        let line = || format!("{}: not a ledger of heapglass, and left as it is", path.display());
        if LedgerLine::is_ledger(head) { Ok(()) } else { Err(CliFailure::input(line(), Some(hint.to_owned()))) }
    })
}

/// Revision of a build: as typed, else from the build service, else from the repository that contains the working
/// directory.
///
/// # Errors
/// [`CliFailure`] if there is no revision.
pub(crate) fn revision(typed: Option<&str>, variables: Variables<'_>) -> Result<String, CliFailure> {
    let is_known = |revision: &String| !revision.trim().is_empty();
    let of_service = || VARIABLES.iter().find_map(|name| variables(name).filter(is_known));
    let of_repository = || repository::checked_out(&std::env::current_dir().ok()?);
    let revision = typed.map(str::to_owned).filter(is_known).or_else(of_service).or_else(of_repository);
    let Some(revision) = revision else {
        let hint = "`--revision NAME` names the build";
        return Err(CliFailure::usage("the revision of this build is not known", Some(hint.to_owned())));
    };
    if revision.chars().count() > LONGEST_REVISION {
        let line = format!("the revision has more than {LONGEST_REVISION} characters; it is cut");
        warn(&MessageLine::new(&line));
    }
    Ok(revision.trim().chars().take(LONGEST_REVISION).collect())
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
        assert_eq!(known(Some(" ")).unwrap(), "abc", "an unset variable of a script is no name");
        let variables = |name: &str| match name {
            "GITHUB_SHA" => Some(String::new()),
            "CI_COMMIT_SHA" => Some("abc".to_owned()),
            _ => None,
        };
        assert_eq!(revision(None, &variables).ok().unwrap(), "abc", "an empty variable hides no other");
    }
}
