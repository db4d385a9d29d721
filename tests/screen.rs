//! Screens: a case file has a profile, a screen size, keys, and the expected screen.
//!
//! A case in `tests/cases/screen` opens with `profile:`, `screen:` and `keys:` lines; after a blank line comes the
//! screen. A
//! profile may be several, followed by `--base` and its base, and by `--gc-log` and logs. `--tour` starts the tour of
//! the demo;
//! `--sources` at the end puts the sources of the shop into the current folder. `INSTA_UPDATE=always cargo test`
//! rewrites the
//! screens.

use std::fs;
use std::path::{Path, PathBuf};

use heapglass::play::{Cell, CellColour, Depth, End, Glyphs, Options, ScreenText, Session};
use proptest::prelude::*;

use crate::support::data;
use crate::support::sources::in_shop;

/// Case as written.
struct Case {
    head: String,
    profile: String,
    options: Options,
    keys: Vec<String>,
    screen: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (head, screen) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            assert!(line.is_some(), "{} has no {name}", path.display());
            line.unwrap().trim()
        };
        Self {
            head: head.to_owned(),
            profile: field("profile:").to_owned(),
            options: options(field("screen:")),
            keys: field("keys:").split_whitespace().map(str::to_owned).collect(),
            screen: screen.to_owned(),
        }
    }
}

/// Reads `80x24`, and after it `mono`, `16`, `256` or `rgb`, and `ascii`.
fn options(text: &str) -> Options {
    let mut options = Options::default();
    for word in text.split_whitespace() {
        match word {
            "mono" => options.depth = Depth::Mono,
            "16" => options.depth = Depth::Ansi16,
            "256" => options.depth = Depth::Indexed256,
            "rgb" => options.depth = Depth::Rgb,
            "ascii" => options.glyphs = Glyphs::Ascii,
            "plain" => options.glyphs = Glyphs::Plain,
            size => {
                let (width, height) = size.split_once('x').unwrap();
                (options.width, options.height) = (width.parse().unwrap(), height.parse().unwrap());
            }
        }
    }
    options
}

fn open(profile: &str, options: Options) -> Session {
    let place = |name: &str| match name {
        demo if demo.starts_with("demo:") => PathBuf::from(demo),
        path if path.contains('/') => data().join(path),
        name => data().join("pprof").join(name),
    };
    let (profile, has_sources) =
        profile.split_once("--sources").map_or((profile, false), |(profile, _)| (profile, true));
    let places = |names: &str| names.split_whitespace().map(place).collect::<Vec<_>>();
    let (profile, has_tour) = profile.split_once("--tour").map_or((profile, false), |(profile, _)| (profile, true));
    let (profile, logs) = profile.split_once("--gc-log").unwrap_or((profile, ""));
    let (sources, base) = profile.split_once("--base").unwrap_or((profile, ""));
    let mut session = Session::with_gc_logs(&places(sources), &places(base), &places(logs), options).unwrap();
    if has_tour {
        // The demo opens with one window, the other one a key away.
        session.key("d").unwrap();
        session.begin_tour();
    }
    if has_sources {
        session.find_sources(in_shop());
    }
    session
}

fn shop(size: &str) -> Session {
    open("go-shop-2.pb.gz", options(size))
}

/// Presses keys; a word in quotes is typed.
fn press(session: &mut Session, keys: &str) {
    for key in keys.split_whitespace() {
        match key.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => session.type_text(text),
            None => session.key(key).unwrap(),
        }
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/screen");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    cases.sort();
    cases
}

