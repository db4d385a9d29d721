//! Filters, compared with a plain model: expand, filter, sum. The meaning of each step is pprof's.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use heapglass::analysis::derive::Side;
use heapglass::analysis::filter::{Filter, FilterKind};
use heapglass::analysis::{
    Aggregate, Answer, Granularity, Inlines, OtherTypes, Query, Recursion, Shares, Stacks, derive,
};
use heapglass::base::ids::NodeId;
use heapglass::base::step_count::measure_steps;
use heapglass::format::pprof::message;
use heapglass::play::{Options, Session};
use heapglass::profile::Series;
use proptest::prelude::*;

use crate::support::build::{Stack, message_of, series};
use crate::support::snapshots::folder;
use crate::support::{golden, json, result, run};

const NAMES: [&str; 6] = ["main", "a", "b", "runtime.c", "d.(*T).e", "f"];
/// Patterns that are substrings, on which regular expressions and the model agree.
const PATTERNS: [&str; 7] = ["main", "a", "b", "runtime", "d", "f", "nothing"];

/// Sample of the model: locations leaf first, each with its lines innermost first.
#[derive(Clone, Debug)]
struct Sample {
    locations: Vec<Vec<String>>,
    value: i64,
    user: Option<&'static str>,
    bytes: i64,
}

/// Locations that [`message_of`] makes of a stack.
fn locations(names: &[String]) -> Vec<Vec<String>> {
    let mut locations = Vec::new();
    let mut rest = names;
    while !rest.is_empty() {
        let count = if locations.len() % 2 == 1 { 2.min(rest.len()) } else { 1 };
        locations.push(rest[..count].to_vec());
        rest = &rest[count..];
    }
    locations
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    let names = prop::collection::vec(name, 0..9);
    let user = prop::sample::select(vec![None, Some("alice"), Some("bob")]);
    let sample = (names, 1..1000_i64, user, prop::sample::select(vec![16_i64, 64, 1024, 4096]));
    let sample =
        sample.prop_map(|(names, value, user, bytes)| Sample { locations: locations(&names), value, user, bytes });
    prop::collection::vec(sample, 0..30)
}

fn filters() -> impl Strategy<Value = Vec<Filter>> {
    let by_name = [
        FilterKind::Focus,
        FilterKind::Ignore,
        FilterKind::Hide,
        FilterKind::Show,
        FilterKind::ShowFrom,
        FilterKind::PruneFrom,
    ];
    let by_name = (prop::sample::select(by_name.to_vec()), prop::sample::select(PATTERNS.to_vec()));
    let by_label = (
        prop::sample::select(vec![FilterKind::TagFocus, FilterKind::TagIgnore]),
        prop::sample::select(vec!["user=alice", "bytes=64b", "1kb:", "user:bob"]),
    );
    let filter = prop_oneof![3 => by_name, 1 => by_label];
    prop::collection::vec(filter.prop_map(|(kind, pattern)| Filter::new(kind, pattern)), 0..4)
}

fn made(samples: &[Sample]) -> Arc<Series> {
    let stacks: Vec<Stack> =
        samples.iter().map(|sample| Stack { names: sample.locations.concat(), values: vec![sample.value] }).collect();
    let mut profile = message_of(&stacks, 1);
    let mut string = |text: &str| {
        profile.string_table.push(text.as_bytes().to_vec());
        profile.string_table.len() as i64 - 1
    };
    let [user, bytes, alice, bob] = ["user", "bytes", "alice", "bob"].map(&mut string);
    for (made, sample) in profile.sample.iter_mut().zip(samples) {
        let number = message::Label { key: bytes, str: 0, num: sample.bytes, num_unit: 0 };
        let text = sample.user.map(|name| if name == "alice" { alice } else { bob });
        made.label =
            text.map(|text| message::Label { key: user, str: text, num: 0, num_unit: 0 }).into_iter().collect();
        made.label.push(number);
    }
    series(&profile)
}

fn of_kind(filters: &[Filter], kind: FilterKind) -> impl Iterator<Item = &str> {
    filters.iter().filter(move |filter| filter.kind == kind).map(|filter| &*filter.pattern)
}

