//! Rows of a level: a shallow tree has two for each, and the mouse, the cursor and the arrows follow.

use heapglass::play::{Options, Session};

use crate::support::data;

fn open(path: &str, width: u16, height: u16) -> Session {
    Session::open(&[data().join(path)], Options { width, height, ..Options::default() }).unwrap()
}

fn press(session: &mut Session, keys: &str) {
    keys.split_whitespace().for_each(|key| session.key(key).unwrap());
}

/// Row of the screen whose first slot has this name.
fn row_of(session: &Session, name: &str) -> u16 {
    let screen = session.frame();
    let is_slot = |y: &u16| {
        let row = screen.row(*y);
        row.starts_with(['▏', '[']) && row.chars().skip(1).collect::<String>().split_whitespace().next() == Some(name)
    };
    let found = (0..screen.height()).find(is_slot);
    assert!(found.is_some(), "no row begins with {name}:\n{screen}");
    found.unwrap()
}

#[test]
fn a_shallow_tree_has_two_rows_for_a_level_and_the_figures_in_the_second() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let session = open("folded/small.txt", width, height);
        let (main, serve) = (row_of(&session, "main"), row_of(&session, "serve"));
        assert_eq!(serve, main + 2, "{}", session.frame());
        assert!(session.frame().row(main + 1).contains("1.05M 100%"), "{}", session.frame());
        assert!(session.frame().row(serve + 1).contains("self -64"), "{}", session.frame());
    }
}

#[test]
fn a_deep_tree_and_a_low_screen_have_one_row_for_a_level() {
    let mut deep = open("pprof/go-shop-2.pb.gz", 120, 30);
    press(&mut deep, "J");
    assert_eq!(
        row_of(&deep, "http.serverHandler.ServeHTTP"),
        row_of(&deep, "http.(*conn).serve") + 1,
        "{}",
        deep.frame()
    );
    let low = open("folded/small.txt", 80, 12);
    assert_eq!(row_of(&low, "serve"), row_of(&low, "main") + 1, "{}", low.frame());
}

#[test]
fn both_rows_of_a_level_are_one_target() {
    let mut session = open("folded/small.txt", 120, 40);
    let main = row_of(&session, "main");
    session.click(5, main + 1);
    assert_eq!(session.frame().crumbs().trim(), "all › main", "{}", session.frame());
    assert_eq!(session.cursor(), Some((0, main)));
    press(&mut session, "Down");
    assert_eq!(session.cursor(), Some((0, main + 2)), "one level down");
    press(&mut session, "Up Up");
    assert_eq!(session.cursor(), Some((0, main - 2)));
    session.click(5, main + 3);
    session.click(5, main + 2);
    assert!(session.frame().to_string().contains("% of all"), "the second click zooms:\n{}", session.frame());
    let serve = row_of(&session, "serve");
    let screen = session.frame();
    let is_selected = |y: u16| screen.cell(2, y).is_some_and(|cell| cell.is_selected());
    assert!(is_selected(serve) && is_selected(serve + 1) && !is_selected(serve + 2), "{screen}");
}

#[test]
fn callers_and_callees_use_the_room_on_both_sides() {
    let mut session = open("folded/small.txt", 120, 40);
    press(&mut session, "Down Down f");
    let screen = session.frame();
    let (main, put) = (row_of(&session, "main"), row_of(&session, "cache.put"));
    let middle = (0..screen.height()).find(|y| screen.row(*y).starts_with("[serve ")).unwrap();
    assert_eq!((middle, put), (main + 2, main + 3), "{screen}");
    assert!(screen.row(main + 1).contains("1.05M 99.9%") && screen.row(put + 1).contains("1.05M 99.6%"), "{screen}");
    press(&mut session, "Up");
    assert_eq!(session.cursor(), Some((0, main)), "the name of the caller");
    session.click(5, put + 1);
    assert_eq!(session.cursor(), Some((0, put)));
}
