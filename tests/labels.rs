//! Labels, compared with the samples of a file, and in use.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use heapglass::analysis::labels::{LabelKey, LabelValue, labels};
use heapglass::analysis::sizes::size_classes;
use heapglass::analysis::{Query, Window, derive};
use heapglass::base::ids::NodeId;
use heapglass::format::pprof::message::{self, ValueType};
use heapglass::play::{Options, Session};
use heapglass::profile::{Input, Series};
use prost::Message as _;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::support::build::{Stack, message_of, read};
use crate::support::{data, json, result, run, run_with};

fn shop(name: &str) -> heapglass::profile::Profile {
    read(std::fs::read(data().join("pprof").join(name)).unwrap(), 1 << 30).unwrap().0
}

fn both() -> Arc<Series> {
    let (first, budget) = read(std::fs::read(data().join("pprof/go-shop-1.pb.gz")).unwrap(), 1 << 30).unwrap();
    let mut series = Series::new(first, budget);
    series.add(shop("go-shop-2.pb.gz"), Input::Current).unwrap();
    Arc::new(series)
}

fn keys(series: &Arc<Series>, query: &Query) -> Vec<LabelKey> {
    labels(&derive(series, query, None).unwrap()).unwrap()
}

/// Sum of the samples of one snapshot whose first label has this number.
fn sum(series: &Series, (snapshot, sample_type): (usize, usize), number: i64) -> i64 {
    let samples = &series.snapshots()[snapshot].samples;
    let has = |sample: &usize| series.labels().get(samples.labels[*sample]).iter().any(|label| label.number == number);
    (0..samples.len()).filter(has).map(|sample| samples.values[sample_type].get(sample)).sum()
}

#[test]
fn values_hold_what_their_samples_do_and_sum_to_their_key() {
    let series = both();
    let compared = Query { window: Window::at(1), base: Some(Window::at(0)), ..Query::default_for(&series) };
    for sample_type in 0..series.sample_types().len() {
        let keys = keys(&series, &Query { sample_type, ..compared.clone() });
        assert_eq!(keys.len(), 1);
        let key = &keys[0];
        assert_eq!((key.name.raw(), key.unit.as_ref().unwrap().raw()), ("bytes", "bytes"));
        for (value, held) in &key.values {
            let LabelValue::Number(number) = value else { panic!("{value:?} is no number") };
            assert_eq!(held.current, sum(&series, (1, sample_type), *number));
            assert_eq!(held.base, Some(sum(&series, (0, sample_type), *number)));
        }
        assert_eq!(key.values.iter().map(|(_, held)| held.current).sum::<i64>(), key.totals.current);
        assert_eq!(key.classes().iter().map(|class| class.totals.current).sum::<i64>(), key.totals.current);
    }
}

