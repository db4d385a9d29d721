//! OTLP profiles as protobuf, told from pprof by their first bytes. There is no stable release of the protocol, so they are
//! named and not read.

/// Tags of fields 1 and 2 of a protobuf message, where they are messages.
const FIELD_1: u8 = 0x0a;
const FIELD_2: u8 = 0x12;

/// True for OTLP profiles as protobuf: they begin with a resource and its scopes, which are messages, where pprof has two
/// numbers.
pub(super) fn is_otlp(head: &[u8]) -> bool {
    let Some((resource, _)) = head.strip_prefix(&[FIELD_1]).and_then(protobuf_length) else { return false };
    let message = resource.strip_prefix(&[FIELD_1]).or_else(|| resource.strip_prefix(&[FIELD_2]));
    let Some((first, length)) = message.and_then(protobuf_length) else { return false };
    // Within a message is another one, or text in it, and behind it the scopes.
    matches!(first.first(), Some(&(FIELD_1 | FIELD_2)))
        && first.get(length..).is_none_or(|next| matches!(next.first(), None | Some(&(FIELD_1 | FIELD_2 | 0x1a))))
}

/// Reads the length of a protobuf field, and returns what follows it.
fn protobuf_length(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.iter().take(5).position(|byte| *byte < 0x80)?;
    let length = bytes[..=end].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
    (length > 0).then_some((&bytes[end + 1..], length))
}