#[test]
fn every_case_shows_what_it_says() {
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    let mut wrong = Vec::new();
    for path in cases() {
        let case = Case::read(&path);
        let mut session = open(&case.profile, case.options);
        press(&mut session, &case.keys.join(" "));
        let screen = session.frame().to_string();
        if update {
            // Other tests read the cases at the same time, and must not see half of one.
            let new = path.with_extension("new");
            fs::write(&new, format!("{}\n\n{screen}", case.head)).unwrap();
            fs::rename(&new, &path).unwrap();
        } else if screen != case.screen {
            wrong.push(format!("{} is\n{screen}\nbut should be\n{}\n", path.display(), case.screen));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All cells of a screen.
fn cells(screen: &ScreenText) -> impl Iterator<Item = Cell<'_>> {
    (0..screen.height()).flat_map(move |y| (0..screen.width()).filter_map(move |x| screen.cell(x, y)))
}

/// Rows with a selected cell.
fn selected_rows(screen: &ScreenText) -> Vec<u16> {
    let has = |y: &u16| (0..screen.width()).any(|x| screen.cell(x, *y).is_some_and(|cell| cell.is_selected()));
    (0..screen.height()).filter(has).collect()
}

#[test]
fn a_screen_has_no_more_colours_and_characters_than_its_terminal() {
    for path in cases() {
        let case = Case::read(&path);
        for depth in ["mono", "16", "256", "rgb"] {
            for glyphs in ["", "ascii"] {
                let size = format!("{}x{} {depth} {glyphs}", case.options.width, case.options.height);
                let mut session = open(&case.profile, options(&size));
                press(&mut session, &case.keys.join(" "));
                let screen = session.frame();
                for cell in cells(&screen) {
                    for colour in [cell.text, cell.fill] {
                        let fits = match colour {
                            CellColour::Default => true,
                            CellColour::Indexed(index) => depth != "mono" && (depth != "16" || index < 16),
                            CellColour::Rgb(..) => depth == "rgb",
                        };
                        assert!(fits, "{colour:?} at {depth} in {}", path.display());
                    }
                    assert!(glyphs.is_empty() || cell.symbol.is_ascii(), "{} in {}", cell.symbol, path.display());
                }
            }
        }
    }
}

#[test]
fn the_selection_is_seen_without_colours() {
    for size in ["80x24 mono", "80x24 mono ascii", "80x24 16", "80x24 256", "160x45 rgb"] {
        let mut session = shop(size);
        press(&mut session, "Down Down");
        let screen = session.frame();
        // A high screen has a row for the headline, and two rows for each level.
        let rows = if size.starts_with("80") { vec![4] } else { vec![7, 8] };
        assert_eq!(selected_rows(&screen), rows, "{size}");
        let row = rows[0];
        assert!(screen.row(row).starts_with('[') && screen.row(row).contains(']'), "{size}");
        assert!(screen.cell(0, row).is_some_and(|cell| cell.is_bold()), "{size}");
        press(&mut session, "Tab Down");
        let mark = if size.starts_with("80") { "\n> " } else { "║> " };
        assert!(session.frame().to_string().contains(mark), "{size}");
    }
}

#[test]
fn no_size_is_too_odd_for_any_view() {
    let views = [
        "",
        "?",
        "D",
        "Tab",
        "/ \"grow\"",
        "Down Down Enter Down Right",
        "a t p c",
        "G",
        "* n N",
        "d",
        "e",
        "w w w .",
        "4",
        "5",
        "5 G E s",
    ];
    let compared = "demo:after --base demo:before";
    for profile in ["go-shop-2.pb.gz", "go-deep.pb.gz", "go-delta.pb.gz", "node.pb.gz", compared, "./shop-series"] {
        for view in views {
            let mut session = open(profile, Options::default());
            press(&mut session, view);
            for (width, height) in [(0, 0), (1, 1), (3, 2), (500, 3), (2, 300), (39, 10), (40, 10), (500, 200)] {
                session.resize(width, height);
                let screen = session.frame();
                assert_eq!((screen.width(), screen.height()), (width, height));
                session.cursor();
            }
            press(&mut session, "Down Up Left Right PageDown PageUp");
        }
    }
}

/// Rows of a pane, by a mark.
fn table_rows(screen: &ScreenText) -> Vec<String> {
    let rows: Vec<String> = (0..screen.height()).map(|y| screen.row(y)).collect();
    let head = rows.iter().position(|row| row.contains("Function")).unwrap();
    let end = rows.iter().position(|row| row.starts_with('─')).unwrap();
    rows[head + 1..end].to_vec()
}

#[test]
fn moving_in_the_icicle_never_scrolls_the_table() {
    let mut session = shop("80x24");
    press(&mut session, "J");
    let before = table_rows(&session.frame());
    for _ in 0..7 {
        press(&mut session, "Down");
        let now = table_rows(&session.frame());
        let stay = before.len() - 1;
        let plain = |row: &String| row.trim_start_matches('>').trim_start().to_owned();
        assert_eq!(
            now[..stay].iter().map(plain).collect::<Vec<_>>(),
            before[..stay].iter().map(plain).collect::<Vec<_>>()
        );
    }
    press(&mut session, "Up Up");
    let last = table_rows(&session.frame()).pop().unwrap();
    assert!(last.starts_with('>'), "the selected function is pinned: {last}");
}

#[test]
fn moving_in_the_table_selects_in_the_icicle() {
    let mut session = shop("160x45");
    press(&mut session, "Tab g");
    let screen = session.frame();
    let selected = (2..screen.height()).map(|y| screen.row(y)).find(|row| row.contains('['));
    assert!(selected.is_some_and(|row| row.contains("bytes.Clone")), "{screen}");
}

/// Line of the details with the name of the selection.
fn name(session: &Session) -> String {
    let screen = session.frame();
    let rule = (0..screen.height()).rfind(|y| screen.row(*y).starts_with('─')).unwrap();
    screen.row(rule + 1).split_whitespace().next().unwrap_or_default().to_owned()
}

#[test]
fn a_selection_outlives_sample_types_reload_zoom_and_size() {
    let mut session = shop("80x24");
    press(&mut session, "Down Down Down Down Right Left Down");
    let selected = name(&session);
    assert!(selected.contains('.'), "{selected}");
    for keys in ["t", "t", "t", "t", "a", "o", "i", "o", "R", "Enter", "Backspace", "Enter", "0", "U", "p", "p"] {
        press(&mut session, keys);
        assert_eq!(name(&session), selected, "after {keys}");
    }
    session.resize(200, 60);
    assert_eq!(name(&session), selected);
}

#[test]
fn zooms_are_taken_back_one_by_one() {
    let mut session = shop("80x24");
    let crumbs = |session: &Session| session.frame().row(1);
    press(&mut session, "Down Enter");
    let first = crumbs(&session);
    press(&mut session, "Down Down Enter");
    let second = crumbs(&session);
    assert!(first.contains("zoom") && second.contains("zoom") && first != second);
    press(&mut session, "Up Up Backspace");
    assert!(crumbs(&session).contains("zoom"));
    press(&mut session, "Esc");
    assert!(!crumbs(&session).contains("zoom"), "{}", crumbs(&session));
    press(&mut session, "Esc Esc Backspace U U U");
    assert_eq!(crumbs(&session).split("zoom").nth(1), second.split("zoom").nth(1));
    press(&mut session, "0");
    assert!(!crumbs(&session).contains("zoom"));
}

#[test]
fn escape_goes_back_one_thing_and_never_ends() {
    let mut session = shop("80x24");
    press(&mut session, "Down Enter / \"serve\" Enter ?");
    let status = |session: &Session| session.frame().to_string();
    press(&mut session, "Esc");
    assert!(status(&session).contains("find /serve/"));
    press(&mut session, "Esc");
    assert!(!status(&session).contains("find /") && status(&session).contains("zoom"));
    press(&mut session, "Esc Esc Esc");
    assert!(!session.frame().row(1).contains("zoom") && session.end().is_none());
    press(&mut session, "q");
    assert_eq!(session.end(), Some(End::Quit));
}

#[test]
fn a_search_follows_what_is_typed_and_goes_back() {
    let mut session = shop("80x24");
    press(&mut session, "/ \"clone\"");
    assert!(session.frame().to_string().contains("/clone"), "{}", session.frame());
    let lit = |session: &Session| cells(&session.frame()).filter(|cell| cell.is_underlined() || cell.is_bold()).count();
    let with = lit(&session);
    press(&mut session, "Esc");
    assert!(lit(&session) < with);
    press(&mut session, "/ \"a{1000}{1000}{1000}\"");
    assert!(session.frame().to_string().contains("invalid pattern"), "{}", session.frame());
    press(&mut session, "Esc / \"zzz\" Enter");
    assert!(session.frame().to_string().contains("no match in"), "{}", session.frame());
}

#[test]
fn pasted_text_is_never_a_command() {
    let mut session = shop("80x24");
    session.paste("q\nq");
    assert_eq!(session.end(), None);
    press(&mut session, "/");
    session.paste("cl\u{1b}[2J\none");
    assert!(session.frame().to_string().contains("/cl[2Jone"), "{}", session.frame());
}

#[test]
fn names_and_paths_are_copied_without_line_breaks() {
    let mut session = shop("80x24");
    press(&mut session, "J Down Down Y");
    assert_eq!(session.copied(), Some("net/http.(*conn).serve > net/http.serverHandler.ServeHTTP"));
    press(&mut session, "y");
    assert_eq!(session.copied(), Some("net/http.serverHandler.ServeHTTP"));
}

#[test]
fn strangers_names_stay_in_their_cells() {
    let mut opened = 0;
    for entry in fs::read_dir(data().join("malformed")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(mut session) = Session::open(&[&path], options("120x30")) else { continue };
        opened += 1;
        for keys in ["", "Down Down", "G", "Tab G", "a", "D", "Esc / \".\" Enter", "Y"] {
            press(&mut session, keys);
            let screen = session.frame();
            let clean = cells(&screen).all(|cell| !cell.symbol.chars().any(char::is_control));
            assert!(clean, "{} after {keys}", path.display());
        }
    }
    assert!(opened >= 20, "{opened} can be opened");
}

/// Fills of the cells of a row, without repetitions.
fn fills(screen: &ScreenText, y: u16) -> Vec<CellColour> {
    let mut fills: Vec<CellColour> = (0..screen.width()).filter_map(|x| Some(screen.cell(x, y)?.fill)).collect();
    fills.dedup();
    fills
}

const DEMO: &str = "demo:after --base demo:before";

#[test]
fn a_change_has_its_fill_and_its_sign_at_every_depth() {
    let root = |size: &str, keys: &str| {
        let mut session = open(DEMO, options(size));
        press(&mut session, &format!("Down {keys}"));
        let screen = session.frame();
        let sign = screen.row(3).chars().nth(1).unwrap();
        (sign, screen.cell(3, 3).unwrap().fill, screen.cell(3, 3).unwrap().is_bold())
    };
    assert_eq!(root("120x40 256", ""), ('-', CellColour::Indexed(33), false), "much shrank");
    assert_eq!(root("120x40 256", "x"), ('+', CellColour::Indexed(202), true), "the other way round it grew");
    assert_eq!(root("120x40 256", "z"), ('=', CellColour::Indexed(250), false), "made equal, both are the same");
    assert_eq!(root("120x40 16", ""), ('-', CellColour::Indexed(4), false));
    assert_eq!(root("120x40 16", "x"), ('+', CellColour::Indexed(1), true));
    assert_eq!(root("120x40 mono", ""), ('-', CellColour::Default, false));
    assert_eq!(root("120x40 mono ascii", "x"), ('+', CellColour::Default, true));
}

#[test]
fn the_legend_shows_every_fill_once() {
    let mut session = open(DEMO, options("160x45 256"));
    press(&mut session, "Down");
    let screen = session.frame();
    let legend = (0..screen.height()).find(|y| screen.row(*y).contains("width union")).unwrap();
    let fills: Vec<CellColour> =
        fills(&screen, legend).into_iter().filter(|fill| *fill != CellColour::Default).collect();
    assert_eq!(fills, [33, 111, 189, 250, 224, 216, 202].map(CellColour::Indexed));
}

#[test]
fn a_comparison_comes_and_goes_and_leaves_everything_in_place() {
    let mut session = open(DEMO, options("120x40"));
    press(&mut session, "Down Down Down Enter / \"product\" Enter");
    let (selected, zoomed) = (name(&session), session.frame().crumbs());
    let header = |session: &Session| session.frame().row(0);
    let compared = header(&session);
    assert!(compared.starts_with(" A ") && zoomed.contains("zoom"), "{compared}");
    for keys in ["d", "d", "1", "3", "w", "w", "w", "w", "%", "%", "t", "T", "z", "z", "x", "x", "R"] {
        press(&mut session, keys);
        assert_eq!(name(&session), selected, "after {keys}");
    }
    assert_eq!((header(&session), session.frame().crumbs()), (compared, zoomed));
    assert!(session.frame().to_string().contains("/product/") || session.frame().to_string().contains("reloaded"));
    session.resize(80, 24);
    assert_eq!(name(&session), selected);
    // One step after another: search, zoom, comparison, then nothing.
    press(&mut session, "Esc Esc");
    assert!(header(&session).starts_with(" A ") && !session.frame().row(1).contains("zoom"), "{}", session.frame());
    press(&mut session, "Esc");
    assert!(header(&session).contains("demo:after"), "{}", session.frame());
    press(&mut session, "Esc");
    assert!(session.end().is_none());
}

#[test]
fn changes_are_stepped_through_by_size_and_within_the_zoom() {
    let mut session = open(DEMO, options("120x40"));
    let status = |session: &Session, words: &str| session.frame().to_string().contains(words);
    press(&mut session, ".");
    assert!(status(&session, "change 1 of"), "{}", session.frame());
    let first = name(&session);
    press(&mut session, ". ,");
    assert_eq!(name(&session), first);
    press(&mut session, ",");
    assert!(!status(&session, "change 1 of"), "the one before the first is the last");
    press(&mut session, "0 . Enter .");
    assert!(status(&session, "change 1 of 1") && name(&session) == first, "{}", session.frame());
}

#[test]
fn sites_that_explain_the_change_are_shown_in_the_icicle() {
    let mut session = open(DEMO, options("80x24"));
    press(&mut session, "Down Enter e");
    let screen = session.frame();
    assert!(screen.row(1).contains(" decrease 10.9 MiB: 4 sites 81.5% · growth "), "{screen}");
    let first = screen.row(3).split_whitespace().nth(5).map(str::to_owned).unwrap();
    press(&mut session, "Enter");
    assert!(name(&session).ends_with(&first), "{first}: {}", session.frame());
    press(&mut session, "e Down Esc");
    assert!(name(&session).ends_with(&first), "to close the list selects nothing");
}

/// Keys, and some letters that are none.
const KEYS: &str = "Left Right Up Down Enter Backspace u U 0 Esc / n N * Tab Shift-Tab 1 5 E d t T i a o s S g G PageUp PageDown c p D y Y ? Ctrl-L Home End Delete x ( R 3 w z % . , e 4 b = [ ] { } m H";

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(KEYS.split(' ').collect::<Vec<_>>()), 0..60)
}

