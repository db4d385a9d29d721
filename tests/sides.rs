//! Both windows of a comparison, and the keys that move, resize and mark them.

use heapglass::play::{Options, ScreenText, Session};

use crate::support::data;

fn series(width: u16, height: u16) -> Session {
    let options = Options { width, height, ..Options::default() };
    Session::open(&[data().join("shop-series")], options).unwrap()
}

fn press(session: &mut Session, keys: &str) {
    for key in keys.split_whitespace() {
        session.key(key).unwrap();
    }
}

/// Row below the breadcrumb with this beginning.
fn row(screen: &ScreenText, begins: &str) -> Option<String> {
    (2..screen.height()).map(|y| screen.row(y)).find(|row| row.starts_with(begins))
}

/// Asserts words in the status.
fn says(session: &Session, words: &str) {
    assert!(session.frame().to_string().contains(words), "`{words}` is not said:\n{}", session.frame());
}

/// Selected cells by row, on either side of a column.
fn selected(screen: &ScreenText, columns: std::ops::Range<u16>) -> Vec<(u16, u16)> {
    let cells = (0..screen.height()).flat_map(|y| columns.clone().map(move |x| (x, y)));
    cells.filter(|(x, y)| screen.cell(*x, *y).is_some_and(|cell| cell.is_selected())).collect()
}

#[test]
fn the_panes_stand_where_there_is_room_for_them() {
    let letters = |width, height| {
        let mut session = series(width, height);
        press(&mut session, "4");
        let screen = session.frame();
        let is_wide = row(&screen, " A ").is_some_and(|row| row.contains("║>B"));
        (is_wide, row(&screen, " A 1").is_some(), row(&screen, ">B 1").is_some())
    };
    assert_eq!(letters(120, 40), (true, true, false), "next to each other");
    assert_eq!(letters(119, 40), (false, true, true), "above each other");
    assert_eq!(letters(80, 24), (false, true, true));
    assert_eq!(letters(80, 16), (false, false, true), "one of them");
}

#[test]
fn their_keys_lead_there_from_every_view() {
    for view in ["1", "5", "2", "L", "O"] {
        let mut session = series(120, 40);
        press(&mut session, "Tab g");
        press(&mut session, view);
        press(&mut session, "4");
        let screen = session.frame();
        assert!(row(&screen, " A ").is_some_and(|row| row.contains("║>B")), "from {view}:\n{screen}");
    }
    let mut session = series(120, 40);
    press(&mut session, "5 3");
    let screen = session.frame();
    assert!(screen.row(0).starts_with(" A ") && screen.to_string().contains(" bytes.Clone "), "{screen}");
    let mut alone = Session::open(&[data().join("pprof/node.pb.gz")], Options::default()).unwrap();
    for view in ["5", "L"] {
        press(&mut alone, view);
        for key in ["4", "3"] {
            let before = alone.frame().row(0);
            press(&mut alone, key);
            says(&alone, "no base: give `--base FILE`");
            assert_eq!(alone.frame().row(0), before, "{key} goes nowhere from {view}");
        }
    }
}

#[test]
fn every_key_that_is_about_a_comparison_begins_one() {
    for key in ["d", "3", "w", ".", "z", "x", "%", "4", "=", "b"] {
        let mut session = series(120, 40);
        press(&mut session, key);
        assert!(session.frame().row(0).starts_with(" A "), "{key}:\n{}", session.frame());
    }
}

#[test]
fn arrows_move_both_and_tab_gives_the_other_the_keys() {
    let mut session = series(160, 30);
    press(&mut session, "J 4 = Down Down");
    let screen = session.frame();
    let rows = |columns| selected(&screen, columns).iter().map(|(_, y)| *y).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(rows(0..79), rows(80..160), "{screen}");
    assert_eq!(rows(0..79).len(), 1);
    press(&mut session, "Tab");
    assert!(row(&session.frame(), ">A ").is_some_and(|row| row.contains("║ B")), "{}", session.frame());
    press(&mut session, "Down Tab");
    assert!(row(&session.frame(), " A ").is_some_and(|row| row.contains("║>B")));
    assert_eq!(session.frame().crumbs().matches('›').count(), 3, "three levels down, whichever side had the keys");
}

#[test]
fn a_side_that_lacks_the_selection_marks_nothing_and_says_so() {
    let mut session = series(160, 30);
    press(&mut session, "4 /");
    session.type_text("readRequestLimit");
    press(&mut session, "Enter");
    let screen = session.frame();
    assert!(row(&screen, " A ").is_some_and(|row| row.contains("not in A") && !row.contains("not in B")), "{screen}");
    assert_eq!(selected(&screen, 0..79), []);
    assert!(!selected(&screen, 80..160).is_empty());
}

#[test]
fn the_same_scale_is_in_proportion_and_its_own_fills_the_side() {
    let mut session = series(161, 30);
    press(&mut session, "4 Down");
    let extent = |session: &Session| {
        let screen = session.frame();
        let filled = |x: &u16| screen.cell(*x, 4).is_some_and(|cell| cell.fill != heapglass::play::CellColour::Default);
        ((0..80).filter(filled).count(), (81..161).filter(filled).count())
    };
    // 9.02 MiB and 74.5 MiB.
    assert_eq!(extent(&session), (10, 80));
    press(&mut session, "=");
    assert_eq!(extent(&session), (80, 80));
    press(&mut session, "x =");
    assert_eq!(extent(&session), (80, 10), "A and B are swapped");
}

