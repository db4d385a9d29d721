//! Standard input. Keys never come from here: the explorer reads them from the terminal itself.

use std::io::{self, IsTerminal, Read};

use super::{Address, SourceError, SourceKind};

/// How standard input is written and shown.
pub(super) const NAME: &str = "-";

/// The row of the table of sources.
pub(super) const SOURCE: SourceKind =
    SourceKind { written: NAME, about: "standard input", claim: |text| (text == NAME).then_some(Address::Stdin) };

/// Opens standard input. A terminal is refused: the program would seem to hang until somebody thought of Ctrl-D.
pub(super) fn open() -> Result<Box<dyn Read + Send>, SourceError> {
    let input = io::stdin();
    if input.is_terminal() { Err(SourceError::Terminal) } else { Ok(Box::new(input)) }
}