fn holds(sample: &Sample, condition: &str) -> bool {
    match condition {
        "user=alice" => sample.user == Some("alice"),
        "user:bob" => sample.user == Some("bob"),
        "bytes=64b" => sample.bytes == 64,
        _ => sample.bytes >= 1024,
    }
}

/// Sample after filters, in pprof's order.
fn filtered(sample: &Sample, filters: &[Filter]) -> Option<Sample> {
    let mut sample = sample.clone();
    let has = |location: &[String], pattern: &str| location.iter().any(|name| name.contains(pattern));
    let met = |pattern: &str| sample.locations.iter().any(|location| has(location, pattern));
    let by_name = [FilterKind::Focus, FilterKind::Ignore, FilterKind::Hide, FilterKind::Show, FilterKind::ShowFrom];
    let needs_frames = filters.iter().any(|filter| by_name.contains(&filter.kind));
    if !of_kind(filters, FilterKind::Focus).all(met) || of_kind(filters, FilterKind::Ignore).any(met) {
        return None;
    }
    for location in &mut sample.locations {
        of_kind(filters, FilterKind::Hide).for_each(|pattern| location.retain(|name| !name.contains(pattern)));
        of_kind(filters, FilterKind::Show).for_each(|pattern| location.retain(|name| name.contains(pattern)));
    }
    sample.locations.retain(|location| !location.is_empty());
    for pattern in of_kind(filters, FilterKind::ShowFrom) {
        for location in &mut sample.locations {
            if let Some(outermost) = location.iter().rposition(|name| name.contains(pattern)) {
                location.truncate(outermost + 1);
            }
        }
        let first = sample.locations.iter().rposition(|location| has(location, pattern))?;
        sample.locations.truncate(first + 1);
    }
    if needs_frames && sample.locations.is_empty() {
        return None;
    }
    let focused = of_kind(filters, FilterKind::TagFocus).all(|condition| holds(&sample, condition));
    if !focused || of_kind(filters, FilterKind::TagIgnore).any(|condition| holds(&sample, condition)) {
        return None;
    }
    for pattern in of_kind(filters, FilterKind::PruneFrom) {
        let bare = |name: &str| name.split('(').next().unwrap_or_default().contains(pattern);
        for location in &mut sample.locations {
            if let Some(innermost) = location.iter().position(|name| bare(name)) {
                location.drain(..innermost);
            }
        }
        if let Some(last) = sample.locations.iter().position(|location| location.iter().any(|name| bare(name))) {
            sample.locations.drain(..last);
        }
    }
    Some(sample)
}

/// Self and total by name.
fn model(samples: &[Sample], filters: &[Filter], inlines: Inlines) -> BTreeMap<String, (i64, i64)> {
    let mut rows: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for sample in samples.iter().filter_map(|sample| filtered(sample, filters)) {
        let names: Vec<String> = match inlines {
            Inlines::Shown => sample.locations.concat(),
            Inlines::Hidden => sample.locations.iter().filter_map(|location| location.last().cloned()).collect(),
        };
        if let Some(leaf) = names.first() {
            rows.entry(leaf.clone()).or_default().0 += sample.value;
        }
        for name in names.into_iter().collect::<HashSet<_>>() {
            rows.entry(name).or_default().1 += sample.value;
        }
    }
    rows
}

fn rows(answer: &Answer) -> BTreeMap<String, (i64, i64)> {
    let (frames, flat) = (answer.tree.frames(), answer.flat(0).unwrap());
    let row = |frame| (frames.name(frame).to_owned(), (flat.own(frame), flat.total(frame)));
    frames.ids().skip(1).map(row).filter(|(_, row)| *row != (0, 0)).collect()
}

fn query(series: &Series, filters: &[Filter]) -> Query {
    Query { filters: filters.to_vec(), aggregate: Aggregate::Sum, ..Query::default_for(series) }
}