#[test]
fn a_small_window_takes_its_own_scale_and_says_so() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let options = Options { width, height, ..Options::default() };
        let mut session = Session::open(&[data().join("jfr/tlab.jfr.gz")], options).unwrap();
        press(&mut session, "L d Down Down d 4 Down");
        says(&session, "own scale, 0.3% of A");
        says(&session, "B on its own scale");
        press(&mut session, "=");
        says(&session, "each its own scale");
    }
}

#[test]
fn a_window_without_what_is_zoomed_to_says_so() {
    let mut session = series(160, 30);
    press(&mut session, "4 /");
    session.type_text("readRequestLimit");
    press(&mut session, "Enter Enter");
    says(&session, "is not in A.");
    says(&session, "Backspace zooms out, 0 shows the whole window.");
    press(&mut session, "0");
    assert!(!session.frame().to_string().contains("is not in A."), "{}", session.frame());
}

#[test]
fn windows_are_moved_and_resized_where_the_keys_are() {
    let mut session = series(160, 30);
    press(&mut session, "4 Tab ] ] } }");
    says(&session, "A 3..5 of 14, 13:13:53–13:14:13");
    assert!(row(&session.frame(), ">A 13:13:53–13:14:13  mean of 3 snapshots").is_some(), "{}", session.frame());
    press(&mut session, "Tab [ [");
    says(&session, "B 12 of 14, 13:15:26");
    press(&mut session, "d");
    says(&session, "A mean of 3 snapshots 13:13:53–13:14:13");
    press(&mut session, "[");
    says(&session, "B 11 of 14, 13:15:16");
}

#[test]
fn a_window_says_why_it_cannot_be_moved() {
    let mut session = series(120, 40);
    press(&mut session, "]");
    says(&session, "the window is the whole series: { shortens it");
    press(&mut session, "{ [");
    says(&session, "the window starts at the first snapshot");
    press(&mut session, "] ]");
    says(&session, "the window ends at the last snapshot");
    press(&mut session, &"{ ".repeat(13));
    says(&session, "a window has at least one snapshot");
    assert!(session.frame().row(0).contains("2 of 14"), "{}", session.frame());
}

#[test]
fn marks_begin_a_comparison() {
    let mut session = series(120, 40);
    press(&mut session, &("{ ".repeat(13) + "[ [ m"));
    says(&session, "m again compares");
    press(&mut session, "] ] ] m");
    says(&session, "A ");
    assert!(session.frame().row(0).starts_with(" A "), "{}", session.frame());
    press(&mut session, "4 Tab m");
    says(&session, "already");
}

#[test]
fn both_windows_are_left_one_thing_at_a_time() {
    let mut session = series(120, 40);
    press(&mut session, "4 Down Enter Esc");
    assert!(row(&session.frame(), " A ").is_some() && !session.frame().row(1).contains("zoom"));
    press(&mut session, "Esc");
    assert!(!session.frame().to_string().contains("║>B"), "{}", session.frame());
    assert!(session.frame().row(0).starts_with(" A "), "what changed is laid over");
    press(&mut session, "Esc");
    assert!(!session.frame().row(0).starts_with(" A "));
    press(&mut session, "4 1");
    assert!(!session.frame().row(0).starts_with(" A "), "1 is the icicle and the table");
}

#[test]
fn the_selection_outlives_the_views_and_the_windows() {
    let mut session = series(160, 30);
    press(&mut session, "Down Down Down");
    // The runtime's rates of both windows may be above.
    let crumbs = |session: &Session| {
        let screen = session.frame();
        Some(screen.crumbs()).filter(|row| !row.is_empty())
    };
    let before = crumbs(&session);
    for keys in ["4", "=", "b", "Tab", "[", "}", "d", "b", "4", "x", "t", "R", "1", "{", "[", "m", "]", "m"] {
        press(&mut session, keys);
        assert_eq!(crumbs(&session), before, "after {keys}");
    }
}

#[test]
fn windows_blink_in_the_same_place() {
    for (width, height) in [(80, 24), (80, 18), (120, 40)] {
        for keys in ["b", "4"] {
            let mut session = series(width, height);
            press(&mut session, &format!("{keys} Down Down Down"));
            let rule = |session: &Session| {
                let screen = session.frame();
                (0..screen.height()).rfind(|y| screen.row(*y).starts_with('─'))
            };
            let before = (session.cursor().map(|spot| spot.1), rule(&session));
            press(&mut session, "b b");
            assert_eq!((session.cursor().map(|spot| spot.1), rule(&session)), before, "{keys} at {width}x{height}");
            press(&mut session, "b");
            assert_eq!(rule(&session), before.1);
            if height < 24 || keys == "b" {
                assert_eq!(session.cursor().map(|spot| spot.1), before.0, "{keys} at {width}x{height}");
            }
        }
    }
}
