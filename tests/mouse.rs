//! Mouse: effects of clicks and of the wheel.

use heapglass::play::{Options, Session, WheelTurn};

use crate::support::data;

fn open(size: (u16, u16)) -> Session {
    let (width, height) = size;
    let options = Options { width, height, ..Options::default() };
    Session::open(&[data().join("pprof/go-shop-2.pb.gz")], options).unwrap()
}

fn screen(session: &Session) -> String {
    session.frame().to_string()
}

/// Column and row of a text on the screen, from a row on.
fn find(session: &Session, text: &str, from: usize) -> (u16, u16) {
    let screen = screen(session);
    let found = screen.lines().enumerate().skip(from).find_map(|(row, line)| {
        let byte = line.find(text)?;
        Some((line[..byte].chars().count() as u16, row as u16))
    });
    assert!(found.is_some(), "no {text} in\n{screen}");
    found.unwrap()
}

fn click(session: &mut Session, (column, row): (u16, u16)) {
    session.click(column, row);
}

#[test]
fn a_click_selects_a_frame_and_another_one_zooms_to_it() {
    let mut session = open((80, 24));
    let place = find(&session, "wrap.f1.1 (6)", 2);
    click(&mut session, place);
    let (column, row) = session.cursor().unwrap();
    assert!(row == place.1 && column <= place.0);
    assert!(!screen(&session).contains("% of all"));
    click(&mut session, place);
    assert!(screen(&session).contains("% of all"), "{}", screen(&session));
    // Rows above the zoom are selected and zoomed in the same way.
    let all = find(&session, "all", 2);
    click(&mut session, all);
    click(&mut session, all);
    assert!(!screen(&session).contains("% of all"), "{}", screen(&session));
}

#[test]
fn every_cell_of_every_view_can_be_clicked_and_scrolled_over() {
    for size in [(80, 24), (40, 10), (39, 9), (0, 0)] {
        for keys in ["", "Enter", "?", "f", "L", "O", "D", "H", "5", ":", "/", "& j Enter", "& j Enter Tab"] {
            let mut session = open(size);
            keys.split_whitespace().for_each(|key| session.key(key).unwrap());
            for (column, row) in (0..=size.0).step_by(13).flat_map(|column| (0..=size.1).map(move |row| (column, row)))
            {
                session.click(column, row);
                session.wheel(column, row, WheelTurn::Down);
                session.wheel(column, row, WheelTurn::Up);
                screen(&session);
            }
        }
    }
}

#[test]
fn a_click_selects_a_row_of_the_table_and_the_wheel_goes_on_from_there() {
    let mut session = open((80, 24));
    let head = find(&session, "Self", 3);
    click(&mut session, (10, head.1 + 3));
    assert_eq!(session.cursor(), Some((0, head.1 + 3)));
    assert!(screen(&session).contains("[Table]") && screen(&session).contains("3 of "));
    session.wheel(10, head.1 + 1, WheelTurn::Down);
    assert!(screen(&session).contains("6 of "), "{}", screen(&session));
    session.wheel(10, head.1 + 1, WheelTurn::Up);
    assert!(screen(&session).contains("3 of "));
    click(&mut session, (10, head.1 + 3));
    assert!(screen(&session).contains("% of all"), "a click on the selected row opens it");
}

#[test]
fn a_click_on_a_head_orders_the_table_and_another_one_turns_it_round() {
    let mut session = open((160, 45));
    let head = find(&session, "Self", 1);
    let row = |session: &Session| screen(session).lines().nth(usize::from(head.1) + 1).unwrap().to_owned();
    let largest_self = row(&session);
    let total = find(&session, "Total", usize::from(head.1));
    assert_eq!(total.1, head.1);
    click(&mut session, total);
    assert!(screen(&session).contains("Total▼") && !screen(&session).contains("Self▼"), "{}", screen(&session));
    let largest_total = row(&session);
    assert_ne!(largest_total, largest_self);
    click(&mut session, total);
    assert!(screen(&session).contains("Total▲"), "{}", screen(&session));
    assert_ne!(row(&session), largest_total);
    // A share sorts like its figure.
    let share = find(&session, "%", usize::from(head.1));
    assert_eq!(share.1, head.1);
    click(&mut session, share);
    assert!(screen(&session).contains("Self▼"), "{}", screen(&session));
    assert_eq!(row(&session), largest_self);
    let function = find(&session, "Function", usize::from(head.1));
    click(&mut session, function);
    assert!(screen(&session).contains("Function▼"), "{}", screen(&session));
}

