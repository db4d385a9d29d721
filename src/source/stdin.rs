//! Standard input. The explorer reads keys from the terminal itself, not from standard input.

use std::io::{self, IsTerminal, Read};

use super::{Address, SourceError, SourceKind};

/// Address of standard input.
pub(super) const NAME: &str = "-";

pub(super) const SOURCE: SourceKind =
    SourceKind { written: NAME, about: "standard input", claim: |text| (text == NAME).then_some(Address::Stdin) };

/// Opens standard input. A terminal is an error, since the program would seem to hang.
pub(super) fn open() -> Result<Box<dyn Read + Send>, SourceError> {
    let input = io::stdin();
    if input.is_terminal() { Err(SourceError::Terminal) } else { Ok(Box::new(input)) }
}
