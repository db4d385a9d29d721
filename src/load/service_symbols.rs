//! Symbols from the service that a profile came from, through its symbol endpoint, as used by pprof and jeprof.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use super::{Progress, Reason};
use crate::base::limits::{Budget, LimitError};
use crate::base::units::commas_u64;
use crate::format::FormatError;
use crate::profile::{Profile, Warning, WarningKind};
use crate::source::SourceError;
use crate::source::http::{CancelCheck, HttpError, Remote};
use crate::symbolize::{name_functions, nameless_addresses};

/// Use of a service as a source of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServiceSymbols {
    /// The service is queried.
    Query,
    /// The service is not queried, because binaries were given.
    Skip,
}

/// Maximum number of addresses in one request: 150 KB of text.
const BATCH: usize = 8192;
/// Maximum number of addresses looked up.
const MAX_ADDRESSES: usize = 1 << 18;
/// Maximum size of the response to one request: 2 KiB a name.
const MAX_ANSWER: u64 = 16 << 20;

/// Names the addresses of a profile that have no name, and returns a warning if the service does not know them.
///
/// # Errors
/// [`Reason`] if a limit is exceeded or the user cancelled.
pub(super) fn name_addresses(
    profile: &mut Profile,
    remote: &Remote,
    limit: u64,
    budget: &mut Budget,
    progress: &Arc<Progress>,
) -> Result<Option<Warning>, Reason> {
    let addresses = nameless_addresses(&profile.tables.symbols);
    if addresses.is_empty() {
        return Ok(None);
    }
    let watched = Arc::clone(progress);
    let is_cancelled: CancelCheck = Arc::new(move || watched.is_cancelled());
    let mut names: HashMap<u64, Vec<u8>> = HashMap::default();
    let mut charged = 0;
    let mut failed = None;
    for batch in addresses[..addresses.len().min(MAX_ADDRESSES)].chunks(BATCH) {
        let asked: Vec<String> = batch.iter().map(|address| format!("{address:#x}")).collect();
        match answer(remote, &asked.join("+"), limit.min(MAX_ANSWER), &is_cancelled) {
            Ok(text) => charged += read_names(&text, &mut names, budget).map_err(FormatError::from)?,
            Err(HttpError::Cancelled) => return Err(SourceError::from(HttpError::Cancelled).into()),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    name_functions(profile, |address| names.get(&address).map(Vec::as_slice), budget).map_err(FormatError::from)?;
    budget.release(charged);
    Ok(failed.map(|error| {
        let count = commas_u64((addresses.len() - names.len().min(addresses.len())) as u64);
        let text = format!("{count} addresses have no name, and the service gives none: {error}");
        Warning::new(WarningKind::Symbols, text)
    }))
}

/// Response to one request.
fn answer(remote: &Remote, asked: &str, limit: u64, is_cancelled: &CancelCheck) -> Result<Vec<u8>, HttpError> {
    let mut text = Vec::new();
    let mut reader = remote.look_up(asked, limit, is_cancelled)?;
    reader.read_to_end(&mut text).map_err(|error| match error.downcast::<HttpError>() {
        Ok(error) => error,
        Err(error) => HttpError::InvalidResponse(error.to_string()),
    })?;
    Ok(text)
}

/// Reads lines of an address and its name, and returns the number of bytes charged. Other lines are skipped.
fn read_names(text: &[u8], names: &mut HashMap<u64, Vec<u8>>, budget: &mut Budget) -> Result<u64, LimitError> {
    let before = budget.used();
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        let Some(rest) = line.strip_prefix(b"0x") else { continue };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (address, name) = rest.split_at(digits);
        let address = std::str::from_utf8(address).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let name = name.trim_ascii();
        // A service without a name for an address repeats the address.
        let (Some(address), false) = (address, name.is_empty() || name.starts_with(b"0x") || name == b"??") else {
            continue;
        };
        budget.charge_map_entry(names)?;
        budget.charge(name.len() as u64)?;
        names.insert(address, name.to_vec());
    }
    Ok(budget.used() - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_name_for_each_address() {
        let mut names = HashMap::default();
        let text =
            b"num_symbols: 1\n0x10\tmain.leak\r\n0x20 std::vector<int>::push_back(int const&)\n0x30\t0x30\n0x40 ??\n";
        read_names(text, &mut names, &mut Budget::new(1 << 16)).unwrap();
        let mut found: Vec<(u64, String)> =
            names.into_iter().map(|(address, name)| (address, String::from_utf8(name).unwrap())).collect();
        found.sort();
        let want = [(0x10, "main.leak"), (0x20, "std::vector<int>::push_back(int const&)")];
        assert_eq!(found, want.map(|(address, name)| (address, name.to_owned())));
    }
}
