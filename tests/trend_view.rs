//! Trend view: how it is opened and closed, and its claims.

use std::sync::Arc;

use heapglass::Loader;
use heapglass::analysis::{Query, Trends, derive};
use heapglass::play::{Depth, Glyphs, Options, Session};

use crate::support::snapshots::{folder, heap, write};
use crate::support::{data, run};

fn series(width: u16, height: u16) -> Session {
    let options = Options { width, height, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    Session::open(&[data().join("shop-series")], options).unwrap()
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

#[test]
fn the_leak_stands_first_and_is_called_suspected() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let screen = press(&mut series(width, height), "5");
        let first = screen.lines().nth(4).unwrap_or_default();
        assert!(first.starts_with("  ! bytes.Clone") && first.contains("suspect"), "{screen}");
        let screen = press(&mut series(width, height), "5 Down");
        assert!(screen.contains("suspected leak"), "{screen}");
        assert!(screen.contains("grew in 13 of 13 intervals"), "{screen}");
    }
}

#[test]
fn causes_are_the_first_rows_and_enter_shows_what_grows_under_one() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut session = series(width, height);
        let screen = press(&mut session, "5");
        let first = screen.lines().nth(3).unwrap_or_default();
        assert!(first.starts_with("> ! ") && first.contains("product") && first.contains("cause 88.4%"), "{screen}");
        assert!(screen.contains("+58.8 MiB, 88.4% of what grew, in bytes.Clone"), "{screen}");
        assert!(screen.contains("the cause, 29 functions below, 1 suspect"), "{screen}");
        let sorted = press(&mut session, "s S");
        assert!(sorted.lines().nth(3).unwrap_or_default().contains("cause 88.4%"), "causes stay first\n{sorted}");
        let opened = press(&mut session, "Enter");
        assert!(opened.contains("[Icicle]") && opened.contains("is marked, Esc unmarks"), "{opened}");
        let selected = |screen: &str| screen.lines().any(|line| line.starts_with(" main.(*server).product.func1"));
        assert!(selected(&opened), "the cause is selected, its functions are marked\n{opened}");
        let next = press(&mut session, "n");
        assert!(next.lines().any(|line| line.starts_with(" bytes.Clone")), "{next}");
    }
}

#[test]
fn the_line_of_a_cause_is_that_of_the_functions_under_it() {
    let series = Arc::new(Loader::new().load([data().join("shop-series")]).unwrap().series);
    let answer = derive(&series, &Query::default_for(&series), None).unwrap();
    let trends = Trends::new(&answer).unwrap();
    for finding in &trends.findings {
        let lines: Vec<i64> = trends
            .rows
            .iter()
            .filter(|row| finding.functions.contains(&row.frame))
            .map(|row| trends.line(row))
            .fold(vec![0; trends.window.count()], |sum, line| {
                sum.iter().zip(line).map(|(one, other)| one + other).collect()
            });
        assert_eq!(finding.line, lines, "all growth of the suspect is under one cause");
        assert_eq!(answer.tree.frame(finding.node), finding.cause);
        assert_eq!(finding.line.last().unwrap() - finding.line[0], finding.delta);
    }
    assert_eq!(trends.findings.len(), 1);
}

#[test]
fn enter_leads_to_where_it_grew_and_five_leads_back() {
    let mut session = series(120, 40);
    let opened = press(&mut session, "5 Down Enter");
    assert!(opened.contains("[Icicle]") && opened.contains("(*responseCache).get"), "{opened}");
    let selected = |screen: &str| screen.lines().any(|line| line.starts_with(" bytes.Clone"));
    assert!(selected(&opened), "{opened}");
    assert!(press(&mut session, "5").contains("> ! bytes.Clone"));
    assert!(press(&mut session, "1").contains("[Icicle]"));
    assert!(press(&mut session, "5 Esc").contains("[Icicle]"));
}

#[test]
fn a_difference_of_first_and_last_is_asked_of_a_row() {
    let mut session = series(120, 40);
    let compared = press(&mut session, "5 Down d");
    assert!(compared.starts_with(" A ") && compared.contains("→  B "), "{compared}");
    assert!(compared.lines().any(|line| line.starts_with(" bytes.Clone")), "{compared}");
    assert!(press(&mut session, "d").contains("mean of 14 snapshots"), "the way back is the window before");
}

#[test]
fn only_what_grew_is_listed_on_demand() {
    let mut session = series(200, 60);
    let count = |screen: &str| {
        let words: Vec<&str> = screen.split_whitespace().collect();
        let of = words.windows(3).rfind(|three| three[0] == "of" && ["functions", "growing"].contains(&three[2]));
        of.and_then(|three| three[1].parse::<usize>().ok())
    };
    let (all, growing) = (press(&mut session, "5 Down"), press(&mut session, "E"));
    assert!(count(&growing) < count(&all) && count(&growing) > Some(0), "{all}\n{growing}");
    assert_eq!(press(&mut session, "E"), all);
}