const PROFILES: &[&str] = &[
    "go-shop-1.pb.gz",
    "go-deep.pb.gz",
    "go-delta.pb.gz",
    "go-shop-1.pb.gz go-shop-2.pb.gz",
    "demo:after --base demo:before",
    "go-delta.pb.gz --base go-shop-1.pb.gz",
    "shop-series/",
    "pods/",
];

/// Views whose figures are not of the tree in front show the same after a switch to bottom-up.
#[test]
fn views_of_figures_are_the_same_bottom_up() {
    for (source, views) in [("./pods", ["6", "5", "L"].as_slice()), ("./shop-series", &["5", "L"])] {
        for view in views {
            let screen = |keys: &str| {
                let mut session = open(source, options("120x40"));
                press(&mut session, keys);
                session.frame().to_string().lines().skip(2).take(30).collect::<Vec<_>>().join("\n")
            };
            assert_eq!(screen(view), screen(&format!("8 {view}")), "{source} {view}");
        }
    }
    // The bottom-up tree of another sample type may be smaller than the call tree, and has advice too.
    for source in ["demo:after --base demo:before", "./shop-series", "./pods", "go-shop-2.pb.gz"] {
        for keys in ["8 t j", "8 j", "8 a j j", "t 8 j", "8 D j", "8 d j", "8 v j", "8 Tab j"] {
            let mut session = open(source, options("120x40"));
            press(&mut session, keys);
            assert!(session.frame().to_string().contains("bottom-up"), "{source} {keys}\n{}", session.frame());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_keys_lead_astray(
        keys in keys(), profile in prop::sample::select(PROFILES),
        width in 0..180_u16, height in 0..60_u16,
    ) {
        let mut session = open(profile, options(&format!("{width}x{height}")));
        for (index, key) in keys.iter().enumerate() {
            session.key(key).unwrap();
            if index % 7 == 3 {
                session.resize(height * 2, width / 3);
            }
            let screen = session.frame();
            prop_assert!(screen.height() < 3 || screen.width() < 40 || !screen.row(0).is_empty());
        }
    }
}

/// A screen reader says names, figures and signs; lines, bars, blocks and arrows have no words.
#[test]
fn a_plain_screen_has_words_only() {
    let drawn = |text: &str| {
        text.chars()
            .find(|letter| ('\u{2190}'..='\u{21ff}').contains(letter) || ('\u{2500}'..='\u{25ff}').contains(letter))
    };
    let sources = ["go-shop-2.pb.gz", "./shop-series", "demo:after --base demo:before", "./pods"];
    let keys = [
        "Down", "Tab Down", "f", "L", "5", "5 5", "6", "7", "8", "O", "D", "H", "?", "? Tab", ": \"a\"", "/ \"a\"",
        "& \"a\"", "e", "4",
    ];
    for source in sources {
        for keys in keys {
            let mut session = open(source, options("80x24 plain"));
            press(&mut session, keys);
            let screen = session.frame().to_string();
            assert_eq!(drawn(&screen), None, "{source}, {keys}\n{screen}");
            let first = screen.lines().next().unwrap();
            let says = ["Selected", "In the", "Command: ", "Find: ", "Filter: ", "In "];
            assert!(says.iter().any(|word| first.starts_with(word)), "{source}, {keys}\n{screen}");
            assert_eq!(session.cursor().unwrap().1, 0, "the cursor stands on the line of the selection");
        }
    }
}

#[test]
fn each_move_says_the_selection_in_words() {
    let mut session = shop("100x30");
    let command = |session: &mut Session, text: &str| {
        press(session, ":");
        session.type_text(text);
        press(session, "Enter");
    };
    assert!(session.frame().to_string().contains('▏'));
    command(&mut session, "plain on");
    let first = |session: &Session| session.frame().to_string().lines().next().unwrap().to_owned();
    assert!(first(&session).starts_with("Selected: all, here total 14.5 MiB, 100%"), "{}", first(&session));
    press(&mut session, "Down");
    assert!(first(&session).starts_with("Selected: net/http.(*conn).serve, http/server.go"), "{}", first(&session));
    press(&mut session, "Right");
    assert!(first(&session).starts_with("Selected: example.com/lab/shopsvc/store.Generate, "), "{}", first(&session));
    command(&mut session, "plain off");
    assert!(session.frame().to_string().contains('▏'));
}

#[test]
fn a_plain_screen_says_whose_figures_it_reads() {
    let text = |source: &str, keys: &str| {
        let mut session = open(source, options("120x40 plain"));
        press(&mut session, keys);
        session.frame().to_string()
    };
    let bottom_up = text("go-shop-2.pb.gz", "8");
    assert!(bottom_up.contains("Callers, largest first:") && !bottom_up.contains("Callees,"), "{bottom_up}");
    let callers = text("go-shop-2.pb.gz", "Down f");
    assert!(callers.contains("Callees of http.(*conn).serve, largest first:"), "{callers}");
    let sides = text("demo:after --base demo:before", "4");
    assert!(sides.contains("Callees in B, largest first:") && sides.contains("Selected in B: "), "{sides}");
    let pods = text("./pods", "5");
    assert!(!pods.contains("0..max"), "{pods}");
}

#[test]
fn the_header_names_what_it_counts() {
    let header = |keys: &str| {
        let mut session = shop("120x40");
        press(&mut session, keys);
        session.frame().to_string().lines().next().unwrap().to_owned()
    };
    assert!(header("").contains("164 functions"), "{}", header(""));
    let mut session = shop("120x40");
    press(&mut session, ":");
    session.type_text("granularity packages");
    press(&mut session, "Enter");
    let screen = session.frame().to_string();
    assert!(screen.lines().next().unwrap().contains(" packages, "), "{screen}");
}

#[test]
fn a_warning_of_a_source_is_counted_until_it_is_read() {
    let mut session = open("malformed/double-gz.pb.gz", options("120x40"));
    press(&mut session, "Down");
    let screen = session.frame().to_string();
    assert!(screen.contains("(H)"), "{screen}");
    press(&mut session, "H");
    let screen = session.frame().to_string();
    assert!(screen.contains("compressed twice"), "{screen}");
}

#[test]
fn bottom_up_changes_have_no_self_of_callers() {
    let mut session = open("demo:after --base demo:before", options("120x40"));
    press(&mut session, "8 Down D");
    let screen = session.frame().to_string();
    assert!(screen.contains("total here") && !screen.contains("self here"), "{screen}");
}

#[test]
fn a_gathered_block_of_a_comparison_has_both_windows() {
    let mut session = open("go-shop-2.pb.gz --base go-shop-1.pb.gz", options("120x40"));
    press(&mut session, &format!("J a {} Right", "Down ".repeat(9)));
    let screen = session.frame().to_string();
    assert!(screen.contains("A 1.02 MiB  1.2%  B 2.55 MiB  0.7%  change +1.53 MiB (+151%)"), "{screen}");
}

#[test]
fn recorded_lifetimes_are_averaged() {
    let mut session = open("dhat/leak.out", options("120x60"));
    press(&mut session, "Down Down D");
    let screen = session.frame().to_string();
    let line = screen.lines().rfind(|line| line.contains("lifetime")).unwrap_or_default();
    assert!(line.contains("on average"), "{screen}");
}
