//! Newest file of a large series, shown on the first screen before the other files are read.

use super::input_file::InputFile;
use crate::base::file_names::FileName;
use crate::base::file_order::FileNameList;
use crate::profile::Input;

/// Selection of the files of a series to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeriesFiles {
    /// All files.
    #[default]
    All,
    /// The newest file by name, if the files are one series, can be read again, and take long to read; else all files.
    Newest,
}

/// Total stored size, in bytes, of files that take a quarter of a second to read and merge.
const LARGE: u64 = 4 << 20;

/// Removes all files but the newest of a large series. Returns the number of files removed.
///
/// The newest file is determined by names alone: by the time in them, else by their numbers.
pub(super) fn keep_newest(files: &mut Vec<InputFile>) -> usize {
    let names: Vec<String> = files.iter().map(|input| input.file.name()).collect();
    let list = FileNameList::new(names.iter().map(String::as_str));
    let parsed: Vec<FileName> = names.iter().map(|name| list.parse(name)).collect();
    let sizes: Option<u64> = files.iter().map(|input| input.file.size()).sum();
    // A single file is deferred differently, by reading its sample types in two parts.
    if files.len() < 2 || sizes.is_none_or(|size| size < LARGE) || !is_one_series(files, &names, &parsed) {
        return 0;
    }
    let newest = (0..files.len()).max_by_key(|at| (parsed[*at].time(), list.order_of(&names[*at])));
    let Some(newest) = newest else { return 0 };
    let kept = files.swap_remove(newest);
    let taken_out = files.len();
    *files = vec![kept];
    taken_out
}

/// Returns true if the names differ only in numbers and times, and there is no base.
fn is_one_series(files: &[InputFile], names: &[String], parsed: &[FileName]) -> bool {
    let group = |at: usize| {
        let folder = names[at].rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
        (folder, parsed[at].words(), parsed[at].process, parsed[at].thread, files[at].instance.clone())
    };
    let first = group(0);
    files.iter().all(|input| input.side == Input::Current && input.file.remote().is_none())
        && (1..files.len()).all(|at| group(at) == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Origin;
    use crate::source::Address;

    /// Returns the number of files removed from sparse files of `size` bytes with these names, and the names of those
    /// kept.
    fn kept(names: &[&str], size: u64) -> (usize, Vec<String>) {
        let folder = std::env::temp_dir().join(format!("heapglass-newest-{}-{size}-{}", std::process::id(), names[0]));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &&str| {
            let path = folder.join(name);
            std::fs::File::create(&path).unwrap().set_len(size).unwrap();
            InputFile::new(Address::File(path), Input::Current, Origin::Found)
        };
        let mut files: Vec<InputFile> = names.iter().map(file).collect();
        let taken_out = keep_newest(&mut files);
        let name = |input: &InputFile| input.file.name().rsplit('/').next().unwrap_or_default().to_owned();
        std::fs::remove_dir_all(&folder).unwrap();
        (taken_out, files.iter().map(name).collect())
    }

    #[test]
    fn the_newest_file_has_the_latest_time_or_the_highest_number() {
        assert_eq!(kept(&["heap-9.pb.gz", "heap-10.pb.gz", "heap-2.pb.gz"], LARGE), (2, vec!["heap-10.pb.gz".into()]));
        let stamped = ["heap-20261128T101500.pb.gz", "heap-20261128T101600.pb.gz", "heap-20261127T235900.pb.gz"];
        assert_eq!(kept(&stamped, LARGE), (2, vec![stamped[1].into()]));
    }

    #[test]
    fn all_files_are_kept_where_names_do_not_tell_one_series() {
        let all = |names: &[&str], size| assert_eq!(kept(names, size).0, 0, "{names:?}");
        all(&["heap-1.pb.gz", "heap-2.pb.gz"], LARGE / 2 - 1);
        all(&["web-1.pb.gz", "api-2.pb.gz"], LARGE);
        all(&["jeprof.4711.1.i1.heap", "jeprof.4712.1.i1.heap"], LARGE);
        all(&["heap-1.pb.gz"], LARGE);
    }
}