#[test]
fn another_sample_type_has_its_own_trend_and_the_first_comes_back() {
    let mut session = series(120, 40);
    let before = press(&mut session, "5");
    let other = press(&mut session, "o");
    assert!(other.contains("in-use objects") && other.contains("tau"), "{other}");
    assert_eq!(press(&mut session, "o"), before);
}

#[test]
fn a_filter_chooses_what_the_trend_is_of() {
    let mut session = series(120, 40);
    let before = press(&mut session, "5 &");
    session.type_text("ignore:bytes.Clone");
    let after = press(&mut session, "Enter");
    let total = |screen: &str| screen.lines().nth(1).unwrap_or_default().to_owned();
    assert!(total(&before).contains("→ 74.5 MiB") && total(&after).contains("→ 14.7 MiB"), "{after}");
    assert!(!after.contains("bytes.Clone "), "{after}");
}

#[test]
fn a_rising_counter_is_not_suspect() {
    let screen = press(&mut series(120, 40), "5 a");
    assert!(screen.contains("can only rise") && !screen.contains("suspect"), "{screen}");
}

#[test]
fn the_visible_row_is_copied() {
    let mut session = series(80, 24);
    press(&mut session, "5 Down y");
    assert_eq!(session.copied(), Some("bytes.Clone"));
}

#[test]
fn one_snapshot_has_no_trend_and_a_hint() {
    let path = data().join("pprof/go-shop-2.pb.gz");
    let mut session = Session::open(&[path], Options::default()).unwrap();
    let screen = press(&mut session, "5");
    assert!(screen.contains("needs several snapshots") && screen.contains("heapglass snapshots/"), "{screen}");
    press(&mut session, "Down Enter d E s S G y n");
}

#[test]
fn the_heat_map_has_the_rows_of_the_list() {
    let mut session = Session::open(&[data().join("shop-series")], Options::default()).unwrap();
    session.key("5").unwrap();
    session.key("Down").unwrap();
    let list = session.frame().to_string();
    session.key("5").unwrap();
    let map = session.frame().to_string();
    let selected = |screen: &str| {
        let row = screen.lines().find(|line| line.starts_with('>')).unwrap_or_default().to_owned();
        row.split_whitespace().find(|word| word.contains('.')).map(str::to_owned)
    };
    assert_eq!(selected(&map), selected(&list), "{map}");
    assert!(map.contains('█') && map.contains("Max"), "each row reaches its maximum\n{map}");
    session.key("5").unwrap();
    assert_eq!(session.frame().to_string(), list, "and back");
}

#[test]
fn peak_goes_to_the_largest_snapshot() {
    let mut session = Session::open(&[data().join("shop-series")], Options::default()).unwrap();
    session.key(":").unwrap();
    session.type_text("peak");
    session.key("Enter").unwrap();
    let screen = session.frame().to_string();
    assert!(screen.contains("has the largest total"), "{screen}");
}

