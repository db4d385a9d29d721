//! Answers of a profile store that are not what they seem: silent steps, windows without profiles, processes whose labels
//! are part of another's, and merges that lack a part.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use heapglass::Loader;
use heapglass::analysis::{Query, derive};
use heapglass::load::{Loaded, StoreDivision, StorePlan, StoreTypes};
use heapglass::play::{DeferredPart, Options, Session};
use heapglass::source::http::Access;

use crate::stores::{cloud, failure, parca, pyroscope};
use crate::support::server::Server;
use crate::support::store::fleet::{Fleet, FleetProfile, Stacks, TYPES, decoded, encoded};
use crate::support::store::hostile::{self, Fault};
use crate::support::store::{Answer, TestStore, body, write};
use crate::support::{explore, run};

/// Store with other profiles than the recorded ones.
fn store_of(change: impl Fn(Fleet) -> Fleet) -> TestStore {
    let recorded = Fleet::recorded();
    let copy = Fleet { epoch: recorded.epoch, profiles: recorded.profiles.clone() };
    TestStore { fleet: Arc::new(change(copy)), ..TestStore::new() }
}

/// Store whose answers are changed, given the head and the body of the request.
fn changed(change: impl Fn(&str, &[u8], Answer) -> Answer + Send + Sync + 'static) -> Server {
    let store = TestStore::new();
    Server::start(move |head, stream| {
        let request = body(head, stream)?;
        write(stream, &change(head, &request, store.answer(head, &request)))
    })
}

fn load(address: &str, plan: StorePlan) -> Loaded {
    Loader::new().stores(plan).access(Arc::new(Access::default())).load([address]).unwrap()
}

#[test]
fn a_process_whose_labels_are_part_of_another_s_counts_by_itself() {
    // The second pod has the labels of the first and one more, and reports in the same seconds.
    let store = store_of(|mut fleet| {
        let times: Vec<i64> =
            fleet.profiles.iter().filter(|one| one.labels["pod"] == "search-x").map(|one| one.millis).collect();
        let others = fleet.profiles.iter_mut().filter(|one| one.labels["pod"] == "search-y");
        for (profile, millis) in others.zip(times) {
            profile.millis = millis + 10;
            profile.labels.insert("pod".to_owned(), "search-x".to_owned());
            profile.labels.insert("track".to_owned(), "canary".to_owned());
        }
        fleet
    });
    let of_search = |of: usize| -> [Vec<i64>; 2] {
        [false, true].map(|is_canary| {
            let of_search = store.fleet.profiles.iter().filter(|one| one.labels["service_name"] == "search");
            of_search.filter(|one| one.labels.contains_key("track") == is_canary).map(|one| one.total(of)).collect()
        })
    };
    let growth: i64 = of_search(1).iter().map(|values| values[values.len() - 1] - values[0]).sum();
    let server = store.start();
    let addresses = [pyroscope(&server, "").replace("cart", "search"), parca(&server, "search", "")];
    for address in &addresses {
        let top = run(&["report", "top", address, "--sample-type", "alloc_space", "--format", "json"]);
        let figures: serde_json::Value = serde_json::from_str(&top.stdout).unwrap();
        assert_eq!(figures["total"].as_i64(), Some(growth), "{address} {}", top.stderr);
        assert!(!top.stderr.contains("differ"), "{}", top.stderr);
        let series = load(address, StorePlan { division: StoreDivision::Profiles, ..StorePlan::default() }).series;
        let at = series.sample_types().iter().position(|one| one.name.raw() == "inuse_space").unwrap();
        let mut found: Vec<i64> = series.snapshots().iter().map(|one| one.totals[at] as i64).collect();
        let mut sent = of_search(3).concat();
        found.sort_unstable();
        sent.sort_unstable();
        assert_eq!(found, sent, "{address}");
    }
}

