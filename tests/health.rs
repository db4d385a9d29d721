//! Health: each finding where it holds, and not where it nearly does.

use std::sync::Arc;

use heapglass::analysis::{Finding, Query, derive, health};
use heapglass::format::pprof::message;
use heapglass::profile::{Input, Series};
use prost::Message;

use crate::support::build::{Stack, message_of, read, series};
use crate::support::snapshots::{Made, SECOND, series_of};

const INUSE: usize = 1;

/// Findings of a series without a base.
fn findings(series: &Arc<Series>, sample_type: usize) -> Vec<Finding> {
    let answer = derive(series, &Query { sample_type, ..Query::default_for(series) }, None).unwrap();
    health(&answer)
}

fn codes(all: &[Made]) -> Vec<&'static str> {
    // The heaps here are far smaller than what a sampling profiler tells.
    let found = findings(&series_of(all, &[]), INUSE);
    found.iter().map(Finding::code).filter(|code| *code != "too-noisy").collect()
}

/// Snapshot of a process that allocates at a constant rate, in which one function has memory in use.
fn holds(name: &str, held: [i64; 2], second: i64) -> Made {
    let sites = vec![(name.to_owned(), [held[0], held[1], second << 10, second << 30])];
    Made { sites, time: second * SECOND, duration: 0, period: 524_288 }
}

fn made(second: i64) -> Made {
    holds("a", [1, 100], second)
}

#[test]
fn a_healthy_profile_has_nothing_to_say() {
    assert_eq!(codes(&[made(1)]), Vec::<&str>::new());
    assert_eq!(codes(&[made(1), made(2)]), Vec::<&str>::new());
}

#[test]
fn a_rate_that_is_not_said_or_not_the_same() {
    assert_eq!(codes(&[Made { period: 0, ..made(1) }]), ["rate-assumed"]);
    // A process keeps its period.
    assert_eq!(codes(&[made(1), Made { period: 512, ..made(2) }]), ["rate-changed", "restarts"]);
}

#[test]
fn in_use_that_is_a_difference_is_reported() {
    let covers = |made: Made| Made { duration: 5 * SECOND, ..made };
    assert_eq!(codes(&[covers(made(1))]), ["inuse-unclear"]);
    assert_eq!(codes(&[Made { duration: SECOND / 2, ..made(1) }]), Vec::<&str>::new(), "too short to be a change");
    let below = holds("a", [-1, -100], 1);
    assert_eq!(codes(&[covers(below.clone())]), ["inuse-is-change", "negative-values"]);
    assert_eq!(codes(&[below]), ["inuse-is-change", "negative-values"]);
}

#[test]
fn snapshots_without_a_time() {
    assert_eq!(codes(&[made(0)]), ["undated"]);
    let said = |all: &[Made]| {
        let found = findings(&series_of(all, &[]), INUSE);
        found.iter().find(|finding| finding.code() == "undated").unwrap().to_string()
    };
    assert_eq!(said(&[made(0)]), "the profile does not say when it was taken");
    assert_eq!(said(&[made(0), made(1)]), "1 of the 2 snapshots does not say when it was taken");
}

#[test]
fn go_figures_date_from_the_last_collection() {
    let own = holds("net/http/pprof.Index", [1, 100], 1);
    assert_eq!(codes(&[own]), ["as-of-last-gc", "profiler-frames"]);
    let served = holds("net/http.(*conn).serve", [1, 100], 1);
    assert_eq!(codes(&[served]), ["as-of-last-gc"], "a server is not its profiler");
}

#[test]
fn stacks_whose_callers_stand_last() {
    let of = |stacks: &[(&[&str], i64)]| {
        let stack = |(names, value): &(&[&str], i64)| Stack {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            values: vec![*value],
        };
        let mut profile = message_of(&stacks.iter().map(stack).collect::<Vec<_>>(), 1);
        (profile.period, profile.time_nanos) = (1, 1);
        findings(&series(&profile), 0)
    };
    let (thread, module): (&[&str], &[&str]) = (&["_bootstrap", "run", "fill"], &["<module>", "load"]);
    assert_eq!(of(&[(thread, 30), (module, 60), (&["<module>"], 10)]), [Finding::UpsideDown("100%".to_owned())]);
    assert_eq!(of(&[(thread, 30), (module, 30), (&["fill", "run"], 40)]), [Finding::UpsideDown("60.0%".to_owned())]);
    let (thread, module): (&[&str], &[&str]) = (&["fill", "run", "_bootstrap"], &["<module>", "<module>"]);
    assert_eq!(
        of(&[(thread, 30), (module, 60), (&["<module>"], 10)]),
        [],
        "what a module allocates while it is loaded"
    );
}