fn pods() -> Session {
    let options = Options { width: 120, height: 40, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    Session::open(&[data().join("pods")], options).unwrap()
}

#[test]
fn d_compares_the_first_with_the_last_snapshot_of_the_selected_instance() {
    let mut session = pods();
    for keys in ["5 d", "Esc 5 Down d"] {
        let screen = press(&mut session, keys);
        assert!(screen.contains("pod-c-0001") && screen.contains("pod-c-0030"), "{screen}");
        assert!(screen.contains("main.leak"), "{screen}");
        let off = press(&mut session, "d");
        assert!(off.contains("4 instances"), "all instances again\n{off}");
    }
}

#[test]
fn d_separates_instances_that_ran_one_after_another() {
    let mut session = pods();
    let start = session.frame().to_string();
    assert!(start.contains("d compares first and last of pod-c"), "{start}");
    let screen = press(&mut session, "d");
    assert!(screen.contains("pod-c: A ") && screen.contains("pod-c-0001"), "{screen}");
    let command = press(&mut session, "C");
    assert!(command.contains("--instance pod-c"), "{command}");
}

#[test]
fn d_compares_with_the_window_marked_as_a() {
    let mut session = series(120, 40);
    let screen = press(&mut session, "{ { { { { { { { { { { { { { { m ] ] d");
    let command = press(&mut session, "C");
    assert!(screen.contains("A ") && screen.contains(", B "), "{screen}");
    let windows = "--window 3..3 --base-window 1..1";
    assert!(command.contains(windows), "{command}\n{screen}");
}

#[test]
fn restarts_and_deploys_stand_above_the_brackets_of_the_windows() {
    let folder = folder("timeline", "deploy");
    // What was allocated falls at a restart.
    let totals = [10, 20, 30, 5, 10, 15];
    for (at, (name, total)) in ["v1-1", "v1-2", "v1-3", "v1-4", "v2-1", "v2-2"].iter().zip(totals).enumerate() {
        let of_build = if at < 4 { "old" } else { "new" };
        write(&folder, &format!("{name}.pb"), &heap(at as i64 * 10, &[(of_build, total, total)]));
    }
    for (width, height) in [(80, 24), (120, 40)] {
        let options = Options { width, height, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
        let mut session = Session::open(&[&folder], options).unwrap();
        press(&mut session, "Esc : w i n d o w Space . . Enter");
        let screen = session.frame().to_string();
        let row = screen.lines().find(|line| line.contains('╰')).unwrap_or_default();
        assert!(row.contains("D deploy"), "{screen}");
        let bracket = row.split("  ").find(|part| part.contains('╰')).unwrap_or_default();
        assert!(bracket.contains('R') && bracket.contains('D'), "{screen}");
    }
}

#[test]
fn a_narrow_headline_keeps_the_cause_of_the_growth() {
    for (width, cause) in [(80, "product.func1 +58.8 MiB"), (100, "keeps growing (+58.8 MiB)")] {
        let screen = series(width, 24).frame().to_string();
        let line = screen.lines().nth(1).unwrap_or_default();
        assert!(line.contains(cause) && line.contains("5 trend"), "{screen}");
    }
}

#[test]
fn a_narrow_headline_keeps_the_change_from_the_base() {
    for (width, change) in [
        (40, "7.67 MiB less than the base · d diff"),
        (50, "7.67 MiB less than the base (-27.4%) · d diff"),
        (60, "holds 7.67 MiB less than the base (-27.4%) · d diff"),
    ] {
        let options = Options { width, height: 24, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
        let mut session = Session::compare(&["demo:after"], &["demo:before"], options).unwrap();
        session.key("d").unwrap();
        let screen = session.frame().to_string();
        assert!(screen.lines().any(|line| line.trim() == change), "{screen}");
    }
}

#[test]
fn a_bad_pattern_says_so_and_nothing_else() {
    let mut session = series(80, 24);
    session.key("/").unwrap();
    session.type_text("a{1000}{1000}{1000}");
    let screen = session.frame().to_string();
    assert!(screen.contains("invalid pattern") && !screen.contains("find //"), "{screen}");
}

#[test]
fn a_search_finds_names_as_they_are_shown() {
    for (shown, selected) in
        [("responseCache.get", "main.(*responseCache).get"), ("wrap.f1", "main.(*server).wrap.func1")]
    {
        let mut session = series(120, 40);
        session.key("/").unwrap();
        session.type_text(shown);
        let screen = press(&mut session, "Enter");
        assert!(screen.lines().any(|line| line.starts_with(&format!(" {selected}"))), "{screen}");
    }
}

#[test]
fn functions_of_one_name_in_two_packages_are_told_apart() {
    let screen = press(&mut series(200, 60), "Tab");
    assert!(screen.contains("  encoding/json.Marshal") && screen.contains("encoding/json/v2.Marshal"), "{screen}");
}

#[test]
fn the_heat_map_explains_its_shades() {
    let screen = press(&mut series(120, 40), "5 5");
    assert!(screen.contains("0 ░▒▓█"), "{screen}");
}

#[test]
fn values_taken_as_something_else_have_their_own_trend() {
    let mut session = series(120, 40);
    for (keys, words) in [("5", "keeps growing"), ("V", "keeps growing"), ("V", "a counter"), ("V", "counts changes")] {
        let screen = press(&mut session, keys);
        let all = ["keeps growing", "a counter", "counts changes"];
        let found: Vec<&str> = all.into_iter().filter(|words| screen.contains(words)).collect();
        assert_eq!(found, [words], "{screen}");
    }
    let leaks = ["report", "leaks", "--sample-type", "alloc_space", "shop-series"];
    assert_eq!(run(&leaks).code, 2, "a counter always grows");
    let as_level = run(&[&leaks[..], &["--as", "level"]].concat());
    assert!(as_level.code == 0 && as_level.stdout.contains("keep growing"), "{}", as_level.stderr);
    assert_eq!(run(&[&leaks[..2], &["--as", "counter", "shop-series"]].concat()).code, 2);
}

#[test]
fn the_bars_of_the_selected_row_have_the_colour_of_plots() {
    let mut session = series(120, 40);
    press(&mut session, "5");
    let screen = session.frame();
    let is_spark = |symbol: &str| symbol.starts_with(|letter: char| ('▁'..='█').contains(&letter));
    let bars = |y: u16| {
        let cells = (0..screen.width()).filter_map(|x| screen.cell(x, y));
        cells.filter(|cell| is_spark(cell.symbol)).map(|cell| (cell.text, cell.fill)).collect::<Vec<_>>()
    };
    let is_selected = |y: &u16| (0..screen.width()).any(|x| screen.cell(x, *y).is_some_and(|cell| cell.is_selected()));
    let selected = (0..screen.height()).find(is_selected).unwrap();
    let (one, next) = (bars(selected), bars(selected + 1));
    assert!(!one.is_empty() && !next.is_empty());
    assert!(one.iter().all(|colours| *colours == next[0]), "{one:?} {next:?}");
}