/// Twelve minutes of the fleet, of which the service is silent in the first two and in the eighth.
fn with_silence() -> TestStore {
    store_of(|fleet| {
        let mut all = Fleet { epoch: fleet.epoch - 540, profiles: fleet.repeated(4).profiles.clone() };
        let minute = |profile: &FleetProfile| (profile.millis - 1 - (fleet.epoch - 540) * 1000) / 60_000;
        all.profiles.retain(|profile| !matches!(minute(profile), 0 | 1 | 7));
        all
    })
}

#[test]
fn a_step_in_which_nobody_reported_is_unknown() {
    let server = with_silence().start();
    let address = pyroscope(&server, "&step=1m").replace("from=1795894560", "from=1795894020");
    let summary = run(&["report", "summary", &address, "--format", "json"]);
    let told = "3 steps of 1m without any profile are left out: what was held then is not known";
    assert!(summary.code == 0 && summary.stderr.contains(told), "{}", summary.stderr);
    let summary: serde_json::Value = serde_json::from_str(&summary.stdout).unwrap();
    let snapshots = summary["snapshots"].as_array().unwrap();
    assert_eq!(snapshots.len(), 9);
    assert!(snapshots.iter().all(|one| one["profiles"].as_u64() > Some(0)), "{summary}");
    // The sums of the first screen are those of the steps.
    let held = |division| {
        let series = Arc::new(load(&address, StorePlan { division, ..StorePlan::default() }).series);
        let query = Query::default_for(&series);
        let window = heapglass::analysis::Window { first: 0, last: series.snapshots().len() - 1 };
        (series.snapshots().len(), derive(&series, &Query { window, ..query }, None).unwrap().column.unfiltered_total())
    };
    let [sums, steps] = [StoreDivision::StepSums, StoreDivision::Steps].map(held);
    assert_eq!((sums.0, steps.0, sums.1), (2, 9, steps.1));
    // Steps keep their numbers.
    let mut terminal = explore(&[&address, "--window", "9..10"]);
    terminal.wait_for("9..10 of 12");
    terminal.keys("q");
    let by_time = ["--window", "2026-11-28T19:35:00Z..2026-11-28T19:37:00Z"];
    let of = |window: &[&str]| json_of(&[&["summary", &address], window].concat())["headline"].clone();
    assert_eq!(of(&["--window", "9..10"]), of(&by_time));
}

#[test]
fn windows_loaded_as_one_leave_silence_out_as_steps_do() {
    let server = with_silence().start();
    let address = pyroscope(&server, "").replace("from=1795894560", "from=1795894020");
    let series =
        Arc::new(load(&address, StorePlan { division: StoreDivision::StepSums, ..StorePlan::default() }).series);
    let query = Query::default_for(&series);
    let window = heapglass::analysis::Window { first: 0, last: series.snapshots().len() - 1 };
    let held = derive(&series, &Query { window, ..query }, None).unwrap().column.unfiltered_total();
    let top = run(&["report", "top", &address, "--format", "json"]);
    assert!(top.stderr.contains("nobody reported in 2.77 min of 12.0 min"), "{}", top.stderr);
    assert!(top.stderr.contains("what was held then is not known, and means are over the rest"), "{}", top.stderr);
    let top: serde_json::Value = serde_json::from_str(&top.stdout).unwrap();
    assert!((i128::from(top["total"].as_i64().unwrap()) - held).abs() <= 1, "{top} {held}");
    // A mean over all of the time would pass.
    let limit = format!("{}B", held * 9 / 10);
    let check = run(&["check", "--max-total", &limit, &address]);
    assert!(check.code == 1 && check.stderr.contains("nobody reported"), "{} {}", check.stdout, check.stderr);
}

