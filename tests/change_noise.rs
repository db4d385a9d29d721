//! Changes within noise, and new and gone functions: the same in every view and report.

use std::path::Path;
use std::sync::Arc;

use heapglass::analysis::calls::row_calls;
use heapglass::analysis::labels::labels;
use heapglass::analysis::lines::SourceLines;
use heapglass::analysis::{Answer, CallTree, Noise, Presence, Query, derive};
use heapglass::play::{Options, Session};
use heapglass::profile::{Input, Series};
use serde_json::Value;

use crate::support::build::read;
use crate::support::run;

/// Two builds of one program.
const PAIR: [&str; 2] = ["demo:before", "demo:after"];

fn compared() -> Answer {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let [(base, _), (current, budget)] =
        ["before.pb.gz", "after.pb.gz"].map(|name| read(std::fs::read(demo.join(name)).unwrap(), 1 << 30).unwrap());
    let mut series = Series::new(current, budget);
    series.add(base, Input::Base).unwrap();
    let series = Arc::new(series);
    derive(&series, &Query::default_for(&series).compared(&series).unwrap(), None).unwrap()
}

fn noise(answer: &Answer) -> &Noise {
    answer.base.as_ref().unwrap().noise.as_ref().unwrap()
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * one.max(other) + 1e-3
}

fn session(options: Options) -> Session {
    Session::compare(&[PAIR[1]], &[PAIR[0]], options).unwrap()
}

#[test]
fn callers_callees_calls_and_lines_have_the_noise_of_the_function() {
    let answer = compared();
    let frames = answer.tree.frames();
    let mut noisy = 0;
    for frame in frames.ids().skip(1) {
        let [own, total] = [noise(&answer).frame_own(frame), noise(&answer).frame_total(frame)].map(|of| of.sigma);
        noisy += usize::from(total > 0.0);
        for half in answer.around(frame, [&[], &[]]).unwrap() {
            let found = noise(&half).total(&half.tree, CallTree::ROOT).sigma;
            assert!(is_near(found, total), "{}: {found} {total}", frames.name(frame));
        }
        let calls = row_calls(&answer, &[frames.row(frame)]).pop().unwrap();
        let [of_self, of_total] = calls.held.uncertainty.unwrap().map(|of| of.sigma);
        assert!(is_near(of_self, own) && is_near(of_total, total), "{}", frames.name(frame));
        for edge in calls.callers.iter().chain(&calls.callees) {
            assert!(edge.uncertainty.unwrap().sigma > 0.0);
        }
    }
    assert!(noisy > 50);
    let frame = frames.find("example.com/lab/shopsvc/store.Generate").unwrap();
    let lines = SourceLines::new(&answer, frames.name(frame).as_bytes(), None).unwrap();
    let [own, total] = lines.function.uncertainty.unwrap();
    assert!(is_near(own.sigma, noise(&answer).frame_own(frame).sigma));
    assert!(is_near(total.sigma, noise(&answer).frame_total(frame).sigma));
    let of_lines: f64 = lines.files[0].lines.iter().map(|line| line.held.uncertainty.unwrap()[0].sigma.powi(2)).sum();
    assert!(is_near(of_lines.sqrt(), own.sigma));
}

#[test]
fn label_values_share_the_noise_of_the_total() {
    let answer = compared();
    let keys = labels(&answer).unwrap();
    let bytes = keys.iter().find(|key| key.name.raw() == "bytes").unwrap();
    let sum: f64 = bytes.values.iter().map(|(_, totals)| totals.uncertainty.unwrap().sigma.powi(2)).sum();
    let total = noise(&answer).total(&answer.tree, CallTree::ROOT).sigma;
    assert!(total > 0.0 && is_near(sum.sqrt(), total), "{} {total}", sum.sqrt());
    let of_classes: f64 = bytes.classes().iter().map(|class| class.totals.uncertainty.unwrap().sigma.powi(2)).sum();
    assert!(is_near(of_classes.sqrt(), total));
}

