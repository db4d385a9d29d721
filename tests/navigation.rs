//! What keys leave behind: the selection, the view in front and the popup over it.

use heapglass::play::{Depth, Glyphs, Options, Session};

use crate::support::{data, result, snapshots};

fn session(file: &str) -> Session {
    let options = Options { width: 120, height: 40, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    Session::open(&[data().join(file)], options).unwrap()
}

fn press(session: &mut Session, keys: &str) -> String {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
    session.frame().to_string()
}

/// Path to the selection.
fn path(screen: &str) -> &str {
    screen.lines().find(|line| line.starts_with(" all")).unwrap_or_default().trim()
}

#[test]
fn a_view_that_is_opened_and_closed_leaves_the_selection() {
    for (open, close) in [("5", "q"), ("5", "Esc"), ("5", "1"), ("f", "q"), ("f", "Esc"), ("L", "Esc")] {
        let mut session = session("shop-series");
        let before = press(&mut session, "j j l");
        press(&mut session, open);
        let after = press(&mut session, close);
        assert_eq!(path(&after), path(&before), "{open} {close}");
    }
    let mut session = session("shop-series");
    let before = press(&mut session, "j");
    let after = press(&mut session, "5 Down q");
    assert_ne!(path(&after), path(&before), "a row that was moved to is the selection");
}

#[test]
fn a_view_is_not_hidden_by_a_popup() {
    for popup in ["D", "H", "7", "C", "?"] {
        for (key, title) in [("5", "[Trend]"), ("8", "[Bottom-up]"), ("1", "[Icicle]")] {
            let screen = press(&mut session("shop-series"), &format!("j {popup} {key}"));
            let header = screen.lines().next().unwrap_or_default();
            let closed = press(&mut session("shop-series"), &format!("j {key}"));
            assert!(header.contains(title) || popup == "?", "{popup} {key}: {header}");
            if popup != "?" {
                assert_eq!(screen.lines().count(), closed.lines().count());
                assert!(!screen.contains('╭') || closed.contains('╭'), "{popup} {key}\n{screen}");
            }
        }
    }
}

#[test]
fn quit_leaves_a_view_before_it_quits() {
    let mut session = session("shop-series");
    let screen = press(&mut session, "8 q");
    assert!(screen.lines().next().unwrap_or_default().contains("[Icicle]"), "{screen}");
}

#[test]
fn reset_keeps_the_granularity() {
    let mut session = session("shop-series");
    let chosen = press(&mut session, "v");
    let header = |screen: &str| screen.contains("[by ");
    session.key(":").unwrap();
    session.type_text("reset");
    let reset = press(&mut session, "Enter");
    assert!(header(&chosen) && header(&reset), "{chosen}\n{reset}");
}

#[test]
fn the_functions_of_an_instance_have_their_keys() {
    let mut session = session("fleet");
    let screen = press(&mut session, "6 Tab Down f");
    assert!(screen.lines().next().unwrap_or_default().contains("[Callers]"), "{screen}");
}

#[test]
fn shares_of_values_below_zero_are_those_of_the_report() {
    let options = Options { width: 160, height: 45, ..Options::default() };
    let mut session = Session::open(&[data().join("pprof/go-delta.pb.gz")], options).unwrap();
    let screen = press(&mut session, "");
    let top = result(&["report", "top", "--limit", "1", "--sample-type", "inuse_space", "pprof/go-delta.pb.gz"]);
    let share = top.split_whitespace().find(|word| word.ends_with('%') && word.len() > 2).unwrap_or_default();
    let row = screen.lines().find(|line| line.contains("bytes.Clone") && line.contains('║')).unwrap_or_default();
    assert!(top.contains("33.4%") && row.contains("33.4%"), "{share}\n{row}\n{top}");
}

#[test]
fn shades_of_the_selected_row_are_not_reversed() {
    let options = Options { width: 120, height: 40, depth: Depth::Mono, glyphs: Glyphs::Unicode };
    let mut session = Session::open(&[data().join("shop-series")], options).unwrap();
    for (keys, signs) in [("5", "▁▂▃▄▅▆▇█"), ("5 5", "░▒▓█")] {
        press(&mut session, keys);
        let screen = session.frame();
        let rows = 0..screen.height();
        let cells = |y: u16| (0..screen.width()).filter_map(|x| screen.cell(x, y)).collect::<Vec<_>>();
        let row = rows.map(cells).find(|cells| cells.iter().any(heapglass::play::Cell::is_reversed)).unwrap();
        let chart: Vec<bool> = row
            .iter()
            .filter(|cell| signs.contains(cell.symbol) && cell.symbol != " ")
            .map(heapglass::play::Cell::is_reversed)
            .collect();
        assert!(!chart.is_empty() && chart.iter().all(|is_reversed| !is_reversed), "{keys}\n{screen}");
    }
}

#[test]
fn an_arrow_in_the_icicle_draws_two_boxes_and_no_more_until_keys_rest() {
    let options = Options { width: 160, height: 45, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], options).unwrap();
    let mut moves = 0;
    for key in ["Down", "Down", "Down", "Down", "Right", "Left", "Up", "Right", "Down"] {
        let changed = session.cells_before_rest(key).unwrap();
        // Each box has two rows of at most 94 cells in this icicle.
        assert!(changed <= 4 * 94, "{key}: {changed} cells");
        moves += usize::from(changed > 0);
    }
    assert!(moves >= 6, "{moves}");
    // The table has the focus: it is no description of the selection, and its rows follow at once.
    session.key("Tab").unwrap();
    let rows = session.cells_before_rest("Down").unwrap();
    let row = session.frame().to_string();
    assert!(rows > 60, "{rows}\n{row}");
}