#[test]
fn an_error_with_status_200_is_that_of_the_store() {
    let down = |_: &str, _: &[u8], _: Answer| Answer {
        status: 200,
        headers: Vec::new(),
        body: br#"{"code":"unavailable","message":"backend down"}"#.to_vec(),
    };
    let server = changed(down);
    for address in [pyroscope(&server, ""), parca(&server, "cart", "")] {
        let (line, _) = failure(&["report", "top", &address]);
        assert!(line.ends_with("the store answered unavailable: backend down"), "{line}");
    }
    let merge = |head: &str, _: &[u8], answer: Answer| {
        if head.contains("SelectMergeProfile") {
            Answer { body: b"not found, and long".to_vec(), ..answer }
        } else {
            answer
        }
    };
    let server = changed(merge);
    let (line, hint) = failure(&["report", "top", &pyroscope(&server, "")]);
    assert!(
        line.ends_with("the answer is damaged: it is no profile") && !hint.contains("debug/pprof"),
        "{line} {hint}"
    );
    let error = |_: &str, _: &[u8], _: Answer| Answer {
        status: 200,
        headers: Vec::new(),
        body: br#"{"error":{"code":503,"message":"try later","status":"UNAVAILABLE"}}"#.to_vec(),
    };
    let server = changed(error);
    let (line, _) = failure(&["report", "top", &cloud(&server, "cart", ""), "--header", "Authorization: Bearer x"]);
    assert!(line.ends_with("unavailable: try later"), "{line}");
}

/// Twelve pods with the same profiles.
fn with_many_pods() -> TestStore {
    store_of(|fleet| {
        let one: Vec<FleetProfile> =
            fleet.profiles.iter().filter(|one| one.labels["pod"] == "cart-a").cloned().collect();
        let of_pod = |pod: usize| {
            one.iter().cloned().map(move |mut profile| {
                profile.labels.insert("pod".to_owned(), format!("cart-{pod:02}"));
                profile
            })
        };
        Fleet { epoch: fleet.epoch, profiles: (0..12).flat_map(of_pod).collect() }
    })
}

#[test]
fn instances_join_without_a_jump_where_requests_are_few() {
    let server = with_many_pods().start();
    let address = pyroscope(&server, "&instance=pod&step=1m");
    let of = |division, types, most_requests| {
        load(&address, StorePlan { division, types, most_requests, ..StorePlan::default() })
    };
    let first = || Arc::new(of(StoreDivision::StepSums, StoreTypes::BytesAndObjects, 40).series);
    assert_eq!(first().snapshots().len(), 12);
    let all = of(StoreDivision::Steps, StoreTypes::All, 40);
    let warnings: Vec<&str> = all.warnings.iter().map(|warning| warning.text.as_str()).collect();
    assert!(!warnings.iter().any(|text| text.contains("near the median")), "{warnings:?}");
    assert!(warnings.iter().any(|text| text.contains("`alloc_*` is not loaded")), "{warnings:?}");
    // Objects are left out before instances are.
    for most in [16, 28] {
        let bytes = of(StoreDivision::StepSums, StoreTypes::BytesAndObjects, most);
        let counts = (bytes.series.snapshots().len(), bytes.series.sample_types().len());
        assert_eq!(counts, if most == 16 { (12, 1) } else { (12, 2) });
    }
    let table = run(&["report", "instances", &address, "--max-requests", "16", "--format", "json"]);
    assert!(table.code == 0 && table.stderr.contains("`inuse_objects` is not loaded"), "{}", table.stderr);
    let table: serde_json::Value = serde_json::from_str(&table.stdout).unwrap();
    assert_eq!(table["instances"].as_array().map(Vec::len), Some(12));
    let leaks = run(&["report", "leaks", &address, "--max-requests", "40"]);
    assert!(leaks.code == 2 && leaks.stderr.contains("since steps of each would take 76 requests"), "{}", leaks.stderr);
    // Instances that are left out take none of the others with them.
    for (most, count) in [(40, 12), (13, 4)] {
        let series = first();
        let mut session = Session::over(&series, "cart".to_owned(), Options::default()).unwrap();
        session.begin_deferred(DeferredPart::Steps);
        let later = of(StoreDivision::Steps, StoreTypes::All, most).series;
        assert_eq!(later.snapshots().len(), count);
        session.finish_deferred(later);
        let screen = session.frame().to_string();
        assert!(screen.contains(&format!("{count} instances")), "{screen}");
    }
}

