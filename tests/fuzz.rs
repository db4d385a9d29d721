//! Profiles that are wrong in their structure, taken from their bytes to a frame of the screen, alone and in a series with
//! a collector's log, and expressions that nobody would type.
//!
//! How many are tried is said in `support::damage`.

use std::sync::{Arc, LazyLock};

use heapglass::analysis::filter::{Filter, FilterKind};
use heapglass::analysis::{CallTree, Query, derive};
use heapglass::base::limits::Budget;
use heapglass::format::{self, FormatError, ReadContext, ReadOptions, Threads};
use heapglass::play::{Options, Session};
use heapglass::profile::{GcEvent, GcLog, Input, Profile, Series};
use proptest::option;
use proptest::prelude::*;

use crate::support::damage::{in_time, runs};
use crate::support::edits::{bytes, edited, figure};

/// The heap budget of a run: more than any of these small inputs may ask for.
const MEMORY: u64 = 64 << 20;

fn read(bytes: Vec<u8>, threads: Threads) -> Result<(Profile, Budget), FormatError> {
    let options = ReadOptions::default();
    let (mut budget, mut warnings) = (Budget::new(MEMORY), Vec::new());
    let context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(std::io::Cursor::new(bytes)), &options)?;
    let profile = format::read(chunks, &mut ReadContext { threads, ..context })?;
    Ok((profile, budget))
}

