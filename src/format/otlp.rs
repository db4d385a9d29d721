//! OTLP profiles as protobuf, distinguished from pprof by their first bytes. The protocol has no stable release, so
//! such profiles are recognized but not read.

/// Tags of fields 1 and 2 of a protobuf message, if the fields are messages.
const FIELD_1: u8 = 0x0a;
const FIELD_2: u8 = 0x12;

/// True for OTLP profiles as protobuf: they begin with the messages of a resource and its scopes, where pprof has two
/// numbers.
pub(super) fn is_otlp(head: &[u8]) -> bool {
    let Some((resource, size)) = head.strip_prefix(&[FIELD_1]).and_then(protobuf_length) else { return false };
    let message = resource.strip_prefix(&[FIELD_1]).or_else(|| resource.strip_prefix(&[FIELD_2]));
    let Some((first, length)) = message.and_then(protobuf_length) else { return false };
    // Empty lines look like messages, too, but not like one inside the other.
    if resource.len() - first.len() + length > size {
        return false;
    }
    // The message begins with another message or a text, and the scopes follow.
    matches!(first.first(), Some(&(FIELD_1 | FIELD_2)))
        && first.get(length..).is_none_or(|next| matches!(next.first(), None | Some(&(FIELD_1 | FIELD_2 | 0x1a))))
}

/// Reads the length of a protobuf field, and returns the bytes after the length.
fn protobuf_length(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.iter().take(5).position(|byte| *byte < 0x80)?;
    let length = bytes[..=end].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
    (length > 0).then_some((&bytes[end + 1..], length))
}
