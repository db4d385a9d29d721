//! Saving of a live source's snapshots as pprof files, named as those of `record`, with the memory figures beside them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::app::effect::{Saved, Saving};
use crate::base::safe_text::safe_str;
use crate::profile::Series;
use crate::report::write_snapshot;
use crate::term::FileWriters;

use super::export::export;
use super::record::Folder;

/// Functions with which a session writes files.
pub(crate) const WRITERS: FileWriters = FileWriters { export, save };

/// Writes snapshots in order, up to the first failure. Existing files are not replaced, and each file is complete or
/// absent. If there are several instances, each has its own directory.
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
    let header = &series.snapshots()[at].header;
    let memory = header.memory.as_ref().and_then(|memory| memory.text.as_deref()).unwrap_or_default();
    let taken = header.time_nanos;
    let time = if taken == 0 { None } else { Timestamp::from_nanosecond(i128::from(taken)).ok() };
    folder.keep(&part, memory, time.unwrap_or_else(Timestamp::now), "pb.gz").map(drop)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::load::Loader;
    use crate::profile::ProcessMemory;

    #[test]
    fn the_memory_of_a_service_is_kept_beside_its_snapshot() {
        let profile = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pprof/go-shop-2.pb.gz");
        let mut series = Loader::new().load([profile]).unwrap().series;
        let text = "==> /proc/1/status <==\nName:\tshop\nVmRSS:\t   2048 kB\n";
        series.set_memory(0, ProcessMemory { text: Some(text.into()), ..ProcessMemory::default() });
        let folder = std::env::temp_dir().join(format!("heapglass-save-memory-{}", std::process::id()));
        let saving = Saving { folder: folder.display().to_string(), series: Arc::new(series), snapshots: vec![0] };
        let saved = save(saving);
        assert_eq!((saved.written, saved.error), (1, None));
        let read = Loader::new().load([folder.clone()]).unwrap().series;
        let memory = read.snapshots()[0].header.memory.clone().unwrap();
        assert_eq!(memory.resident.rss, Some(2 << 20));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