#[test]
fn other_frames_of_the_selected_function_are_marked_when_keys_rest() {
    let file = snapshots::folder("navigation", "twice").join("twice.folded");
    std::fs::write(&file, "main;left;shared 500\nmain;left 100\nmain;right;shared 300\nmain;right 100\n").unwrap();
    let options = Options { width: 100, height: 30, depth: Depth::Indexed256, glyphs: Glyphs::Unicode };
    let mut session = Session::open(&[file], options).unwrap();
    press(&mut session, "Down Down");
    let is_row = |line: &str| line.matches("shared").count() >= 2;
    let y = session.frame().to_string().lines().position(is_row).unwrap() as u16;
    let fills = |session: &Session| {
        let screen = session.frame();
        (0..screen.width()).filter_map(|x| screen.cell(x, y)).map(|cell| cell.fill).collect::<Vec<_>>()
    };
    let unmarked = fills(&session);
    let changed = session.cells_before_rest("Down").unwrap();
    let marked = fills(&session);
    assert!(path(&session.frame().to_string()).ends_with("shared"));
    let new: Vec<bool> = marked.iter().zip(&unmarked).map(|(now, before)| now != before).collect();
    let selected = new.iter().take_while(|is_new| **is_new).count();
    let both = new.iter().filter(|is_new| **is_new).count();
    assert!(selected > 20 && both > selected + 10, "{selected} of {both} cells\n{}", session.frame());
    // At once: the selection leaves the 60 cells of `left` and comes to its `shared`, two rows each.
    assert!(changed <= 2 * (60 + selected), "{changed} cells");
}

#[test]
fn callers_that_were_opened_in_the_trend_lead_back_to_it() {
    for close in ["q", "Esc"] {
        let mut session = session("shop-series");
        press(&mut session, "5 Down Down f");
        let back = press(&mut session, close);
        assert!(back.lines().next().unwrap_or_default().contains("[Trend]"), "{close}\n{back}");
        let main = press(&mut session, close);
        assert!(main.lines().next().unwrap_or_default().contains("[Icicle]"), "{close}\n{main}");
    }
}

#[test]
fn a_window_is_not_compared_with_itself() {
    let mut session = session("shop-series");
    press(&mut session, "{ { { { { { [ [ [");
    let marked = press(&mut session, "m m");
    assert!(marked.contains("already"), "{marked}");
    let compared = press(&mut session, "] m");
    assert!(compared.contains("A ") && compared.contains("B ") && !compared.contains("already"), "{compared}");
}

#[test]
fn a_view_of_the_call_tree_leads_back_to_the_bottom_up_icicle() {
    for (open, close) in [("f", "Esc"), ("O", "Esc"), ("L", "Esc"), ("f", "q"), ("f O", "Esc Esc")] {
        let mut session = Session::open(&[data().join("pprof/go-shop-2.pb.gz")], Options::default()).unwrap();
        let mut press = |keys: &str| {
            keys.split(' ').for_each(|key| session.key(key).unwrap());
            session.frame().to_string()
        };
        let icicle = |screen: &str| screen.lines().skip(1).take(16).collect::<Vec<_>>().join("\n");
        let before = press("8 Down Enter Down");
        assert_ne!(icicle(&press(open)), icicle(&before), "{open}");
        let after = press(close);
        assert_eq!(icicle(&after), icicle(&before), "{open} {close}:\n{after}");
        // A view that was chosen for itself leads to the call tree.
        let chosen = press(&format!("{open} 1"));
        assert_ne!(icicle(&chosen), icicle(&before), "{open} 1");
    }
}

#[test]
fn the_help_of_a_prompt_leads_back_to_what_was_typed() {
    let mut session = session("pprof/go-shop-2.pb.gz");
    let typed = press(&mut session, "/ g e n");
    let help = press(&mut session, "F1");
    assert_ne!(help, typed);
    assert!(help.contains("F1"), "{help}");
    assert_eq!(press(&mut session, "Esc"), typed);
    // Other function keys have no action, which is said.
    press(&mut session, "Esc Esc");
    assert!(press(&mut session, "F5").contains("F5 has no action"));
}
