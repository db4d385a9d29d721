//! Snapshots of a live source as pprof files, named as those of `record`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::effect::{Saved, Saving};
use crate::base::safe_text::safe_str;
use crate::profile::Series;
use crate::report::write_snapshot;

use super::record::Folder;

/// Writes snapshots in their order, up to the first failure. None replaces a file, and each is complete or absent. Several
/// instances have a directory each.
pub(crate) fn save(saving: Saving) -> Saved {
    let mut written = 0;
    let mut error = None;
    for at in &saving.snapshots {
        let folder = folder_of(&saving.series, *at, Path::new(&saving.folder));
        if let Err(refused) = write(&saving.series, *at, &folder) {
            error = Some(format!("{}: {refused}", safe_str(&folder.display().to_string())));
            break;
        }
        written += 1;
    }
    Saved { saving, written, error }
}

fn write(series: &Series, at: usize, folder: &Path) -> std::io::Result<()> {
    let folder = Folder::open(folder)?;
    let mut part = folder.begin()?;
    write_snapshot(series, at, &mut part)?;
    part.flush()?;
    part.sync()?;
    let taken = series.snapshots()[at].header.time_nanos;
    let time = if taken == 0 { None } else { Timestamp::from_nanosecond(i128::from(taken)).ok() };
    folder.keep(&part, "", time.unwrap_or_else(Timestamp::now), "pb.gz").map(drop)
}

/// Directory of a snapshot: one for each instance if there are several.
fn folder_of(series: &Series, at: usize, folder: &Path) -> PathBuf {
    if series.instances().len() < 2 {
        return folder.to_owned();
    }
    let instance = series.snapshots()[at].membership.instance;
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
    let name: String = series.instances()[instance].name.raw().chars().map(plain).collect();
    let name = name.trim_start_matches('.');
    folder.join(if name.is_empty() { format!("instance-{}", instance + 1) } else { name.to_owned() })
}