/// Reads a profile, and makes it a series. Some are read in both ways, which must agree: threads take most of the time.
fn series(bytes: &[u8]) -> Option<Arc<Series>> {
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

/// The keys that open something to type into.
const PROMPTS: [&str; 3] = ["/", "&", ":"];
/// Pieces of what is typed there.
const PIECES: &str = "fn: file: map: ignore: hide: show: show-from: prune-from: tag: tag-ignore: tagroot: key= bytes= \
                      4kb:1mb :1e9 1GiB -5 9999999999999999999999 window base type find granularity preset theme color \
                      ascii export show keys config reset guide 3..7 .. -30m 14:00.. 2026-11-22T14:00:00Z ..-1h packages \
                      lines addresses alloc_space light 16 on off ( ) [ ] { } \\ ^ $ . * + ? | .* (?i) [^ a{1000} \\b \\pL \
                      main.f pkg1 \u{202e} \u{301} é 日本 ' \" , = ~ ! % < >";

fn typed() -> impl Strategy<Value = String> {
    let pieces: Vec<&str> = PIECES.split(' ').filter(|piece| !piece.is_empty()).collect();
    let piece = prop_oneof![9 => prop::sample::select(pieces).prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    (prop::collection::vec(piece, 0..7), any::<bool>())
        .prop_map(|(pieces, apart)| pieces.join(if apart { " " } else { "" }))
}

/// Keys that lead through the views, none of which writes a file.
const KEYS: &str = "Left Right Up Down Enter Backspace u U 0 Esc n N * Tab 1 2 5 E d t T i a o s S g G PageDown c p D H L v \
                    I r f x w z % . , e 3 4 b = [ ] { } m R A l y Y C ?";

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    let keys: Vec<&str> = KEYS.split(' ').filter(|key| !key.is_empty()).collect();
    prop::collection::vec(prop::sample::select(keys), 0..10)
}

/// What a filter may be, and none for one whose text says it.
const KINDS: [Option<FilterKind>; 10] = [
    None,
    Some(FilterKind::Focus),
    Some(FilterKind::Ignore),
    Some(FilterKind::Hide),
    Some(FilterKind::Show),
    Some(FilterKind::ShowFrom),
    Some(FilterKind::PruneFrom),
    Some(FilterKind::TagFocus),
    Some(FilterKind::TagIgnore),
    Some(FilterKind::TagRoot),
];

/// A profile with nothing wrong, for what is typed.
static WELL: LazyLock<Arc<Series>> = LazyLock::new(|| series(&edited(Vec::new())).unwrap());

/// Looks at a frame: as large as the screen, and nothing in it that a terminal would obey.
fn look(session: &Session) {
    let screen = session.frame();
    assert_eq!((screen.width(), screen.height()), (80, 24));
    assert!(!screen.to_string().chars().any(|letter| letter != '\n' && letter.is_control()));
}

fn open(series: &Arc<Series>) -> Session {
    let options = Options { width: 80, height: 24, ..Options::default() };
    Session::over(series, "fuzz".to_owned(), options).unwrap()
}

/// One of several profiles: its bytes, when it was taken and how long it covers, and which side it is on.
type Taken = (Vec<u8>, [i64; 2], Input);

fn taken() -> impl Strategy<Value = Taken> {
    let side = prop_oneof![3 => Just(Input::Current), 1 => Just(Input::Base)];
    let time = prop_oneof![2 => 1..9_i64, 1 => figure()];
    let times = (time, prop_oneof![2 => Just(0), 1 => figure()]);
    (bytes(), times, side).prop_map(|(bytes, (time, duration), side)| (bytes, [time, duration], side))
}

/// What a log could have been understood to say.
fn log() -> impl Strategy<Value = GcLog> {
    let figures = || option::of(figure());
    let event = (figures(), figures(), figures(), figures(), (figures(), figures(), figures(), figures()));
    let event = event.prop_map(|(wall, uptime, number, used, (total, cycles, pause, allocated))| GcEvent {
        wall,
        uptime,
        number,
        used,
        total,
        cycles,
        pause,
        allocated,
        ..GcEvent::default()
    });
    prop::collection::vec(event, 1..8).prop_map(|events| GcLog { events, ..GcLog::default() })
}

/// The series of those profiles that can be read and go together; none where none can.
fn several(taken: &[Taken], log: Option<&GcLog>) -> Option<Arc<Series>> {
    let mut all: Option<Series> = None;
    for (bytes, [time, duration], side) in taken {
        let Ok((mut profile, budget)) = read(bytes.clone(), Threads::One) else { continue };
        (profile.header.time_nanos, profile.header.duration_nanos) = (*time, *duration);
        match &mut all {
            // Only what measures something else is refused, and changes nothing.
            Some(series) => drop(series.add(profile, *side)),
            None => all = Some(Series::new(profile, budget)),
        }
    }
    let mut all = all?;
    all.sort_snapshots();
    if let Some(log) = log {
        let budget = all.budget().clone();
        all.add_log(log.clone(), budget);
    }
    Some(Arc::new(all))
}

proptest! {
    #![proptest_config(runs(400))]

    #[test]
    fn profiles(bytes in bytes()) {
        in_time(|| {
            let Some(series) = series(&bytes) else { return };
            for sample_type in 0..series.sample_types().len() {
                let answer = derive(&series, &Query { sample_type, ..Query::default_for(&series) }, None).unwrap();
                let flat = answer.flat(sample_type).unwrap();
                let own = flat.selfs().iter().fold(0, |sum: i64, own| sum.wrapping_add(*own));
                let total = answer.column.total(CallTree::ROOT);
                assert_eq!(own, total, "what all functions hold themselves is all there is");
                assert_eq!(total, series.snapshots()[0].header.totals[sample_type] as i64, "and what the file holds");
            }
        });
    }
}

proptest! {
    #![proptest_config(runs(400))]

    #[test]
    fn expressions(filters in prop::collection::vec((0..KINDS.len(), typed()), 0..4), search in option::of(typed())) {
        in_time(|| {
            let filters: Vec<Filter> = filters
                .iter()
                .map(|(kind, text)| KINDS[*kind].map_or_else(|| Filter::parse(text), |kind| Filter::new(kind, text)))
                .collect();
            let all = derive(&WELL, &Query::default_for(&WELL), None).unwrap();
            let wrong = filters.iter().any(|filter| filter.check().is_err());
            match derive(&WELL, &Query { filters, search: search.clone(), ..Query::default_for(&WELL) }, None) {
                Ok(answer) => {
                    assert!(!wrong, "a filter that is none was heeded");
                    let [all, left] = [&all, &answer].map(|answer| answer.column.total(CallTree::ROOT));
                    assert!((0..=all).contains(&left), "{left} of {all} are left");
                }
                Err(error) => assert!(!error.to_string().chars().any(char::is_control), "{error}"),
            }
        });
    }
}

proptest! {
    #![proptest_config(runs(150))]

    #[test]
    fn windows(taken in prop::collection::vec(taken(), 1..5), log in option::of(log()), keys in keys()) {
        in_time(|| {
            let Some(series) = several(&taken, log.as_ref()) else { return };
            let mut session = open(&series);
            look(&session);
            for key in &keys {
                session.key(key).unwrap();
            }
            look(&session);
        });
    }

    #[test]
    fn frames(bytes in bytes(), keys in keys()) {
        in_time(|| {
            let Some(series) = series(&bytes) else { return };
            let mut session = open(&series);
            look(&session);
            for key in &keys {
                session.key(key).unwrap();
                look(&session);
            }
        });
    }

    #[test]
    fn prompts(prompt in prop::sample::select(&PROMPTS[..]), typed in typed(), keys in keys()) {
        // What is typed must not name a file to write: the prompt of commands can.
        prop_assume!(!(prompt == ":" && (typed.contains("export") || typed.contains("overwrite"))));
        in_time(|| {
            let mut session = open(&WELL);
            session.key(prompt).unwrap();
            session.type_text(&typed);
            look(&session);
            session.key("Enter").unwrap();
            look(&session);
            for key in &keys {
                session.key(key).unwrap();
            }
            look(&session);
        });
    }
}