#[test]
fn reports_of_calls_labels_and_lines_print_the_noise() {
    let [base, shop] = PAIR;
    for arguments in [&["labels"][..], &["callers", "store.Generate"], &["source", "store.Generate"]] {
        let all = [&["report"][..], arguments, &["--base", base, shop]].concat();
        assert!(run(&all).stdout.contains("±2σ"), "{arguments:?}");
    }
    let json = |arguments: &[&str]| -> Value {
        let all = [&["report"][..], arguments, &["--format", "json", shop]].concat();
        serde_json::from_str(&run(&all).stdout).unwrap()
    };
    let rows = json(&["labels", "--base", base]);
    let row = &rows["values"][0];
    let change = row["self"].as_i64().unwrap() - row["base_self"].as_i64().unwrap();
    let is_within = change.abs() as f64 <= 2.0 * row["sigma"].as_f64().unwrap();
    assert_eq!(row["within_noise"].as_bool().unwrap(), is_within);
    assert_eq!(json(&["labels"])["values"][0]["sigma"], Value::Null);
    let lines = json(&["source", "store.Generate", "--base", base]);
    assert!(lines["lines"].as_array().unwrap().iter().all(|line| line["total_sigma"].as_f64().unwrap() > 0.0));
    assert!(json(&["callers", "store.Generate", "--base", base])["callers"][0]["sigma"].as_f64().unwrap() > 0.0);
}

#[test]
fn new_and_gone_functions_have_no_total_in_the_other_window() {
    let answer = compared();
    let (base, frames) = (answer.base.as_ref().unwrap(), answer.tree.frames());
    let chosen = answer.query.sample_type;
    let flat = answer.flat(chosen).unwrap();
    let (mut new, mut gone, mut in_both) = (0, 0, 0);
    for frame in frames.ids().skip(1) {
        let total = base.frame_total(chosen, flat, frame).unwrap();
        let own = base.frame_own(chosen, flat, frame).unwrap();
        assert_eq!(own.presence, total.presence, "{}", frames.name(frame));
        match total.presence {
            Presence::New => new += 1,
            Presence::Gone => gone += 1,
            Presence::Both => in_both += usize::from((own.base == 0) != (own.current == 0)),
            Presence::Moved => {}
        }
    }
    assert_eq!((base.changes.new, base.changes.gone), (new, gone));
    assert!(new > 0 && gone > 0 && in_both > 0);
}

#[test]
fn a_change_within_noise_has_a_sign_without_colours_and_a_word_in_plain_text() {
    let mono = Options { depth: heapglass::play::Depth::Mono, ..Options::default() };
    let plain = Options { glyphs: heapglass::play::Glyphs::Plain, height: 60, ..Options::default() };
    let mut graphic = session(mono);
    graphic.key("Tab").unwrap();
    let screen = graphic.frame().to_string();
    assert!(screen.contains(" =+386K  +41.5%"), "{screen}");
    let mut words = session(plain);
    words.key("Down").unwrap();
    let screen = words.frame().to_string();
    assert!(screen.contains("change of Self +386K within noise"), "{screen}");
    assert!(screen.contains("http.(*conn).readRequest: +64.0K, +13.3%, within noise"), "{screen}");
    words.key("4").unwrap();
    let screen = words.frame().to_string();
    assert!(screen.contains("Callees in A, ") && screen.contains("Callees in B, "), "{screen}");
}

#[test]
fn callers_and_callees_and_labels_draw_a_change_within_noise_neutral() {
    let mut session = session(Options::default());
    session.key("/").unwrap();
    session.type_text("Generate$");
    for key in ["Enter", "Esc", "f"] {
        session.key(key).unwrap();
    }
    let screen = session.frame().to_string();
    assert!(screen.contains("= main.main"), "{screen}");
}