#[test]
fn a_process_that_began_anew() {
    let began = Made { sites: vec![("a".to_owned(), [1, 100, 1, 1])], ..made(3) };
    assert_eq!(codes(&[made(1), made(2), began]), ["restarts"]);
    assert_eq!(codes(&[made(1), made(2), made(3)]), Vec::<&str>::new());
}

/// Stack of this many frames with distinct names below an outermost one.
fn stack(outermost: &str, frames: usize, value: i64) -> Stack {
    let names = (0..frames).rev().map(|frame| format!("{outermost}_{frame}")).collect();
    Stack { names, values: vec![value] }
}

fn deep(stacks: &[Stack]) -> Vec<Finding> {
    let mut message = message_of(stacks, 1);
    message.period = 512;
    message.time_nanos = SECOND;
    findings(&series(&message), 0)
}

#[test]
fn stacks_that_end_at_the_limit() {
    let whole = stack("main", 10, 50);
    let cut = [stack("one", 128, 25), stack("other", 127, 25), whole.clone()];
    assert_eq!(deep(&cut), [Finding::StacksCut("50.0%".to_owned())]);
    // Several stacks reach a limit; a single deep one may be as deep.
    assert_eq!(deep(&[stack("one", 128, 25), whole.clone()]), []);
    // Stacks no deeper than any profiler's limit are not truncated.
    assert_eq!(deep(&[stack("one", 20, 25), stack("other", 20, 25), whole.clone()]), []);
    // A root with shallow stacks has all its callers.
    let shallow = Stack { names: vec!["one_0".to_owned()], values: vec![5] };
    assert_eq!(deep(&[stack("one", 128, 25), stack("other", 20, 25), shallow, whole]), []);
}

#[test]
fn code_without_names() {
    let mut message = message_of(&[stack("main", 3, 75)], 1);
    (message.period, message.time_nanos) = (512, SECOND);
    let next = message.location.len() as u64 + 1;
    let mapping = message::Mapping { id: 1, memory_start: 0x1000, memory_limit: 0x9000, ..Default::default() };
    message.mapping.push(mapping);
    for (id, value) in [(next, 20), (next + 1, 5)] {
        let address = 0x1000 + id * 16;
        message.location.push(message::Location { id, mapping_id: 1, address, ..Default::default() });
        message.sample.push(message::Sample { location_id: vec![id], value: vec![value], label: Vec::new() });
    }
    let found = findings(&series(&message), 0);
    assert_eq!(found, [Finding::Unsymbolized("25.0%".to_owned(), 2)]);
    message.sample.truncate(1);
    assert_eq!(findings(&series(&message), 0), [], "an address that nothing was sampled at is no loss");
}

#[test]
fn snapshots_of_different_builds() {
    let built = |build: &str, second: i64| {
        let mut message = message_of(&[stack("main", 3, 75)], 1);
        (message.period, message.time_nanos) = (512, second * SECOND);
        message.string_table.push(build.into());
        let build_id = message.string_table.len() as i64 - 1;
        message.mapping.push(message::Mapping { id: 1, memory_limit: 1 << 40, build_id, ..Default::default() });
        for location in &mut message.location {
            location.mapping_id = 1;
        }
        read(message.encode_to_vec(), 1 << 30).unwrap()
    };
    let of = |builds: [&str; 3]| {
        let (first, budget) = built(builds[0], 1);
        let mut series = Series::new(first, budget);
        for (second, build) in (2..).zip(&builds[1..]) {
            series.add(built(build, second).0, Input::Current).unwrap();
        }
        series.sort_snapshots();
        findings(&Arc::new(series), 0)
    };
    assert_eq!(of(["one", "other", "one"]), [Finding::MixedBuilds(2), Finding::Restarts(2)]);
    assert_eq!(of(["one", "one", "one"]), []);
}

#[test]
fn every_finding_is_one_sentence_with_a_code_of_its_own() {
    let share = || "12%".to_owned();
    let all = [
        Finding::StacksCut(share()),
        Finding::RateUnknown,
        Finding::RateChanged(vec![share(), share()]),
        Finding::InUseIsChange,
        Finding::InUseUnclear,
        Finding::Negative,
        Finding::SumsWrap("inuse_space".to_owned()),
        Finding::Unsymbolized(share(), 3),
        Finding::MixedBuilds(2),
        Finding::Restarts(1),
        Finding::ProfilerFrames(share()),
        Finding::AsOfLastGc,
        Finding::Undated(1, 3),
        Finding::UpsideDown(share()),
    ];
    for (at, finding) in all.iter().enumerate() {
        let text = finding.to_string();
        assert!(!text.ends_with('.') && !text.contains('\n') && text.len() > 30, "{text}");
        assert!(all[..at].iter().all(|other| other.code() != finding.code()), "{}", finding.code());
    }
}
