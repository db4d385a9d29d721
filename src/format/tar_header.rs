//! Headers of tar archives: a block with a name, octal numbers and a checksum.

/// Bytes of a block of a tar archive.
pub(super) const BLOCK: usize = 512;

/// True for the first block of a tar archive, which has a name and a correct checksum.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.first_chunk::<BLOCK>().is_some_and(|block| block[0] != 0 && has_checksum(block))
}

/// True if the checksum of a header is correct; its own field counts as blanks.
pub(super) fn has_checksum(block: &[u8; BLOCK]) -> bool {
    let bytes = block.iter().enumerate();
    let sum = |of: fn(u8) -> i64| -> i64 {
        bytes.clone().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { of(*byte) }).sum()
    };
    // Some writers add signed bytes.
    let said = octal(&block[148..156]).and_then(|said| i64::try_from(said).ok());
    said.is_some_and(|said| said == sum(i64::from) || said == sum(|byte| i64::from(byte as i8)))
}

/// Parses a number of a tar header: octal digits, or big-endian with the first bit set.
pub(super) fn octal(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        let first = u64::from(field[0] & 0x7f);
        return field[1..].iter().try_fold(first, |sum, byte| Some(sum.checked_mul(256)? + u64::from(*byte)));
    }
    let digits = field.split(|byte| matches!(byte, 0 | b' ')).find(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_u64, |sum, digit| {
        let digit = matches!(digit, b'0'..=b'7').then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(8)?.checked_add(digit)
    })
}
