//! Benchmarks of each step of the engine, on real profiles and a large synthetic one.
//!
//! `inflate` is the reference: it only inflates the same bytes.

#[path = "../examples/make_profile/heap.rs"]
mod heap;

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use flate2::read::MultiGzDecoder;
use heap::Heap;
use heapglass::analysis::{
    CallTree, Column, Filter, FilteredTree, Flat, Hits, OtherTypes, Query, Shares, Timeline, TreeShape, Widths, Window,
    WindowRequest, WindowSum, derive,
};
use heapglass::format::ReadOptions;
use heapglass::load::{LoadError, Loaded, Progress, load};
use heapglass::play::{Options, Session};
use heapglass::source::Address;

/// Number of bytes that the loader inflates at a time.
const PIECE: usize = 256 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pprof");
    for name in ["go-shop-2", "python", "rust"] {
        profile(&mut criterion, name, &real.join(format!("{name}.pb.gz")))?;
    }
    profile(&mut criterion, "large", &large()?)?;
    windows(&mut criterion)?;
    screens(&mut criterion, "go-shop-2", &real.join("go-shop-2.pb.gz"))?;
    screens(&mut criterion, "large", &large()?)?;
    criterion.final_summary();
    Ok(())
}

/// Path of a profile with about a million nodes, which is written once.
fn large() -> io::Result<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large.pb.gz");
    if !path.exists() {
        let heap = Heap { samples: 200_000, functions: 5_000, depth: 40, seed: 1, snapshot: 0 };
        heap.write(&mut File::create(&path)?)?;
    }
    Ok(path)
}

fn profile(criterion: &mut Criterion, name: &str, path: &Path) -> Result<(), Box<dyn Error>> {
    let stored = fs::read(path)?;
    let source = [Address::parse(path)];
    let Loaded { series, .. } = read(&source)?;
    let mut group = criterion.benchmark_group(name);
    group.sample_size(if stored.len() > PIECE { 10 } else { 50 });

    group.throughput(Throughput::Bytes(stored.len() as u64));
    group.bench_function("inflate", |bencher| bencher.iter(|| inflate(&stored)));
    group.bench_function("load", |bencher| bencher.iter(|| read(&source)));
    let series = Arc::new(series);
    let tree = Arc::new(CallTree::new(&series, TreeShape::default(), &mut series.budget().clone())?);
    group.throughput(Throughput::Elements(tree.len() as u64));
    answers(&mut group, &series, &tree)
}

fn answers(
    group: &mut BenchmarkGroup<'_, WallTime>,
    series: &Arc<heapglass::profile::Series>,
    tree: &Arc<CallTree>,
) -> Result<(), Box<dyn Error>> {
    let query = Query::default_for(series);
    let budget = series.budget();
    let window_sum =
        WindowSum::new(series, &Timeline::new(series), &WindowRequest::new(query.sample_type, query.window));
    let filtered = FilteredTree::new(Arc::clone(tree), None, Shares::Unfiltered);
    let column = Arc::new(Column::new(series, &filtered, query.sample_type, &window_sum, &mut budget.clone())?);
    let widths = Widths::Column(Arc::clone(&column));
    let before = derive(series, &query, None)?;
    let other = Query { sample_type: 0, ..query.clone() };
    let search = Query { search: Some("method.*1|alloc".to_owned()), ..query.clone() };

    group.bench_function("tree", |bencher| {
        bencher.iter(|| CallTree::new(series, TreeShape::default(), &mut budget.clone()));
    });
    group.bench_function("column", |bencher| {
        bencher.iter(|| Column::new(series, &filtered, query.sample_type, &window_sum, &mut budget.clone()));
    });
    group.bench_function("flat", |bencher| bencher.iter(|| Flat::by_frame(tree, &column)));
    let language = before.language;
    group.bench_function("search", |bencher| {
        bencher.iter(|| Hits::new("method.*1|alloc", language, tree, &column, &widths));
    });
    group.bench_function("derive", |bencher| bencher.iter(|| derive(series, &query, None)));
    group.bench_function("derive/other type", |bencher| bencher.iter(|| derive(series, &other, Some(&before))));
    group.bench_function("derive/search", |bencher| bencher.iter(|| derive(series, &search, Some(&before))));
    for filter in ["method.*1", "ignore:alloc", "hide:alloc", "show-from:method", "prune-from:alloc"] {
        let filtered = Query { filters: vec![Filter::parse(filter)], other_types: OtherTypes::Later, ..query.clone() };
        group.bench_function(format!("derive/{filter}"), |bencher| {
            bencher.iter(|| derive(series, &filtered, Some(&before)));
        });
    }
    Ok(())
}

/// Benchmarks a window that moves by one over many snapshots.
fn windows(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    const SNAPSHOTS: u64 = 100;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("windows");
    if !folder.exists() {
        fs::create_dir_all(&folder)?;
        for snapshot in 0..SNAPSHOTS {
            let heap = Heap { samples: 10_000, functions: 2_000, depth: 20, seed: 1, snapshot };
            heap.write(&mut File::create(folder.join(format!("{snapshot:03}.pb.gz")))?)?;
        }
    }
    let Loaded { series, .. } = read(&[Address::parse(&folder)])?;
    let series = Arc::new(series);
    let at = |first| Query {
        window: Window { first, last: first + 49 },
        other_types: OtherTypes::Later,
        ..Query::default_for(&series)
    };
    let before = derive(&series, &at(0), None)?;
    let mut group = criterion.benchmark_group("series");
    group.bench_function("window moved by one", |bencher| bencher.iter(|| derive(&series, &at(1), Some(&before))));
    group.bench_function("window elsewhere", |bencher| bencher.iter(|| derive(&series, &at(50), Some(&before))));
    Ok(())
}

/// Benchmarks the time from a key press to the drawn screen: layout, views and cells, without writing to the terminal.
fn screens(criterion: &mut Criterion, name: &str, path: &Path) -> Result<(), Box<dyn Error>> {
    let options = Options { width: 200, height: 60, ..Options::default() };
    let mut session = Session::open(&[path], options)?;
    let mut group = criterion.benchmark_group(format!("screen/{name}"));
    group.bench_function("frame", |bencher| bencher.iter(|| session.frame()));
    for (keys, what) in [(["Down", "Up"], "move"), (["Enter", "0"], "zoom"), (["Tab", "Tab"], "pane")] {
        session.key("Down")?;
        group.bench_function(what, |bencher| {
            bencher.iter(|| -> Result<(), Box<dyn Error>> {
                for key in keys {
                    session.key(key)?;
                    black_box(session.frame());
                }
                Ok(())
            });
        });
    }
    Ok(())
}

fn read(source: &[Address]) -> Result<Loaded, LoadError> {
    load(source, &ReadOptions::default(), &Arc::new(Progress::default()))
}

fn inflate(stored: &[u8]) -> io::Result<()> {
    let (mut decoder, mut piece) = (MultiGzDecoder::new(stored), vec![0; PIECE]);
    while decoder.read(&mut piece)? > 0 {
        black_box(&piece);
    }
    Ok(())
}