#[test]
fn single_profiles_are_those_of_the_window_only() {
    let server = TestStore::new().start();
    let window = "2026-11-28T19:38:00Z..";
    let args = ["report", "top", "--single", "--max-requests", "30", &pyroscope(&server, "")];
    let outcome = run(&args);
    assert!(outcome.code == 2 && outcome.stderr.contains("single profiles take"), "{}", outcome.stderr);
    let outcome = run(&[&args[..], &["--window", window]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn sides_without_a_common_process_are_two_processes() {
    let server = TestStore::new().start();
    let of = |pod: &str| pyroscope(&server, "").replace("\"cart\"", &format!("\"cart\",pod=\"{pod}\""));
    let said = |address: &str, args: &[&str]| {
        let outcome = run(&[&["report", "diff", address], args].concat());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout
    };
    let apart = said(&of("cart-a"), &["--base", &of("cart-b")]);
    assert!(apart.contains("of two processes"), "{apart}");
    let windows = ["--base-window", "..2026-11-28T19:37:00Z", "--window", "2026-11-28T19:37:00Z.."];
    let same = said(&of("cart-a"), &windows);
    assert!(same.contains("at most: one process"), "{same}");
}

/// Report as JSON, with messages.
fn json_of(args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&run(&[&["report"], args, &["--format", "json"]].concat()).stdout).unwrap()
}

#[test]
fn a_window_without_profiles_is_an_error_on_both_sides() {
    let server = with_silence().start();
    let address = pyroscope(&server, "").replace("from=1795894560", "from=1795894020");
    let [silent, full] = ["2026-11-28T19:27:00Z..2026-11-28T19:29:00Z", "2026-11-28T19:37:00Z..2026-11-28T19:39:00Z"];
    for [window, base] in [[full, silent], [silent, full]] {
        for command in [&["report", "diff"][..], &["report", "digest"], &["check", "--max-growth", "5%"]] {
            let (line, hint) = failure(&[command, &[&address, "--window", window, "--base-window", base]].concat());
            let said = "no profiles of `{service_name=\"cart\"}` between 2026-11-28T19:27:00Z and 2026-11-28T19:29:00Z";
            assert!(line.ends_with(said) && hint.contains("heapglass list"), "{line} {hint}");
        }
        let steps = run(&["report", "summary", &address, "--window", window, "--base-window", base]);
        assert_eq!((steps.code, steps.stdout.as_str()), (2, ""), "{}", steps.stderr);
        assert!(steps.stderr.contains("no profile"), "{}", steps.stderr);
    }
}

/// A part of the stacks of a merge: the half for 2, none for 0.
fn cut(answer: Answer, of: usize, divisor: usize) -> Answer {
    let stacks = decoded(&answer.body);
    let mut all: Vec<_> = stacks.into_iter().collect();
    all.sort();
    all.truncate(all.len().checked_div(divisor).unwrap_or(0));
    let kept: Stacks = all.into_iter().collect();
    Answer { body: if kept.is_empty() { Vec::new() } else { encoded(&kept, of) }, ..answer }
}

#[test]
fn a_merge_without_a_part_of_its_stacks_is_told_and_fails_a_gate() {
    let cases = [
        (2, 0, "cart", "inuse_space", "bytes and no `inuse_objects`: the store's answer is incomplete"),
        (2, 2, "cart", "inuse_space", "bytes and no `inuse_objects`: the store's answer is incomplete"),
        (3, 2, "cart", "inuse_space", "1 merge differs from the profiles that the store lists"),
        (1, 2, "cart", "alloc_space", "1 merge differs from the profiles that the store lists"),
        (1, 0, "search", "alloc_space", "merges differ from the profiles that the store lists"),
        (0, 0, "search", "alloc_space", "4 profiles have bytes and no `alloc_objects`"),
    ];
    for (of, divisor, service, sample_type, words) in cases {
        let name = TYPES[of].0;
        let server = changed(move |head, request, answer| {
            let is_of_type = String::from_utf8_lossy(request).contains(name);
            if head.contains("/SelectMergeProfile ") && is_of_type { cut(answer, of, divisor) } else { answer }
        });
        let address = pyroscope(&server, "").replace("cart", service);
        let report = run(&["report", "top", &address, "--sample-type", sample_type]);
        assert!(report.stderr.contains(words), "{name} {divisor}: {}", report.stderr);
        let gate = run(&["check", &address, "--sample-type", sample_type, "--max-total", "1TiB"]);
        assert_eq!(gate.code, 2, "{name} {divisor}: {}", gate.stderr);
    }
    // The allocated types beside those in use are held to their profiles, too.
    let server = changed(|head, request, answer| {
        let is_of_type = String::from_utf8_lossy(request).contains("alloc_space");
        if head.contains("/SelectMergeProfile ") && is_of_type { cut(answer, 1, 2) } else { answer }
    });
    let plan = StorePlan { types: StoreTypes::All, ..StorePlan::default() };
    let loaded = load(&pyroscope(&server, "&step=1m"), plan);
    assert!(loaded.warnings.iter().any(|one| one.text.starts_with("3 merges differ")), "{:?}", loaded.warnings);
}

#[test]
fn the_error_names_the_limit_that_was_set() {
    let store = hostile::start(Fault::GzipBomb, "SelectMerge");
    for [memory, input, said, hint] in [
        ["64MiB", "4GiB", "the memory that the answers ask for passed the limit of 64 MiB", "--max-memory"],
        ["1GiB", "2MiB", "the answer passed the limit of 2 MiB", "--max-input"],
    ] {
        let outcome = run(&["report", "top", &pyroscope(&store, ""), "--max-memory", memory, "--max-input", input]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (3, ""), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(&format!("hint: {hint} raises the limit")), "{}", outcome.stderr);
    }
}

#[test]
fn a_damaged_profile_of_cloud_profiler_costs_only_itself() {
    let server = changed(|_, _, mut answer| {
        let mut page: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let profiles = page["profiles"].as_array_mut().unwrap();
        let mut of_cart = profiles.iter_mut().filter(|one| one["deployment"]["target"] == "cart");
        if !answer.body.windows(9).any(|text| text == b"nextPageT") {
            let [first, second] = [of_cart.next().unwrap(), of_cart.next().unwrap()];
            first["name"] = "projects/shop/profiles/first".into();
            first["profileBytes"] = "!!!!".into();
            second["profileBytes"] = BASE64_STANDARD.encode(b"\x1f\x8bjunkjunkjunkjunkjunk").into();
        }
        answer.body = page.to_string().into_bytes();
        answer
    });
    let address = cloud(&server, "cart", "");
    let token = ["--header", "Authorization: Bearer geheim"];
    let report = run(&[&["report", "top", &address, "--format", "json"], &token[..]].concat());
    assert_eq!(report.code, 0, "{}", report.stderr);
    let top: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(top["profiles"], 29, "{}", report.stderr);
    for said in
        ["profile projects/shop/profiles/first of 2026-11-28T19:3", "a profile is no base64 (skipped)", "broken gzip"]
    {
        assert!(report.stderr.contains(said), "{said}: {}", report.stderr);
    }
    let gate = run(&[&["check", &address, "--max-total", "1TiB"], &token[..]].concat());
    assert_eq!((gate.code, gate.stdout.as_str()), (2, ""), "{}", gate.stderr);
    // Without any other one, the first is the reason.
    let none = hostile::start(Fault::NoBase64, "/v2/projects");
    let (line, _) = failure(&[&["report", "top", &cloud(&none, "cart", "")], &token[..]].concat());
    assert!(line.ends_with("the answer is damaged: a profile is no base64"), "{line}");
}
