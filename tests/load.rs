//! Files are read in parallel, with the result of reading them in order.

use std::path::PathBuf;
use std::sync::Arc;

use heapglass::base::limits::{LimitKind, Limits};
use heapglass::format::ReadOptions;
use heapglass::load::{LoadError, Loaded, Progress, Reason, SkippedSource, load};
use heapglass::profile::{Input, MergeError};
use heapglass::source::Address;
use heapglass::{Answer, Function, Loader, Query};

use crate::support::{data, result};

fn snapshots() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(data().join("shop-series")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn loaded(files: &[PathBuf], limits: &Limits) -> Result<Loaded, LoadError> {
    let addresses: Vec<Address> = files.iter().map(Address::parse).collect();
    load(&addresses, &ReadOptions::from(*limits), &Arc::new(Progress::default()))
}

/// Time and totals of each snapshot.
fn totals(loaded: &Loaded) -> Vec<(i64, Vec<i128>)> {
    let snapshots = loaded.series.snapshots().iter();
    snapshots
        .map(|snapshot| {
            let columns = snapshot.samples.values.iter();
            let total = |column: &heapglass::profile::Values| {
                let mut total = 0;
                column.for_each(|_, value| total += i128::from(value));
                total
            };
            (snapshot.header.time_nanos, columns.map(total).collect())
        })
        .collect()
}

#[test]
fn a_series_is_what_its_files_are_one_by_one() {
    let files = snapshots();
    assert!(files.len() > 10, "enough that they are read ahead");
    let together = loaded(&files, &Limits::default()).unwrap();
    let alone = |file: &PathBuf| totals(&loaded(std::slice::from_ref(file), &Limits::default()).unwrap()).remove(0);
    assert_eq!(totals(&together), files.iter().map(alone).collect::<Vec<_>>());
    assert_eq!(together.series.range_of(Input::Current).len(), files.len());
}

#[test]
fn broken_files_are_skipped_in_order() {
    let mut files = snapshots();
    let broken = ["bad-crc.pb.gz", "404-text.pb.gz"].map(|name| data().join("malformed").join(name));
    files.insert(3, broken[0].clone());
    files.push(broken[1].clone());
    let loaded = loaded(&files, &Limits::default()).unwrap();
    let skipped: Vec<&str> = loaded.skipped.iter().map(|skipped| &*skipped.source).collect();
    assert_eq!(skipped, broken.each_ref().map(|path| path.to_str().unwrap()));
    assert_eq!(loaded.series.snapshots().len(), files.len() - 2);
}

/// A directory is opened for its memory profiles, whatever the names of the others.
#[test]
fn a_folder_is_what_goes_together_in_it() {
    for other in ["0-first", "z-last"] {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("load-together-{other}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, file) in [("one", "pprof/go-shop-1.pb.gz"), ("two", "pprof/go-shop-2.pb.gz")] {
            std::fs::copy(data().join(file), folder.join(name)).unwrap();
        }
        std::fs::write(folder.join(other), "main;work 7\nmain;rest 3\n").unwrap();
        let loaded = loaded(std::slice::from_ref(&folder), &Limits::default()).unwrap();
        assert_eq!(loaded.series.snapshots().len(), 2);
        let [SkippedSource { source, reason, .. }] = &loaded.skipped[..] else { panic!("{:?}", loaded.skipped) };
        assert!(source.ends_with(other), "{source}");
        assert!(matches!(reason, Reason::Merge(MergeError::NoCommonType { .. })), "{reason}");
        // The same files, each named explicitly.
        let named = ["one", "two", other].map(|name| folder.join(name));
        let error = self::loaded(&named, &Limits::default()).unwrap_err();
        assert!(matches!(&error, LoadError::Unlike(unlike) if unlike.source.ends_with(other)), "{error}");
    }
}

#[test]
fn a_file_that_is_too_large_to_be_read_ahead_is_read_when_its_turn_comes() {
    let files = snapshots();
    let whole = loaded(&files, &Limits::default()).unwrap();
    let used = whole.series.budget().used();
    // The remaining budget is for one file at a time, with the overhead of reading; a file read ahead may take a small
    // part.
    let alone = |file| loaded(std::slice::from_ref(file), &Limits::default()).unwrap().series.budget().used();
    let sizes: Vec<u64> = files.iter().map(alone).collect();
    let tight = Limits { memory: used + sizes.iter().max().unwrap() * 3 / 2, ..Limits::default() };
    assert_eq!(totals(&loaded(&files, &tight).unwrap()), totals(&whole));
    // If even that is missing, the limit is named.
    let tighter = Limits { memory: sizes.iter().min().unwrap() / 2, ..Limits::default() };
    let error = loaded(&files, &tighter).unwrap_err();
    let limit = error.limit().map(|limit| (limit.kind, limit.limit));
    assert_eq!(limit, Some((LimitKind::Memory, tighter.memory)), "{error}");
}

#[test]
fn functions_of_an_answer_are_the_rows_of_the_report() {
    let [before, after] = ["pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"].map(|name| data().join(name));
    let series = Arc::new(Loader::new().base([before]).load([after]).unwrap().series);
    let plain = Query::default_for(&series);
    let compared = plain.compared(&series).unwrap();
    for (query, base) in [(plain, None), (compared, Some("pprof/go-shop-1.pb.gz"))] {
        let mut args = vec!["report", "top", "--format", "json", "--limit", "0"];
        args.extend(base.map(|base| ["--base", base]).into_iter().flatten());
        args.push("pprof/go-shop-2.pb.gz");
        let report: serde_json::Value = serde_json::from_str(&result(&args)).unwrap();
        let figures = |row: &serde_json::Value| {
            let figure = |key: &str| row[key].as_i64();
            (row["name"].as_str().unwrap().to_owned(), ["self", "total", "base_self", "base_total"].map(figure))
        };
        let mut rows: Vec<_> = report["rows"].as_array().unwrap().iter().map(figures).collect();
        let answer = Answer::new(&series, &query).unwrap();
        let functions = answer.functions().map(|function| {
            let Function { raw_name, own, total, base_own, base_total, .. } = function;
            (raw_name.to_owned(), [Some(own), Some(total), base_own, base_total])
        });
        let functions: Vec<_> = functions.collect();
        // With a base, rows are sorted by change, without one by size.
        rows.sort_by(|a, b| b.1[0].cmp(&a.1[0]).then_with(|| a.0.cmp(&b.0)));
        assert!(functions.len() > 10);
        assert_eq!(functions, rows);
    }
}

#[test]
fn files_of_one_sample_type_each_are_one_snapshot() {
    let name = |kind: &str, number: usize| format!("stores/pyroscope-v2/{number:03}-merge-{kind}.answer.bin");
    let files =
        [name("alloc_objects", 20), name("alloc_space", 19), name("inuse_objects", 18), name("inuse_space", 17)];
    let addresses: Vec<Address> = files.iter().map(|file| Address::parse(data().join(file))).collect();
    let joined = load(&addresses, &ReadOptions::default(), &Arc::new(Progress::default())).unwrap();
    let series = &joined.series;
    let names: Vec<&str> = series.sample_types().iter().map(|one| one.name.raw()).collect();
    assert_eq!(names, ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]);
    assert_eq!(series.snapshots().len(), 1);
    // The sums of what was sent to the store, and of its answers one by one.
    assert_eq!(series.snapshots()[0].totals, [43_213_023, 7_799_402_290, 2_722_401, 872_345_318]);
    let alone: Vec<i128> = addresses
        .iter()
        .map(|address| {
            let one = load(std::slice::from_ref(address), &ReadOptions::default(), &Arc::default()).unwrap();
            one.series.snapshots()[0].totals[0]
        })
        .collect();
    assert_eq!(series.snapshots()[0].totals, alone);
    let stacks = |name: &String| load(&[Address::parse(data().join(name))], &ReadOptions::default(), &Arc::default());
    let largest = stacks(&files[0]).unwrap().series.snapshots()[0].samples.len();
    assert!(series.snapshots()[0].samples.len() < largest + largest / 2, "stacks are shared");
}