#[test]
fn keys_that_the_footer_names_are_clicked() {
    let mut session = open((120, 40));
    let help = find(&session, "? help", 39);
    click(&mut session, (help.0 + 3, help.1));
    assert!(screen(&session).contains("Keys, type to filter"), "{}", screen(&session));
    let close = find(&session, "Esc", 39);
    click(&mut session, close);
    assert!(!screen(&session).contains("Keys, type to filter"), "{}", screen(&session));
    // Keys with one label are separate targets.
    let arrows = find(&session, "←→↑↓ move", 39);
    click(&mut session, (arrows.0 + 3, arrows.1));
    let below = session.cursor().unwrap();
    click(&mut session, (arrows.0 + 2, arrows.1));
    assert_eq!(session.cursor().unwrap().1 + 2, below.1, "a level has two rows");
    let before = screen(&session);
    click(&mut session, (119, 39));
    assert_eq!(screen(&session), before, "nothing stands there");
}

#[test]
fn names_of_the_header_and_chips_are_clicked() {
    let mut session = open((120, 40));
    let table = find(&session, "Table", 0);
    click(&mut session, table);
    assert!(screen(&session).contains("Icicle [Table]"));
    let icicle = find(&session, "Icicle", 0);
    click(&mut session, icicle);
    assert!(screen(&session).contains("[Icicle] Table"));
    session.key("&").unwrap();
    session.type_text("store");
    session.key("Enter").unwrap();
    let chip = find(&session, "[focus store]", 0);
    click(&mut session, chip);
    session.key("Backspace").unwrap();
    assert!(!screen(&session).contains("[focus store]"), "the chip had the keys");
}

#[test]
fn rows_of_other_views_are_clicked() {
    let mut session = open((80, 24));
    for key in ["Down", "Down", "Down", "f"] {
        session.key(key).unwrap();
    }
    let (column, row) = session.cursor().unwrap();
    click(&mut session, (column + 4, row + 1));
    assert_eq!(session.cursor(), Some((column, row + 1)));
    let last = screen(&session);
    click(&mut session, (column + 4, 20));
    assert_eq!((session.cursor(), screen(&session)), (Some((column, row + 1)), last), "no row stands there");
}

#[test]
fn the_wheel_scrolls_what_is_over_the_views() {
    let mut session = open((80, 24));
    session.key("?").unwrap();
    let before = screen(&session);
    session.wheel(10, 10, WheelTurn::Down);
    assert_ne!(screen(&session), before);
    session.wheel(10, 10, WheelTurn::Up);
    assert_eq!(screen(&session), before);
}

/// What the mouse does, keys do too, with the same screen.
#[test]
fn keys_lead_to_every_screen_that_the_mouse_leads_to() {
    type Gesture = fn(&mut Session);
    let cases: [(&str, &str, Gesture, &str); 9] = [
        ("a frame", "", |session| click(session, find(session, "wrap.f1.1 (6)", 2)), "Down Down"),
        ("the frame that is selected", "Down", |session| click(session, find(session, "http.(*conn)", 2)), "Enter"),
        ("the wheel over the icicle", "", |session| session.wheel(20, 5, WheelTurn::Down), "Down"),
        ("the heading of the order", "Tab", |session| click(session, find(session, "Self", 2)), "S"),
        ("the name of the table", "", |session| click(session, find(session, "Table", 0)), "Tab"),
        ("the name of the icicle", "Tab", |session| click(session, find(session, "Icicle", 0)), "1"),
        ("a key of the footer", "", |session| click(session, find(session, "? help", 23)), "?"),
        ("the wheel over a text", "?", |session| session.wheel(20, 9, WheelTurn::Down), "Down Down Down"),
        ("a row of labels", "L", |session| click(session, (20, 5)), "Down Down"),
    ];
    for (target, before, gesture, keys) in cases {
        let (mut pointed, mut typed) = (open((120, 24)), open((120, 24)));
        for session in [&mut pointed, &mut typed] {
            before.split_whitespace().for_each(|key| session.key(key).unwrap());
        }
        gesture(&mut pointed);
        keys.split_whitespace().for_each(|key| typed.key(key).unwrap());
        assert_eq!(screen(&pointed), screen(&typed), "{target}");
    }
}

#[test]
fn a_click_on_a_column_heading_sorts_instances_and_the_trend() {
    let options = || Options { width: 120, height: 30, ..Options::default() };
    let mut session = Session::open(&[data().join("pods")], options()).unwrap();
    session.key("6").unwrap();
    let growth = find(&session, "Growth", 0);
    click(&mut session, growth);
    assert!(screen(&session).contains("instances by growth") && screen(&session).contains("Growth▼"));
    let growth = find(&session, "Growth", 0);
    click(&mut session, growth);
    assert!(screen(&session).contains("Growth▲"), "{}", screen(&session));
    let median = find(&session, "Median", 0);
    click(&mut session, median);
    assert!(screen(&session).contains("Median▼"), "{}", screen(&session));
    let mut session = Session::open(&[data().join("shop-series")], options()).unwrap();
    session.key("5").unwrap();
    for (heading, sorted) in [("First", "First▼"), ("First▼", "First▲"), ("Last", "Last▼"), ("/hour", "/hour▼")]
    {
        let place = find(&session, heading, 0);
        click(&mut session, place);
        assert!(screen(&session).contains(sorted), "{heading}:\n{}", screen(&session));
    }
}
