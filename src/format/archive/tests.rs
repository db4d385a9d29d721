//! Tests of archives that are made here.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::zip::{DIRECTORY_HEADER, END_LENGTH, END_RECORD, END_RECORD_64, LOCAL_HEADER, LOCATOR_64, little};
use super::*;
use crate::format::testing::TestChunks;

/// Name and content of a file.
type File = (String, Result<Vec<u8>, MemberError>);

fn header(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut entry = header(name, kind, content.len());
    entry.extend_from_slice(content);
    entry.resize(entry.len().next_multiple_of(BLOCK), 0);
    entry
}

fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 2 * BLOCK]].concat()
}

/// Zip archive with deflated members.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(content).unwrap();
        let data = deflate.finish().unwrap();
        let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        fields.extend(crc32fast::hash(content).to_le_bytes());
        fields.extend((data.len() as u32).to_le_bytes());
        fields.extend((content.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        let local = archive.len() as u32;
        archive.extend([LOCAL_HEADER, &fields, &[0, 0], name.as_bytes(), &data].concat());
        directory.extend([DIRECTORY_HEADER, &[20, 0], &fields, &[0; 12]].concat());
        directory.extend(local.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = (files.len() as u16).to_le_bytes();
    let (length, start) = ((directory.len() as u32).to_le_bytes(), (archive.len() as u32).to_le_bytes());
    [
        archive,
        directory,
        END_RECORD.to_vec(),
        vec![0; 4],
        count.into(),
        count.into(),
        length.into(),
        start.into(),
        vec![0, 0],
    ]
    .concat()
}

fn read(bytes: Vec<u8>, memory: u64) -> Result<Vec<File>, FormatError> {
    let kind = ArchiveKind::of(&bytes).unwrap();
    let (limits, mut budget) = (Limits { inflated: 1 << 24, ..Limits::default() }, Budget::new(memory));
    let found = read_archive(kind, Box::new(TestChunks(vec![bytes])), &limits, &mut budget, &|| false)?;
    Ok(found.files.into_iter().map(|file| (file.name, file.content.map(|bytes| bytes.to_vec()))).collect())
}

#[test]
fn bytes_beside_an_archive_are_noticed() {
    let has_other_bytes = |bytes: Vec<u8>| {
        let kind = ArchiveKind::of(&bytes).unwrap();
        let (limits, mut budget) = (Limits::default(), Budget::new(1 << 20));
        let found = read_archive(kind, Box::new(TestChunks(vec![bytes])), &limits, &mut budget, &|| false).unwrap();
        assert_eq!(found.files.len(), 1);
        found.has_other_bytes
    };
    let one = [tar(&[entry("a.pb", b'0', b"first")]), zip(&[("a.pb", b"first")])];
    let two = [tar(&[entry("b.pb", b'0', b"second")]), zip(&[("b.pb", b"second")])];
    for archive in &one {
        assert!(!has_other_bytes(archive.clone()));
        assert!(!has_other_bytes([&archive[..], &[0; 10_240]].concat()));
        for other in &two {
            assert!(has_other_bytes([&archive[..], other].concat()));
        }
        assert!(has_other_bytes([&archive[..], &[0; 16_000], b"text"].concat()));
    }
}

#[test]
fn the_comment_of_a_zip_may_hold_the_bytes_of_a_record() {
    let mut archive = zip(&[("a.pb", b"one")]);
    let comment = b"about PK\x05\x06 and more than twenty other bytes";
    let at = archive.len() - 2;
    archive[at..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    archive.extend(comment);
    let files = read(archive, 1 << 20).unwrap();
    assert_eq!(files, [("a.pb".to_owned(), Ok(b"one".to_vec()))]);
}

#[test]
fn an_archive_without_its_end_is_told_from_a_whole_one() {
    let is_unterminated = |bytes: Vec<u8>| {
        let kind = ArchiveKind::of(&bytes).unwrap();
        let (limits, mut budget) = (Limits::default(), Budget::new(1 << 20));
        let found = read_archive(kind, Box::new(TestChunks(vec![bytes])), &limits, &mut budget, &|| false).unwrap();
        assert!(!found.files.is_empty());
        found.is_unterminated
    };
    let files = [entry("a.pb", b'0', b"one"), entry("b.pb", b'0', b"two")];
    let whole = tar(&files);
    assert!(!is_unterminated(whole.clone()) && !is_unterminated(zip(&[("a.pb", b"one")])));
    let whole_zip = zip(&[("a.pb", b"one")]);
    assert!(is_unterminated(whole_zip[..whole_zip.len() - 1].to_vec()));
    // After a file, and within the padding of a file.
    for length in [4 * BLOCK, 4 * BLOCK - 20, 2 * BLOCK, BLOCK + 3] {
        assert!(is_unterminated(whole[..length].to_vec()), "{length}");
    }
}

#[test]
fn files_come_out_as_they_went_in() {
    let long = format!("{}/heap.pb", "deep/".repeat(40));
    let tar = tar(&[
        entry("dir/", b'5', b""),
        entry("dir/a.pb", b'0', b"first"),
        entry("dir/link", b'2', b""),
        entry("dir/._a.pb", b'0', b"of a Mac"),
        entry("././@LongLink", b'L', long.as_bytes()),
        entry("deep", b'0', &[7; 700]),
        entry("pax", b'x', b"17 path=dir/b.pb\n"),
        entry("short", b'0', b""),
    ]);
    let want = [("dir/a.pb", b"first".to_vec()), (&*long, vec![7; 700]), ("dir/b.pb", Vec::new())];
    let want: Vec<_> = want.into_iter().map(|(name, bytes)| (name.to_owned(), Ok(bytes))).collect();
    assert_eq!(read(tar, 1 << 20).unwrap(), want);
    let long = vec![9; 100_000];
    let files = [("dir/a.pb", &b"first"[..]), ("b", &long)];
    let want: Vec<_> = files.iter().map(|(name, bytes)| ((*name).to_owned(), Ok(bytes.to_vec()))).collect();
    assert_eq!(read(zip(&files), 1 << 20).unwrap(), want);
}

#[test]
fn an_archive_of_the_larger_kind_is_read() {
    let mut archive = zip(&[("a.pb", b"first"), ("b.pb", &[7; 300])]);
    let end = archive.len() - END_LENGTH;
    let start = little::<4>(&archive, end + 16).unwrap();
    let header = start as usize;
    // The sizes and the offset of the first member move to an extra field.
    let (packed, unpacked) = (little::<4>(&archive, header + 20).unwrap(), little::<4>(&archive, header + 24).unwrap());
    let extra = [&[1, 0, 24, 0][..], &unpacked.to_le_bytes(), &packed.to_le_bytes(), &[0; 8]].concat();
    for field in [20, 24, 42] {
        archive[header + field..header + field + 4].fill(0xff);
    }
    archive[header + 30..header + 32].copy_from_slice(&(extra.len() as u16).to_le_bytes());
    archive.splice(header + 46 + 4..header + 46 + 4, extra.iter().copied());
    let end = archive.len() - END_LENGTH;
    let length = (end - header) as u64;
    archive[end + 8..end + 12].fill(0xff);
    archive[end + 12..end + 20].fill(0xff);
    let numbers = |numbers: &[u64]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let record = [END_RECORD_64, &numbers(&[44])[..], &[0; 12], &numbers(&[2, 2, length, start])].concat();
    let locator = [LOCATOR_64, &[0; 4], &numbers(&[end as u64])[..], &[1, 0, 0, 0]].concat();
    archive.splice(end..end, [record, locator].concat());
    let want = [("a.pb".to_owned(), Ok(b"first".to_vec())), ("b.pb".to_owned(), Ok(vec![7; 300]))];
    assert_eq!(read(archive.clone(), 1 << 20).unwrap(), want);
    for at in 4..archive.len() {
        let mut broken = archive.clone();
        broken[at] ^= 0x55;
        let _ = read(broken, 1 << 20);
    }
}

#[test]
fn unpacking_ends_when_it_is_cancelled() {
    for archive in [zip(&[("a", b"x")]), tar(&[entry("a", b'0', b"x")])] {
        let kind = ArchiveKind::of(&archive).unwrap();
        let (limits, mut budget) = (Limits::default(), Budget::new(1 << 20));
        let outcome = read_archive(kind, Box::new(TestChunks(vec![archive])), &limits, &mut budget, &|| true);
        assert!(matches!(outcome, Err(FormatError::Cancelled)));
    }
}

#[test]
fn no_path_leads_out() {
    for name in ["../a", "/etc/passwd", "a/../../b", "C:\\a", "a\\..\\b"] {
        let files = read(zip(&[(name, b"x")]), 1 << 20).unwrap();
        assert_eq!(files[0].1, Err(MemberError::Path), "{name}");
        let files = read(tar(&[entry(name, b'0', b"x")]), 1 << 20).unwrap();
        assert_eq!(files[0].1, Err(MemberError::Path), "{name}");
    }
}

#[test]
fn a_cut_or_damaged_archive_is_an_error() {
    let cut = entry("heap.pb", b'0', &[7; 700])[..BLOCK + 100].to_vec();
    let message = read(cut, 1 << 20).unwrap_err().to_string();
    assert!(message.contains("it ends within a file, at byte ") && message.ends_with(" of the archive"), "{message}");
    let whole = tar(&[entry("a", b'0', &[1; 600]), entry("b", b'0', b"x")]);
    for cut in (513..1112).chain(3 * BLOCK + 1..4 * BLOCK) {
        assert!(read(whole[..cut].to_vec(), 1 << 20).is_err(), "{cut}");
    }
    let whole = zip(&[("a", &[1; 600]), ("b", b"x")]);
    for cut in 4..whole.len() - 2 {
        assert!(read(whole[..cut].to_vec(), 1 << 20).is_err(), "{cut}");
    }
    for at in 4..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        let _ = read(broken, 1 << 20);
    }
}

#[test]
fn memory_is_limited() {
    let bomb = zip(&[("bomb", &vec![0; 1 << 22])]);
    assert!(matches!(read(bomb.clone(), 1 << 20), Err(FormatError::Limit(_))));
    assert!(read(bomb, 1 << 24).is_ok());
    let claimed = header("a", b'0', 1 << 30);
    assert!(matches!(read(claimed, 1 << 20), Err(FormatError::Limit(_))));
}

#[test]
fn files_that_share_data_are_refused() {
    let mut archive = zip(&[("a", &(0..=255).collect::<Vec<u8>>()), ("b", &(0..=255).collect::<Vec<u8>>())]);
    let at = archive.windows(4).rposition(|window| window == DIRECTORY_HEADER).unwrap();
    archive[at + 20..at + 24].copy_from_slice(&1_000_000_u32.to_le_bytes());
    assert!(read(archive, 1 << 20).unwrap_err().to_string().contains("overlap"));
}
