//! Checks of `tests/fuzz.rs`, for inputs from any generator: proptest there, libFuzzer in `fuzz/`.

use std::collections::HashMap;
use std::sync::Arc;

use heapglass::analysis::filter::Filter;
use heapglass::analysis::{CallTree, Query, derive};
use heapglass::base::limits::{Budget, Limits};
use heapglass::base::step_count::measure_steps;
use heapglass::format::{self, FormatError, ReadContext, ReadOptions, Threads};
use heapglass::play::{Options, Session};
use heapglass::profile::{Location, Profile, Series};
use heapglass::symbolize::{Image, Symbolizer};

/// Heap budget of one run: more than any of these small inputs may need.
const MEMORY: u64 = 64 << 20;

/// Reads one profile of any format.
pub fn read(bytes: Vec<u8>, threads: Threads) -> Result<(Profile, Budget), FormatError> {
    let options = ReadOptions::default();
    let (mut budget, mut warnings) = (Budget::new(MEMORY), Vec::new());
    let context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(std::io::Cursor::new(bytes)), &options)?;
    let profile = format::read(chunks, &mut ReadContext { threads, ..context })?;
    Ok((profile, budget))
}

/// Reads a profile into a series. A quarter of the inputs are read both with one thread and with several, which must
/// agree.
pub fn series(bytes: &[u8]) -> Option<Arc<Series>> {
    if !bytes.len().is_multiple_of(4) {
        let (profile, budget) = read(bytes.to_vec(), Threads::One).ok()?;
        return Some(Arc::new(Series::new(profile, budget)));
    }
    let [one, several] = [Threads::One, Threads::Several].map(|threads| read(bytes.to_vec(), threads));
    match (one, several) {
        (Ok((profile, budget)), Ok((other, _))) => {
            assert_eq!((&profile.samples.stacks, &profile.header), (&other.samples.stacks, &other.header));
            Some(Arc::new(Series::new(profile, budget)))
        }
        (Err(one), Err(other)) => {
            assert_eq!(one.to_string(), other.to_string());
            None
        }
        (one, other) => unreachable!("{:?} and {:?}", one.err(), other.err()),
    }
}

/// Checks the sums of a profile, for every sample type: self values add up to the total, and to the file's own sum.
pub fn check_sums(bytes: &[u8]) {
    let Some(series) = series(bytes) else { return };
    for sample_type in 0..series.sample_types().len() {
        let answer = derive(&series, &Query { sample_type, ..Query::default_for(&series) }, None).unwrap();
        let flat = answer.flat(sample_type).unwrap();
        let own = flat.selfs().iter().fold(0, |sum: i64, own| sum.wrapping_add(*own));
        let total = answer.column.total(CallTree::ROOT);
        // The means of a recording are rounded, and a file of two columns has a base.
        if let [snapshot] = series.snapshots() {
            assert_eq!(own, total, "the self values of all functions add up to the total");
            assert_eq!(total, snapshot.header.totals[sample_type] as i64, "and to the sum of the file");
        }
    }
}

/// Checks that shared data of a profile is kept once: the texts of its header must fit in the memory charged.
pub fn check_shared(bytes: &[u8], memory: u64) {
    let options = ReadOptions::from(Limits { memory, ..Limits::default() });
    let (mut budget, mut warnings) = (Budget::new(memory), Vec::new());
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let Ok(chunks) = format::open(Box::new(std::io::Cursor::new(bytes.to_vec())), &options) else { return };
    let Ok(Profile { header, .. }) = format::read(chunks, &mut context) else { return };
    let types = header.sample_types.iter().flat_map(|one| [&one.name, &one.unit]);
    let texts: HashMap<*const u8, u64> = types
        .chain(&header.comments)
        .chain(&header.build_ids)
        .chain([&header.drop_frames, &header.keep_frames, &header.doc_url])
        .map(|text| (text.raw().as_ptr(), text.heap_bytes()))
        .collect();
    assert!(texts.values().sum::<u64>() <= budget.used() && budget.used() <= memory, "{texts:?} {}", budget.used());
}

/// Checks that reading bytes as a program and looking up addresses in it takes memory within a budget, and work in
/// proportion to the bytes.
pub fn check_program(bytes: &[u8], addresses: &[u64]) {
    let mut budget = Budget::new(MEMORY);
    let (steps, ()) = measure_steps(|| {
        let Ok(image) = Image::new("program".to_owned(), bytes.to_vec(), &mut budget) else { return };
        let mut profile = Profile::default();
        for address in addresses {
            let location = Location::new(*address, None);
            // An exhausted budget is as valid a result as names.
            let _ = profile.tables_mut().symbols.push_location(location, [], &mut budget);
        }
        let images = [image];
        let _ = Symbolizer::new(&images).symbolize(&mut profile, &mut budget);
    });
    assert!(steps <= 16 * bytes.len() as u64 + (1 << 23), "{steps} steps for {} bytes", bytes.len());
}

/// Checks filters and a search over a series: they are refused with a printable message, or select part of the series.
pub fn check_filters(series: &Arc<Series>, filters: Vec<Filter>, search: Option<String>) {
    let all = derive(series, &Query::default_for(series), None).unwrap();
    let is_wrong = filters.iter().any(|filter| filter.check().is_err());
    match derive(series, &Query { filters, search, ..Query::default_for(series) }, None) {
        Ok(answer) => {
            assert!(!is_wrong, "an invalid filter was applied");
            let [all, left] = [&all, &answer].map(|answer| answer.column.total(CallTree::ROOT));
            assert!((0..=all).contains(&left), "{left} of {all} are left");
        }
        Err(error) => assert!(!error.to_string().chars().any(char::is_control), "{error}"),
    }
}

/// Opens the explorer at 80x24.
pub fn open(series: &Arc<Series>) -> Session {
    let options = Options { width: 80, height: 24, ..Options::default() };
    Session::over(series, "fuzz".to_owned(), options).unwrap()
}

/// Checks that a frame has the size of the screen and no control characters.
pub fn check_frame(session: &Session) {
    let screen = session.frame();
    assert_eq!((screen.width(), screen.height()), (80, 24));
    assert!(!screen.to_string().chars().any(|letter| letter != '\n' && letter.is_control()));
}

/// Checks the frame after each of the keys.
pub fn check_keys(bytes: &[u8], keys: &[&str]) {
    let Some(series) = series(bytes) else { return };
    let mut session = open(&series);
    check_frame(&session);
    for key in keys {
        session.key(key).unwrap();
        check_frame(&session);
    }
}

/// Keys that visit the views; none of them writes a file.
pub const KEYS: &str = "Left Right Up Down Enter Backspace u U 0 Esc n N * Tab 1 2 5 E d t T i a o s S g G PageDown c p D H \
                        L v I r f x w z % . , e 3 4 b = [ ] { } m R A l y Y C ?";