fn nodes(answer: &Answer) -> impl Iterator<Item = NodeId> + use<> {
    (0..answer.tree.len()).map(NodeId::new)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_side_with_filters_of_its_own_is_the_answer_to_them(
        samples in samples(), filters in filters(), others in filters(),
    ) {
        let series = made(&samples);
        let plain = query(&series, &filters);
        let base_filters: Vec<Filter> = others.into_iter().filter(|filter| !filter.kind.changes_tree()).collect();
        let asked = Query { base: Some(plain.window), base_filters, ..plain.clone() };
        let [current, base] = [plain.filters.clone(), asked.filters_of_base()]
            .map(|filters| derive(&series, &Query { filters, ..plain.clone() }, None).unwrap());
        // From nothing, from one window, from a comparison with the same filters, and from one with others.
        let fresh = derive(&series, &asked, None).unwrap();
        let same = derive(&series, &Query { base: Some(plain.window), ..plain.clone() }, None).unwrap();
        for before in [None, Some(&current), Some(&base), Some(&fresh), Some(&same)] {
            let answer = derive(&series, &asked, before).unwrap();
            let sides = [Side::A, Side::B].map(|side| answer.side(side).unwrap());
            for (side, alone) in sides.iter().zip([&base, &current]) {
                prop_assert_eq!(rows(side), rows(alone));
                prop_assert_eq!(side.column.filtered_total(), alone.column.filtered_total());
                prop_assert_eq!(&side.query.filters, &alone.query.filters);
            }
        }
        let sorted = |mut filters: Vec<Filter>| {
            filters.sort_by_key(ToString::to_string);
            filters
        };
        let swapped = asked.clone().with_swapped_filters();
        prop_assert_eq!(sorted(swapped.filters.clone()), sorted(asked.filters_of_base()));
        prop_assert_eq!(sorted(swapped.filters_of_base()), sorted(asked.filters));
    }

    #[test]
    fn s42_filters_leave_what_the_model_leaves(
        samples in samples(), filters in filters(), hides in prop::sample::select(vec![Inlines::Shown, Inlines::Hidden]),
    ) {
        let series = made(&samples);
        let mut asked = query(&series, &filters);
        asked.shape.inlines = hides;
        let answer = derive(&series, &asked, None).unwrap();
        prop_assert_eq!(rows(&answer), model(&samples, &filters, hides));
        let kept: i64 = samples.iter().filter_map(|sample| filtered(sample, &filters)).map(|sample| sample.value).sum();
        prop_assert_eq!(answer.column.filtered_total(), i128::from(kept));
        // Shares are of the whole, with or without filters.
        let all: i64 = samples.iter().map(|sample| sample.value).sum();
        prop_assert_eq!(answer.column.abs_share_base(), all);
        let relative = derive(&series, &Query { shares: Shares::Filtered, ..asked }, Some(&answer)).unwrap();
        prop_assert_eq!(relative.column.abs_share_base(), kept);
    }

    #[test]
    fn an_answer_from_the_one_before_is_the_same_as_a_new_one(
        samples in samples(), before in filters(), after in filters(),
    ) {
        let series = made(&samples);
        let first = derive(&series, &query(&series, &before), None).unwrap();
        let asked = query(&series, &after);
        let (moved, fresh) = (derive(&series, &asked, Some(&first)).unwrap(), derive(&series, &asked, None).unwrap());
        prop_assert_eq!(rows(&moved), rows(&fresh));
        prop_assert_eq!(moved.column.filtered_total(), fresh.column.filtered_total());
        // A filter that selects samples is another column over the same tree.
        let changes_tree = |filters: &[Filter]| filters.iter().any(|filter| filter.kind.changes_tree());
        if !changes_tree(&before) && !changes_tree(&after) {
            prop_assert!(Arc::ptr_eq(&first.tree, &moved.tree));
        }
    }

    #[test]
    fn folded_recursion_keeps_self_and_has_no_frame_twice_on_a_path(samples in samples(), filters in filters()) {
        let series = made(&samples);
        let mut asked = query(&series, &filters);
        let plain = derive(&series, &asked, None).unwrap();
        asked.shape.recursion = Recursion::Folded;
        let folded = derive(&series, &asked, Some(&plain)).unwrap();
        let own = |answer: &Answer| -> BTreeMap<String, i64> {
            rows(answer).into_iter().map(|(name, (own, _))| (name, own)).filter(|(_, own)| *own != 0).collect()
        };
        prop_assert_eq!(own(&folded), own(&plain));
        prop_assert_eq!(folded.column.filtered_total(), plain.column.filtered_total());
        for node in nodes(&folded) {
            let path = folded.tree.path(node);
            let frames: HashSet<_> = path.iter().map(|node| folded.tree.frame(*node)).collect();
            prop_assert_eq!(frames.len(), path.len());
        }
    }

    #[test]
    fn a_tree_of_what_is_filled_says_the_same(
        samples in samples(), filters in filters(), roots in any::<bool>(), folds in any::<bool>(), rare in 1..5_usize,
    ) {
        let mut samples = samples;
        samples.iter_mut().enumerate().filter(|(at, _)| at % rare != 0).for_each(|(_, sample)| sample.value = 0);
        let series = made(&samples);
        let mut asked = query(&series, &filters);
        asked.filters.extend(roots.then(|| Filter::new(FilterKind::TagRoot, "user")));
        asked.shape.recursion = if folds { Recursion::Folded } else { Recursion::Shown };
        let all = derive(&series, &asked, None).unwrap();
        let asked = Query { stacks: Stacks::NonZero, other_types: OtherTypes::Later, ..asked };
        let filled = derive(&series, &asked, None).unwrap();
        let of_nodes = |answer: &Answer| -> BTreeMap<Vec<Box<str>>, (i64, i64)> {
            let figures = |node| (answer.column.own(node), answer.column.total(node));
            let held = nodes(answer).map(|node| (answer.tree.names(node), figures(node)));
            held.filter(|(_, figures)| *figures != (0, 0)).collect()
        };
        prop_assert_eq!(of_nodes(&filled), of_nodes(&all));
        prop_assert_eq!(rows(&filled), rows(&all));
        prop_assert_eq!(filled.column.abs_share_base(), all.column.abs_share_base());
        prop_assert_eq!(filled.filtered.keeps_all(), all.filtered.keeps_all());
        prop_assert!(filled.tree.len() <= all.tree.len());
        // A tree of one sample type does not serve another one.
        let later = derive(&series, &Query { stacks: Stacks::All, ..asked }, Some(&filled)).unwrap();
        prop_assert_eq!(later.tree.len(), all.tree.len());
    }

    #[test]
    fn s42_values_of_a_label_stand_above_all_stacks(samples in samples(), filters in filters()) {
        let series = made(&samples);
        let mut rooted = filters.clone();
        rooted.push(Filter::new(FilterKind::TagRoot, "user"));
        // Frames of labels are frames: filters by name match them, which the model does not.
        prop_assume!(filters.iter().all(|filter| matches!(filter.kind, FilterKind::TagFocus | FilterKind::TagIgnore)));
        let answer = derive(&series, &query(&series, &rooted), None).unwrap();
        let mut users: BTreeMap<String, i64> = BTreeMap::new();
        for sample in samples.iter().filter_map(|sample| filtered(sample, &filters)) {
            let name = sample.user.map_or("(no user)".to_owned(), |user| format!("user: {user}"));
            *users.entry(name).or_default() += sample.value;
        }
        let tree = &answer.tree;
        let name = |node| tree.frames().name(tree.frame(node));
        let tops = tree.children(NodeId::ROOT).map(|top| (name(top).to_owned(), answer.column.total(top)));
        let tops: BTreeMap<String, i64> = tops.filter(|(_, total)| *total != 0).collect();
        prop_assert_eq!(tops, users);
        let plain = model(&samples, &filters, Inlines::Shown);
        for (name, row) in rows(&answer).into_iter().filter(|(name, _)| NAMES.contains(&&**name)) {
            prop_assert_eq!(Some(&row), plain.get(&name));
        }
    }
}