#[test]
fn the_filter_of_a_value_leaves_what_the_value_holds() {
    let series = both();
    let plain = Query { window: Window::at(1), ..Query::default_for(&series) };
    let key = keys(&series, &plain).remove(0);
    for (value, held) in &key.values {
        let filtered = Query { filters: vec![key.filter(value)], ..plain.clone() };
        let left = derive(&series, &filtered, None).unwrap().column.filtered_total();
        assert_eq!(left, i128::from(held.current), "{value:?}");
    }
    for class in key.classes() {
        let filtered = Query { filters: vec![key.between(class.least, class.most)], ..plain.clone() };
        assert_eq!(
            derive(&series, &filtered, None).unwrap().column.filtered_total(),
            i128::from(class.totals.current),
            "{class:?}"
        );
    }
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

fn open() -> Session {
    Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap()
}

#[test]
fn enter_keeps_what_has_the_value() {
    let mut session = open();
    let screen = press(&mut session, "L Enter");
    assert!(screen.contains("[Icicle]") && screen.contains("[tag bytes=4864b]"), "{screen}");
    let without = press(&mut session, "Esc");
    assert!(!without.contains("[tag"), "{without}");
}

#[test]
fn the_values_of_a_key_stand_above_all_stacks() {
    let screen = press(&mut open(), "L A");
    assert!(screen.contains("[Icicle]") && screen.contains("4864"), "{screen}");
    assert!(screen.contains("▏bytes: 4864"), "a value of a label is in no chain: {screen}");
}

#[test]
fn sizes_under_the_root_are_those_of_the_label() {
    let series = both();
    for (window, sample_type) in [(Window::at(1), 3), (Window::at(0), 1), (Window { first: 0, last: 1 }, 3)] {
        let answer = derive(&series, &Query { window, sample_type, ..Query::default_for(&series) }, None).unwrap();
        let classes = size_classes(&answer, NodeId::ROOT);
        let of_label = labels(&answer).unwrap().remove(0).classes();
        let held: Vec<_> = classes.iter().map(|class| (class.least, class.most, class.held)).collect();
        let expected: Vec<_> = of_label.iter().filter(|class| class.totals.current != 0).collect();
        assert_eq!(held.len(), expected.len());
        for (class, expected) in held.iter().zip(expected) {
            assert_eq!((class.0, class.1), (expected.least, expected.most));
            // Each value of the label is rounded by itself.
            assert!((class.2 - expected.totals.current).abs() < 100, "{class:?} and {expected:?}");
        }
        // Objects have the size of their class, except for the rounded count of each sample.
        for class in &classes {
            let held = (class.objects - 5) * class.least..=(class.objects + 5) * class.most;
            assert!(class.objects > 0 && held.contains(&class.held), "{class:?}");
        }
    }
}

#[test]
fn sizes_of_all_callees_are_those_of_their_caller() {
    let series = both();
    let answer = derive(&series, &Query { window: Window::at(1), ..Query::default_for(&series) }, None).unwrap();
    let sum = |node: NodeId| size_classes(&answer, node).iter().map(|class| class.held).sum::<i64>();
    for node in (0..answer.tree.len() as u32).map(NodeId) {
        assert_eq!(sum(node), answer.column.total(node));
    }
}

/// JSON whose objects have each key once, which most readers do not check.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeysVisitor)
    }
}

struct UniqueKeysVisitor;

impl<'de> Visitor<'de> for UniqueKeysVisitor {
    type Value = UniqueKeys;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_unit<E>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<UniqueKeys, A::Error> {
        while items.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<UniqueKeys, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, _)) = entries.next_entry::<String, UniqueKeys>()? {
            if !keys.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("{key} twice")));
            }
        }
        Ok(UniqueKeys)
    }
}

