//! Functions named in the arguments of a report.

use crate::base::safe_text::safe_str;

use super::args::LoadArgs;
use super::message::CliFailure;

/// Functions that a report covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionSelector {
    /// Name or pattern.
    pub(crate) name: String,
    /// Source lines of the functions.
    pub(crate) lines: FunctionLines,
}

/// Use of source lines in a report about functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FunctionLines {
    /// Figures of functions only.
    Unused,
    /// Lines with the text of source files.
    Listed,
}

impl FunctionSelector {
    /// Takes the function from the first argument after the kind.
    ///
    /// # Errors
    /// [`CliFailure`] if no function is named.
    pub(crate) fn take(kind: &str, load: &mut LoadArgs) -> Result<Self, CliFailure> {
        let wanted = if load.demo { 1 } else { 2 };
        if load.sources.len() < wanted {
            let hint = format!("`heapglass report {kind} FUNCTION SOURCE`, FUNCTION a name or a pattern");
            let what = match load.sources.first() {
                Some(only) => {
                    format!("give a function and a source, there is only `{}`", safe_str(&only.to_string_lossy()))
                }
                None => "give a function".to_owned(),
            };
            return Err(CliFailure::input(format!("`report {kind}`: {what}"), Some(hint)));
        }
        let name = load.sources.remove(0).to_string_lossy().into_owned();
        let lines = if kind == "source" { FunctionLines::Listed } else { FunctionLines::Unused };
        Ok(Self { name, lines })
    }
}