/// Stacks as `leaf;…;root value`.
fn stacks(lines: &[&str]) -> Arc<Series> {
    let sample = |line: &&str| {
        let (names, value) = line.rsplit_once(' ').unwrap();
        let names: Vec<String> = names.split(';').map(str::to_owned).collect();
        let locations = names.into_iter().map(|name| vec![name]).collect::<Vec<_>>();
        Stack { names: locations.concat(), values: vec![value.parse().unwrap()] }
    };
    series(&message_of(&lines.iter().map(sample).collect::<Vec<_>>(), 1))
}

fn left(series: &Arc<Series>, filters: &[&str]) -> BTreeMap<String, (i64, i64)> {
    let filters: Vec<Filter> = filters.iter().map(|filter| Filter::parse(filter)).collect();
    rows(&derive(series, &query(series, &filters), None).unwrap())
}

fn expected(rows: &[(&str, i64, i64)]) -> BTreeMap<String, (i64, i64)> {
    rows.iter().map(|(name, own, total)| ((*name).to_owned(), (*own, *total))).collect()
}

/// Filters, and the expected names with self and total.
type Case = (&'static [&'static str], &'static [(&'static str, i64, i64)]);

#[test]
fn s44_each_filter_does_what_it_says() {
    let series = stacks(&["json;main 10", "malloc;json;main 5", "gc 7"]);
    let cases: &[Case] = &[
        (&["json"], &[("json", 10, 15), ("malloc", 5, 5), ("main", 0, 15)]),
        (&["main", "ignore:malloc"], &[("json", 10, 10), ("main", 0, 10)]),
        (&["hide:json"], &[("main", 10, 15), ("malloc", 5, 5), ("gc", 7, 7)]),
        (&["hide:gc"], &[("json", 10, 15), ("malloc", 5, 5), ("main", 0, 15)]),
        (&["show:main|gc"], &[("main", 15, 15), ("gc", 7, 7)]),
        (&["show-from:json"], &[("json", 10, 15), ("malloc", 5, 5)]),
        (&["prune-from:json"], &[("json", 15, 15), ("main", 0, 15), ("gc", 7, 7)]),
        (&["main", "malloc"], &[("malloc", 5, 5), ("json", 0, 5), ("main", 0, 5)]),
        (&["nothing"], &[]),
    ];
    for (filters, rows) in cases {
        assert_eq!(left(&series, filters), expected(rows), "{filters:?}");
    }
}