#[test]
fn objects_of_reports_have_each_key_once() {
    assert!(serde_json::from_str::<UniqueKeys>(r#"{"a": [{"b": 1, "b": 2}]}"#).is_err());
    for report in ["labels", "top", "tree", "diff", "summary", "leaks"] {
        let mut args = vec!["report", report, "--format", "json"];
        if report == "diff" {
            args.extend(["--base", "pprof/go-shop-1.pb.gz"]);
        }
        args.push(if report == "leaks" { "shop-series" } else { "pprof/go-shop-2.pb.gz" });
        let read = serde_json::from_str::<UniqueKeys>(&result(&args));
        assert!(read.is_ok(), "{report}: {}", read.err().unwrap());
    }
    let labels = json(&["labels", "pprof/go-shop-2.pb.gz"]);
    assert_eq!(
        (&labels["key"], &labels["key_unit"], &labels["unit"]),
        (&"bytes".into(), &"bytes".into(), &"bytes".into())
    );
}

#[test]
fn d_on_two_values_compares_one_with_the_other() {
    let options = Options { width: 120, height: 32, ..Options::default() };
    let mut session = Session::open(&[data().join("jfr/tlab.jfr.gz")], options).unwrap();
    let marked = press(&mut session, "L d");
    assert!(marked.contains("A is thread=main: d on another value compares it with A"), "{marked}");
    assert!(press(&mut session, "d").contains("no value is marked"));
    let compared = press(&mut session, "d Down d");
    let header = |screen: &str, sides: &str| screen.lines().next().unwrap_or_default().starts_with(sides);
    assert!(header(&compared, " A thread=main 12:39:42 43.1 MiB  →  B thread=cacher 12:39:42 2.88 MiB"), "{compared}");
    assert!(compared.contains("[B: thread=cacher] [A: thread=main]"), "{compared}");
    let swapped = press(&mut session, "x");
    assert!(header(&swapped, " A thread=cacher 12:39:42 2.88 MiB  →  B thread=main 12:39:42 43.1 MiB"), "{swapped}");
    let off = press(&mut session, "d");
    assert!(!off.contains("thread=") && header(&off, " tlab.jfr.gz"), "{off}");
    assert!(header(&press(&mut session, "d"), " A thread=cacher"), "the same comparison comes back");
    let ended = press(&mut session, "Esc");
    assert!(!ended.contains("thread=") && header(&ended, " tlab.jfr.gz"), "{ended}");
    // A filter that was there before holds for both sides and stays.
    let mut session = Session::open(&[data().join("jfr/tlab.jfr.gz")], options).unwrap();
    press(&mut session, "&");
    session.type_text("Alloc");
    press(&mut session, "Enter");
    let compared = press(&mut session, "L d Down d");
    assert!(compared.contains("[focus Alloc] [B: thread=cacher] [A: thread=main]"), "{compared}");
    let off = press(&mut session, "d");
    assert!(off.contains("[focus Alloc]") && !off.contains("thread="), "{off}");
}

#[test]
fn the_filter_of_a_base_is_changed_and_removed_by_its_chip() {
    let options = Options { width: 120, height: 32, ..Options::default() };
    let mut session = Session::open(&[data().join("jfr/tlab.jfr.gz")], options).unwrap();
    press(&mut session, "L d Down d Tab Tab Enter");
    session.type_text("x");
    let changed = press(&mut session, "Backspace Backspace Backspace Enter");
    assert!(changed.contains("[A: tag thread=^mai]"), "{changed}");
    let mut session = Session::open(&[data().join("jfr/tlab.jfr.gz")], options).unwrap();
    press(&mut session, "L d Down d Tab Tab Enter");
    (0.."tag:thread=^main$".len()).for_each(|_| session.key("Backspace").unwrap());
    session.type_text("hide:byte");
    let refused = press(&mut session, "Enter");
    assert!(refused.contains("A can have focus, ignore, tag and tag-ignore of its own"), "{refused}");
    let removed = press(&mut session, "Esc Backspace");
    assert!(!removed.contains("[A:") && removed.contains("[thread=cacher]"), "{removed}");
    assert!(removed.lines().next().unwrap_or_default().starts_with(" tlab.jfr.gz"), "no comparison is left\n{removed}");
}

/// Profile of Go's sample types in which only what was freed has a label.
fn freed() -> Vec<u8> {
    let stack = |name: &str, values: [i64; 2]| Stack { names: vec![name.to_owned()], values: values.to_vec() };
    let mut message = message_of(&[stack("freed", [10, 0]), stack("held", [5, 7])], 2);
    let mut string = |text: &str| {
        message.string_table.push(text.as_bytes().to_vec());
        message.string_table.len() as i64 - 1
    };
    let [allocated, in_use, key, value] = ["alloc_space", "inuse_space", "tenant", "a"].map(&mut string);
    let unit = string("bytes");
    message.sample_type = [allocated, in_use].map(|r#type| ValueType { r#type, unit }).to_vec();
    message.sample[0].label = vec![message::Label { key, str: value, ..Default::default() }];
    message.encode_to_vec()
}

#[test]
fn a_label_of_freed_samples_is_named_with_the_sample_types_that_have_it() {
    let folder = crate::support::sources::folder("freed-labels");
    let path = folder.join("freed.pb");
    std::fs::write(&path, freed()).unwrap();
    let path = path.to_str().unwrap();
    let keyed = run(&["report", "labels", "--key", "tenant", path]);
    assert_eq!(keyed.code, 2);
    assert_eq!(
        keyed.stderr,
        "heapglass: no sample with a label `tenant` has a value of `inuse_space` here\n\
         hint: `--sample-type alloc_space` has it\n"
    );
    let other = run(&["report", "labels", "--key", "other", path]);
    assert!(other.stderr.ends_with("no sample with a value of `inuse_space` has any label here\n"), "{}", other.stderr);
    let text = run(&["report", "labels", path]).stdout;
    assert!(text.contains("no sample with a value of `inuse_space` has a label here"), "{text}");
    assert!(text.contains("samples with values of `alloc_space` have some"), "{text}");
    assert_eq!(run(&["report", "labels", "--key", "tenant", "--sample-type", "alloc_space", path]).code, 0);
    // The other instance, which is the base, is the only one with labels.
    let mut plain = message::Profile::decode(&*freed()).unwrap();
    plain.sample[0].label.clear();
    let plain_path = folder.join("plain.pb");
    std::fs::write(&plain_path, plain.encode_to_vec()).unwrap();
    let of_two = ["report", "labels", "--each", "--instance", "plain", "--base-instance", "freed", path];
    let compared = run(&[&of_two[..], &[plain_path.to_str().unwrap()]].concat());
    let text = compared.stdout + &compared.stderr;
    assert!(text.contains("samples with values of `alloc_space` have some"), "{text}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Profile with a sample for each label: its key, its number or else the number's text, and the unit of the number.
fn labelled(labels: impl IntoIterator<Item = (String, i64, &'static str)>) -> Vec<u8> {
    let labels: Vec<(String, i64, &str)> = labels.into_iter().collect();
    let stack = |_: &(String, i64, &str)| Stack { names: vec!["f".to_owned()], values: vec![1] };
    let mut message = message_of(&labels.iter().map(stack).collect::<Vec<_>>(), 1);
    let mut string = |text: &str| {
        message.string_table.push(text.as_bytes().to_vec());
        message.string_table.len() as i64 - 1
    };
    let made: Vec<message::Label> = labels
        .iter()
        .map(|(key, num, unit)| message::Label { key: string(key), num: *num, num_unit: string(unit), str: 0 })
        .collect();
    for (sample, label) in message.sample.iter_mut().zip(made) {
        sample.label = vec![label];
    }
    message.encode_to_vec()
}

#[test]
fn labels_are_within_the_memory_limit() {
    let keys = labelled((0..40_000).map(|number| (format!("k{number}"), 1, "")));
    let values = labelled((0..80_000).map(|number| ("k".to_owned(), number, "")));
    for (profile, args) in [(&keys, &["labels"][..]), (&values, &["top", "--tagroot", "k"])] {
        let limit = ["--max-memory", "16MiB", "-"];
        assert_eq!(run_with(&[&["report", "top"], &limit[..]].concat(), profile).code, 0);
        let outcome = run_with(&[&["report"], args, &limit].concat(), profile);
        assert_eq!(outcome.code, 3, "{args:?}: {}", outcome.stderr);
        assert_eq!(run_with(&[&["report"], args, &["-"]].concat(), profile).code, 0, "{args:?}");
    }
}

#[test]
fn numbers_in_several_units_are_named() {
    let profile =
        labelled([("lat", 5, "milliseconds"), ("lat", 2, "seconds")].map(|(key, n, unit)| (key.into(), n, unit)));
    let text = run_with(&["report", "labels", "-"], &profile).stdout;
    assert!(text.contains("some numbers are in seconds; all are taken as milliseconds, as in pprof"), "{text}");
    let object = run_with(&["report", "labels", "--format", "json", "-"], &profile).stdout;
    assert!(object.contains("\"other_unit\":\"seconds\""), "{object}");
    let same = labelled([("size", 5, "bytes"), ("size", 2, "byte")].map(|(key, n, unit)| (key.into(), n, unit)));
    assert!(!run_with(&["report", "labels", "-"], &same).stdout.contains("as in pprof"));
}

#[test]
fn a_filter_by_label_without_a_match_says_why() {
    let labels = [("tenant", 1, ""), ("bytes", 4096, "bytes")].map(|(key, n, unit)| (key.into(), n, unit));
    let profile = labelled(labels);
    for (filter, hint) in [
        (["--tagroot", "tenat"], "no sample has a label `tenat`; did you mean `tenant`?"),
        (["--tag-focus", "nosuch=1"], "no sample has a label `nosuch`; there are `bytes`, `tenant`"),
        (["--tag-focus", "bytes=4096"], "write `4096b` or `4kb`"),
        (["--tag-ignore", "bytes=4KiB:"], "units of labels are those of pprof: write `4kb:`"),
    ] {
        let said = run_with(&[&["report", "top"], &filter[..], &["-"]].concat(), &profile).stderr;
        assert!(said.contains(&format!("`{} {}` matches nothing", filter[0], filter[1])), "{said}");
        assert!(said.contains(hint), "{said}");
    }
    for filter in [["--tagroot", "nosuch,tenant"], ["--tag-focus", "bytes=4kb:"]] {
        assert_eq!(run_with(&[&["report", "top"], &filter[..], &["-"]].concat(), &profile).stderr, "", "{filter:?}");
    }
}
