//! Synthetic snapshots, with a time, a sampling rate, and the memory in use and allocated of each function under
//! `main`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heapglass::format::pprof::message;
use heapglass::profile::{Input, Series};
use prost::Message;

use crate::support::build::{Stack, message_of, read};

/// Nanoseconds.
pub const SECOND: i64 = 1_000_000_000;
/// Bytes.
pub const MIB: i64 = 1 << 20;
/// Time of the first snapshot of [`heap`], in seconds since 1970.
pub const START: i64 = 1_795_000_000;

/// Values of one snapshot: name of a leaf under `main`, objects and bytes in use, objects and bytes allocated.
pub type Sites = Vec<(String, [i64; 4])>;

/// Snapshot to build.
#[derive(Clone, Debug, Default)]
pub struct Made {
    pub sites: Sites,
    pub time: i64,
    pub duration: i64,
    pub period: i64,
}

/// Empty directory of a group of tests.
pub fn folder(group: &str, name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(group).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Snapshot `second` seconds after the start, with MiB in use and allocated by each function, in objects of 1 MiB.
pub fn heap(second: i64, sites: &[(&str, i64, i64)]) -> Made {
    let site = |(name, held, allocated): &(&str, i64, i64)| {
        ((*name).to_owned(), [*held, held * MIB, *allocated, allocated * MIB])
    };
    let time = (START + second) * SECOND;
    Made { sites: sites.iter().map(site).collect(), time, duration: 0, period: 512 << 10 }
}

/// Writes a snapshot, and returns its path.
pub fn write(folder: &Path, name: &str, made: &Made) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes_of(made)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn stack(name: &str, values: &[i64]) -> Stack {
    Stack { names: vec![name.to_owned(), "main".to_owned()], values: values.to_vec() }
}

/// Snapshot as the bytes of a file.
pub fn bytes_of(made: &Made) -> Vec<u8> {
    let stacks: Vec<Stack> = made.sites.iter().map(|(name, values)| stack(name, values)).collect();
    let mut profile = message_of(&stacks, 4);
    let names = ["inuse_objects", "inuse_space", "alloc_objects", "alloc_space"];
    for (sample_type, name) in profile.sample_type.iter_mut().zip(names) {
        profile.string_table[sample_type.r#type as usize] = name.into();
        profile.string_table.push(if name.ends_with("space") { "bytes".into() } else { "count".into() });
        sample_type.unit = profile.string_table.len() as i64 - 1;
    }
    profile.string_table.push("space".into());
    let space = profile.string_table.len() as i64 - 1;
    profile.string_table.push("bytes".into());
    let period_type = message::ValueType { r#type: space, unit: profile.string_table.len() as i64 - 1 };
    profile.period_type = Some(period_type);
    (profile.period, profile.time_nanos, profile.duration_nanos) = (made.period, made.time, made.duration);
    profile.encode_to_vec()
}

/// Series with these snapshots and base snapshots.
pub fn series_of(main: &[Made], base: &[Made]) -> Arc<Series> {
    let read = |made: &Made| read(bytes_of(made), 1 << 30).unwrap();
    let (first, budget) = read(&main[0]);
    let mut series = Series::new(first, budget);
    for (side, all) in [(Input::Current, &main[1..]), (Input::Base, base)] {
        for made in all {
            series.add(read(made).0, side).unwrap();
        }
    }
    series.sort_snapshots();
    Arc::new(series)
}

/// Snapshot with a build id, as the bytes of a file.
pub fn built(made: &Made, build: &str) -> Vec<u8> {
    let mut profile = message::Profile::decode(&*bytes_of(made)).unwrap();
    profile.string_table.push(build.into());
    let build_id = profile.string_table.len() as i64 - 1;
    profile.mapping = vec![message::Mapping { id: 1, build_id, ..Default::default() }];
    profile.location.iter_mut().for_each(|location| location.mapping_id = 1);
    profile.encode_to_vec()
}