#[test]
fn stacks_without_a_value_are_left_out_where_nobody_asks_for_them() {
    let series = stacks(&["json;main 0", "malloc;json;main 0", "gc;main 7", "idle 0"]);
    let asked = Query { stacks: Stacks::NonZero, ..query(&series, &[]) };
    let answer = derive(&series, &asked, None).unwrap();
    let names: Vec<String> = nodes(&answer).skip(1).map(|node| answer.tree.names(node).join("/")).collect();
    assert_eq!(names, ["main", "main/gc"]);
    // If most stacks have a value, the tree has all of them, and serves other sample types.
    let series = stacks(&["json;main 1", "gc;main 7", "idle 0"]);
    let asked = Query { stacks: Stacks::NonZero, ..query(&series, &[]) };
    let answer = derive(&series, &asked, None).unwrap();
    assert_eq!(answer.tree.len(), 5);
    let next = derive(&series, &query(&series, &[]), Some(&answer)).unwrap();
    assert!(Arc::ptr_eq(&answer.tree, &next.tree));
}

#[test]
fn s21_recursion_goes_back_to_where_it_began() {
    let series = stacks(&["c;b;a;b;a 1", "b;a 2"]);
    let mut asked = query(&series, &[]);
    asked.shape.recursion = Recursion::Folded;
    let answer = derive(&series, &asked, None).unwrap();
    let names = |node| answer.tree.names(node).join("/");
    let paths: Vec<String> = nodes(&answer).skip(1).map(names).collect();
    assert_eq!(paths, ["a", "a/b", "a/b/c"]);
    assert_eq!(rows(&answer), expected(&[("a", 0, 3), ("b", 2, 3), ("c", 1, 1)]));
}

#[test]
fn s24_packages_are_a_granularity() {
    let series = stacks(&["encoding/json.Marshal;encoding/json.(*T).f;main.run 3", "net/http.get;main.run 4"]);
    let mut asked = query(&series, &[]);
    asked.shape.granularity = Granularity::Packages;
    let answer = derive(&series, &asked, None).unwrap();
    assert_eq!(rows(&answer), expected(&[("encoding/json", 3, 3), ("net/http", 4, 4), ("main", 0, 7)]));
}

