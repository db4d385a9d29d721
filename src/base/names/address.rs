//! Addresses that stand where no name is known: `0x55858a1b2c3d [server]`. What tells two of them apart are the last digits,
//! so the mapping goes first, and these go last.

use std::borrow::Cow;

/// The form of an address that fits `cells`, which its whole form does not; none if `shown` is no address.
pub(super) fn shorten(shown: &str, cells: usize) -> Option<Cow<'_, str>> {
    let digits = shown.strip_prefix("0x")?;
    let end = digits.find(|sign: char| !sign.is_ascii_hexdigit()).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let (address, mapping) = shown.split_at("0x".len() + end);
    let is_address = mapping.is_empty() || mapping.starts_with(" [") && mapping.ends_with(']');
    if !is_address {
        return None;
    }
    if address.len() <= cells {
        return Some(Cow::Borrowed(address));
    }
    let last = address.get(address.len() - cells.saturating_sub(1).min(end)..)?;
    Some(Cow::Owned(format!("…{last}")))
}