#[test]
fn s27_a_filter_says_what_it_leaves_and_shares_stay_of_all() {
    let plain = json(&["top", "pprof/go-shop-1.pb.gz"]);
    let focused = json(&["top", "--focus", "responseCache", "pprof/go-shop-1.pb.gz"]);
    assert_eq!(focused["total"], plain["total"]);
    assert_eq!(focused["filters"].as_array().unwrap().len(), 1);
    let own: i64 = focused["rows"].as_array().unwrap().iter().map(|row| row["self"].as_i64().unwrap()).sum();
    assert_eq!(focused["left"].as_i64(), Some(own));
    assert!(plain.get("left").is_none() && plain.get("filters").is_none());
}

#[test]
fn a_filter_without_a_match_is_a_warning() {
    let none = run(&["report", "top", "--focus", "nosuch", "--hide", "nosuchtoo", "pprof/go-shop-1.pb.gz"]);
    assert_eq!(none.code, 0);
    assert!(none.stderr.contains("`--focus nosuch` matches nothing"), "{}", none.stderr);
    assert!(none.stderr.contains("`--hide nosuchtoo` matches nothing"), "{}", none.stderr);
    assert!(none.stderr.contains("the filters leave nothing of"), "{}", none.stderr);
    let unitless = run(&["report", "top", "--tag-focus", "bytes=4096", "pprof/go-shop-1.pb.gz"]);
    assert!(unitless.stderr.contains("write `4096b` or `4kb`"), "{}", unitless.stderr);
    let wrong = run(&["report", "top", "--hide", "a(", "pprof/go-shop-1.pb.gz"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("`--hide`: `a(` is not a regular expression: unclosed group"), "{}", wrong.stderr);
}

#[test]
fn filtered_reports_name_their_filters() {
    let filters = ["--focus", "main\\.", "--hide", "fn:^runtime\\.", "--limit", "8"];
    let one = ["pprof/go-shop-2.pb.gz"];
    let pair = ["--base", "pprof/go-shop-1.pb.gz", "pprof/go-shop-2.pb.gz"];
    golden("report", "filtered-top", &result(&[&["report", "top"][..], &filters, &one].concat()));
    golden("report", "filtered-tree", &result(&[&["report", "tree"][..], &filters, &one].concat()));
    golden("report", "filtered-diff", &result(&[&["report", "diff"][..], &filters, &pair].concat()));
    let leaks = [&["report", "leaks"][..], &filters, &["shop-series"]].concat();
    golden("report", "filtered-leaks", &result(&leaks));
    let packages = ["report", "top", "--granularity", "packages", "--limit", "8", "pprof/go-shop-2.pb.gz"];
    golden("report", "packages-top", &result(&packages));
    let rooted = ["report", "tree", "--tagroot", "bytes", "--limit", "8", "pprof/go-shop-2.pb.gz"];
    golden("report", "tagroot-tree", &result(&rooted));
}

#[test]
fn filtering_takes_steps_in_proportion() {
    let steps = |size: usize, filters: &[&str]| -> f64 {
        let names = |n: usize| (0..8).map(move |depth| format!("f{}", (n * 31 + depth * n) % 97)).collect();
        let stacks: Vec<Stack> = (0..size / 8).map(|n| Stack { names: names(n), values: vec![1] }).collect();
        let series = series(&message_of(&stacks, 1));
        let filters: Vec<Filter> = filters.iter().map(|filter| Filter::parse(filter)).collect();
        let (work, _) = measure_steps(|| derive(&series, &query(&series, &filters), None).unwrap());
        work as f64 / (series.trie().len() + stacks.len()) as f64
    };
    for filters in [&["f1", "ignore:f2"][..], &["hide:f1", "show-from:f2"], &["prune-from:f1"], &["tagroot:none"]] {
        let (few, many) = (steps(4000, filters), steps(32_000, filters));
        assert!(few > 0.0 && many < few * 1.3 + 0.5, "{filters:?}: {few:.2} steps a stack became {many:.2}");
    }
}

#[test]
fn one_value_of_a_label_is_compared_with_another() {
    const PROFILE: &str = "jfr/tlab.jfr.gz";
    let options = ["--tag-focus", "thread=cacher", "--base-tag-focus", "thread=main"];
    let left = |filter: &str| json(&["top", "--tag-focus", filter, PROFILE])["left"].clone();
    // That the totals are unlike is said.
    let diff = |more: &[&str]| -> serde_json::Value {
        let outcome = run(&[&["report", "diff", "--format", "json", PROFILE], more].concat());
        serde_json::from_str(&outcome.stdout).unwrap()
    };
    let compared = diff(&options);
    assert_eq!(
        (&compared["left"], &compared["base_left"]),
        (&left("thread=cacher"), &left("thread=main")),
        "{compared}"
    );
    assert_eq!(compared["filters"], serde_json::json!(["tag:thread=cacher"]));
    assert_eq!(compared["base_filters"], serde_json::json!(["tag:thread=main"]));
    assert!(left("thread=main").as_i64() > left("thread=cacher").as_i64());
    let text = run(&[&["report", "diff", PROFILE], &options[..]].concat()).stdout;
    assert!(text.contains("filters: A tag thread=main; B tag thread=cacher; A 93.1% of 46.3 MiB, B 6.2%"), "{text}");
    // An empty filter is none: one value against everybody.
    let all = diff(&["--tag-focus", "thread=cacher", "--base-tag-focus", ""]);
    assert_eq!(all["base_left"], all["base_total"]);
    assert_eq!(all["base_filters"], serde_json::json!([]));
    // Normalising makes equal what the filters leave.
    let normal = diff(&[&options[..], &["--normalize"]].concat());
    let (then, now) = (normal["base_left"].as_f64().unwrap(), normal["left"].as_f64().unwrap());
    assert!((now / then - 1.0).abs() < 1e-3, "{normal}");
    let missing = run(&["report", "diff", "--base-tag-focus", "thread=nobody", PROFILE]);
    assert!(missing.stderr.contains("`--base-tag-focus thread=nobody` matches nothing"), "{}", missing.stderr);
}

/// Explorer over a file of folded stacks or of speedscope's format.
fn explorer(name: &str, text: &str) -> Session {
    let path = folder("filters", name.split('.').next().unwrap()).join(name);
    std::fs::write(&path, text).unwrap();
    Session::open(&[path], Options { width: 120, height: 30, ..Options::default() }).unwrap()
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

#[test]
fn a_package_that_is_a_folder_is_excluded_by_its_files() {
    let frames = [("run", "/srv/app/main.py"), ("load", "/srv/app/search/y.py"), ("load", "/srv/app/search/deep/z.py")]
        .map(|(name, file)| format!(r#"{{"name":"{name}","file":"{file}"}}"#))
        .join(",");
    let text = format!(
        r#"{{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{{"frames":[{frames}]}},
        "profiles":[{{"type":"sampled","name":"heap","unit":"bytes","startValue":0,"endValue":1,
        "samples":[[0,1],[0,2],[0]],"weights":[600,300,100]}}]}}"#
    );
    let mut session = explorer("package.speedscope.json", &text);
    session.key(":").unwrap();
    session.type_text("granularity packages");
    press(&mut session, "Enter");
    session.key("/").unwrap();
    session.type_text("search$");
    let screen = press(&mut session, "Enter X");
    assert!(screen.contains("excluded /srv/app/search: 60.0% of 1000 B"), "{screen}");
}

#[test]
fn the_selected_function_is_searched_in_its_case() {
    let mut session = explorer("case.folded", "main.main;pkg.get 600\nmain.main;pkg.Get 400\n");
    session.key("/").unwrap();
    session.type_text("pkg.get");
    let both = press(&mut session, "Enter");
    assert!(both.contains("100%"), "{both}");
    let one = press(&mut session, "*");
    assert!(one.contains("60.0%") && one.contains("(?-i)^pkg"), "{one}");
}
