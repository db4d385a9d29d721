//! Keymap: from a key and the focus to an action, built from the command rows of the views.

use std::collections::HashSet;

use rustc_hash::FxHashMap;

use crate::app::action::{
    Action, COPY_EXPORT, CopyExport, DIFF, Diff, FILTER, FIND, PROGRAM, Program, SHOW, SIDES, Show, Sides, TOUR,
    WINDOWS,
};
use crate::app::key_rows::{KeyRow, KeySection};
use crate::app::{Key, bindings};
use crate::config::file::Binding;
use crate::view::command::{CommandRow, Named};
use crate::view::keys::KeyNames;
use crate::view::nav::{self, MoveRows};
use crate::view::overlay::Focus;
use crate::view::{
    details, explains, filters, health, help, icicle, instances, labels, memory, navigation, page, palette, prompt,
    sandwich, source, table, trend,
};

/// Keys of every focus.
#[derive(Clone, Debug)]
pub struct Keymap {
    sections: FxHashMap<Focus, Vec<KeySection>>,
    actions: FxHashMap<(Focus, Key), Action>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&[]).0
    }
}

impl Keymap {
    /// Builds the default keys with the user's bindings applied. Returns one message for each invalid binding.
    pub fn new(own: &[Binding]) -> (Self, Vec<String>) {
        let mut sections: FxHashMap<_, _> = Focus::ALL.into_iter().map(|focus| (focus, sections(focus))).collect();
        let mut said = Vec::new();
        if !own.is_empty() {
            let rows = sections.values().flatten().flat_map(|section| &section.rows);
            let names: HashSet<&str> = rows.map(|row| row.name).collect();
            let bound;
            (bound, said) = bindings::read(own, &names);
            for focus in Focus::ALL {
                if let Some(sections) = sections.get_mut(&focus) {
                    bindings::apply(sections, focus, &bound, &mut said);
                }
            }
        }
        let mut actions = FxHashMap::default();
        for (focus, sections) in &sections {
            for row in sections.iter().flat_map(|section| &section.rows) {
                actions.extend(row.keys.iter().map(|key| ((*focus, *key), row.action)));
            }
        }
        (Self { sections, actions }, said)
    }

    /// Action of a key in a focus.
    pub fn action(&self, focus: Focus, key: Key) -> Option<Action> {
        self.actions.get(&(focus, key)).copied()
    }

    /// Every key of every focus.
    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = (Focus, Key, Action)> + '_ {
        self.actions.iter().map(|((focus, key), action)| (*focus, *key, *action))
    }

    /// Rows that apply to a focus, its own first.
    pub fn sections(&self, focus: Focus) -> &[KeySection] {
        self.sections.get(&focus).map_or(&[], Vec::as_slice)
    }

    /// First key of each action, for texts that mention a key.
    pub fn key_names(&self) -> KeyNames {
        let rows = Focus::ALL.iter().flat_map(|focus| self.sections(*focus)).flat_map(|section| &section.rows);
        KeyNames::new(rows.filter_map(|row| Some((row.name, row.keys.first()?))))
    }

    /// Every section once, with the first focus that has it.
    pub fn everything(&self) -> Vec<(Focus, &KeySection)> {
        let mut all: Vec<(Focus, &KeySection)> = Vec::new();
        for (focus, section) in Focus::ALL.iter().flat_map(|focus| self.sections(*focus).iter().map(|s| (*focus, s))) {
            if all.iter().all(|(_, known)| known.title != section.title) {
                all.push((focus, section));
            }
        }
        all
    }
}

/// Key rows of one focus: its own, then shared ones.
fn sections(focus: Focus) -> Vec<KeySection> {
    let mut sections = vec![own_section(focus)];
    if matches!(focus, Focus::Icicle | Focus::Table) {
        sections.push(section("Zoom", navigation::COMMANDS));
        sections.push(section("Find", FIND));
        sections.push(section("Filter", FILTER));
        sections.push(section("Show", SHOW));
        sections.push(section("Compare", DIFF));
        sections.push(section("Windows", WINDOWS));
        sections.push(section("Side by side", SIDES));
        sections.push(section("Order", table::SORTS));
        sections.push(section("Copy and export", COPY_EXPORT));
    }
    if matches!(focus, Focus::Sandwich | Focus::Labels | Focus::Instances) {
        sections.extend(row_view_sections(focus));
    }
    if focus == Focus::Trend {
        sections.push(section("Find", FIND));
        sections.push(section("Filter", FILTER));
        sections.push(show_section(focus));
        let mut compare = section("Compare", DIFF);
        compare.rows.retain(|row| row.action == Action::Diff(Diff::On));
        sections.push(compare);
        sections.push(section("Windows", WINDOWS));
        sections.push(section("Copy and export", COPY_EXPORT));
    }
    if focus == Focus::Source {
        let mut show = section("Show", SHOW);
        show.rows.retain(|row| works_in_source_view(row.action));
        let mut compare = section("Compare", DIFF);
        compare.rows.retain(|row| works_in_row_views(row.action));
        sections.extend([show, compare, section("Windows", WINDOWS), copy_export_section(&[CopyExport::CommandLine])]);
    }
    if matches!(focus, Focus::Sandwich | Focus::Labels | Focus::Instances | Focus::Trend | Focus::Source) {
        // The key of the view in front is in that view's own section.
        let mut sides = section("Side by side", SIDES);
        sides.rows.retain(|row| row.action == Action::Sides(Sides::Both));
        sections.push(sides);
    }
    add_program_sections(focus, &mut sections);
    sections
}

/// Key rows that only one focus has.
fn own_section(focus: Focus) -> KeySection {
    match focus {
        Focus::Icicle => section("Icicle", icicle::COMMANDS),
        Focus::Table => with_moves("Table", &table::MOVES, table::COMMANDS),
        Focus::Trend => with_moves("Trend", &trend::MOVES, trend::COMMANDS),
        Focus::Sandwich => with_moves("Callers and callees", &sandwich::MOVES, sandwich::COMMANDS),
        Focus::Labels => with_moves("Labels", &labels::MOVES, labels::COMMANDS),
        Focus::Instances => with_moves("Instances", &instances::MOVES, instances::COMMANDS),
        Focus::Source => with_moves("Source", &source::MOVES, source::COMMANDS),
        Focus::Details => with_moves("Details", &nav::TEXT, details::COMMANDS),
        Focus::Health => with_moves("Health", &nav::TEXT, health::COMMANDS),
        Focus::Memory => with_moves("Memory", &nav::TEXT, memory::COMMANDS),
        Focus::Help => with_moves("Help", &nav::TEXT_WITH_FILTER, help::COMMANDS),
        Focus::Page => with_moves("Page", &nav::TEXT, page::COMMANDS),
        Focus::Explains => with_moves("What explains it", &explains::MOVES, explains::COMMANDS),
        Focus::Prompt => section("Find", prompt::COMMANDS),
        Focus::Chips => section("Filters", filters::COMMANDS),
        Focus::Filter => section("Filter", filters::FILTER_PROMPT),
        Focus::Palette => section("Command", palette::COMMANDS),
    }
}

/// Adds rows of the tour and the program whose keys are unused in a focus.
fn add_program_sections(focus: Focus, sections: &mut Vec<KeySection>) {
    if !focus.takes_text() {
        sections.push(section("Tour", TOUR));
    }
    sections.push(section("Program", PROGRAM));
    // A key of the focus takes precedence over the same key of the program.
    let own: Vec<Key> = sections[0].rows.iter().flat_map(|row| row.keys.clone()).collect();
    if let Some(program) = sections.last_mut() {
        for row in &mut program.rows {
            row.keys.retain(|key| {
                let is_text = focus.takes_text() && matches!(key, Key::Char(_));
                !own.contains(key) && !is_text
            });
        }
        let is_pane = matches!(focus, Focus::Icicle | Focus::Table);
        let turns = |row: &KeyRow| {
            use Program::{NextPane, PreviousPane, SplitLeft, SplitRight};
            matches!(row.action, Action::Program(NextPane | PreviousPane | SplitLeft | SplitRight))
        };
        program.rows.retain(|row| !row.keys.is_empty() && (is_pane || !turns(row)));
    }
}

/// Rows that sandwich and labels view share with icicle and table. A label is not a function, so rows about functions
/// are left out for labels.
fn row_view_sections(focus: Focus) -> Vec<KeySection> {
    let mut compare = section("Compare", DIFF);
    // In the labels view, the same key compares values.
    compare.rows.retain(|row| focus != Focus::Labels || row.action != Action::Diff(Diff::Toggle));
    let has_widths = |action| focus == Focus::Sandwich && action == Action::Diff(Diff::Width);
    compare.rows.retain(|row| works_in_row_views(row.action) || has_widths(row.action));
    let (show, windows) = (show_section(focus), section("Windows", WINDOWS));
    if focus == Focus::Labels {
        return vec![show, compare, windows, copy_export_section(&[CopyExport::CommandLine, CopyExport::File])];
    }
    vec![
        section("Find", FIND),
        section("Filter", FILTER),
        show,
        compare,
        windows,
        section("Copy and export", COPY_EXPORT),
    ]
}

/// Rows of sample types and views that apply to a row view: only the sandwich has fills and chains, and labels have no
/// function names.
fn show_section(focus: Focus) -> KeySection {
    let mut show = section("Show", SHOW);
    show.rows.retain(|row| match row.action {
        Action::Show(Show::Fills | Show::Chains) => focus == Focus::Sandwich,
        Action::Show(Show::Names) => focus != Focus::Labels,
        _ => true,
    });
    show
}

/// Copy and export rows for these actions only: a label has no name or path to copy.
fn copy_export_section(kept: &[CopyExport]) -> KeySection {
    let mut copy_export = section("Copy and export", COPY_EXPORT);
    copy_export.rows.retain(|row| kept.iter().any(|action| row.action == Action::CopyExport(*action)));
    copy_export
}

/// Returns true for a comparison key that works in row views as well as in the icicle.
fn works_in_row_views(action: Action) -> bool {
    use Diff::{Normalize, On, Scale, Swap, Toggle};
    matches!(action, Action::Diff(Toggle | On | Normalize | Scale | Swap))
}

/// Returns true for a sample type or view key that works in the source view.
fn works_in_source_view(action: Action) -> bool {
    use Show::{Allocated, Health, InUse, Measure, Memory, NextType, PreviousType};
    matches!(action, Action::Show(NextType | PreviousType | InUse | Allocated | Measure | Health | Memory))
}

fn section<A: Named + Into<Action>>(title: &'static str, commands: &[CommandRow<A>]) -> KeySection {
    KeySection { title, rows: key_rows(commands) }
}

/// Section of a list or text: primary moves, commands, other moves, then commands that close.
fn with_moves<A: Named + Into<Action>>(
    title: &'static str,
    moves: &MoveRows,
    commands: &[CommandRow<A>],
) -> KeySection {
    let open = commands.iter().take_while(|command| !command.is_closing).count();
    let mut rows = key_rows(moves.leading());
    rows.extend(key_rows(&commands[..open]));
    rows.extend(key_rows(moves.trailing()));
    rows.extend(key_rows(&commands[open..]));
    KeySection { title, rows }
}

fn key_rows<A: Named + Into<Action>>(commands: &[CommandRow<A>]) -> Vec<KeyRow> {
    let row = |command: &CommandRow<A>| KeyRow {
        keys: command.keys.iter().filter_map(|key| Key::parse(key)).collect(),
        name: command.name.unwrap_or_else(|| command.action.name()),
        action: command.action.into(),
        help: command.help,
        foot: command.foot,
        is_closing: command.is_closing,
    };
    commands.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;
    use crate::app::action::{Filter, Find, Tour, Windows};
    use crate::view::keys::KeyRef;
    use crate::view::nav::Move;

    /// Checks one table: each action has one row, and each row has valid keys and texts.
    fn check<A: Copy + Debug + PartialEq>(commands: &[CommandRow<A>], all: &[A]) {
        for action in all {
            let rows = commands.iter().filter(|command| command.action == *action).count();
            assert_eq!(rows, 1, "{action:?} has {rows} rows");
        }
        for command in commands {
            assert!(!command.keys.is_empty() && !command.help.is_empty(), "{:?}", command.action);
            assert!(command.help.len() <= 25, "too long for two columns of help: {}", command.help);
            for key in command.keys {
                assert!(Key::parse(key).is_some(), "{key} of {:?} is no key", command.action);
            }
        }
    }

    #[test]
    fn every_action_has_one_row() {
        check(icicle::COMMANDS, icicle::Action::ALL);
        check(table::COMMANDS, table::Action::ALL);
        check(table::SORTS, table::Sort::ALL);
        check(trend::COMMANDS, trend::Action::ALL);
        check(sandwich::COMMANDS, sandwich::Action::ALL);
        check(source::COMMANDS, source::Action::ALL);
        check(labels::COMMANDS, labels::Action::ALL);
        check(instances::COMMANDS, instances::Action::ALL);
        check(navigation::COMMANDS, navigation::Action::ALL);
        check(details::COMMANDS, details::Action::ALL);
        for moves in [
            &table::MOVES,
            &trend::MOVES,
            &sandwich::MOVES,
            &labels::MOVES,
            &source::MOVES,
            &explains::MOVES,
            &nav::TEXT,
            &nav::TEXT_WITH_FILTER,
        ] {
            check(&[moves.leading(), moves.trailing()].concat(), Move::ALL);
        }
        check(health::COMMANDS, health::Action::ALL);
        check(memory::COMMANDS, memory::Action::ALL);
        check(help::COMMANDS, help::Action::ALL);
        check(prompt::COMMANDS, prompt::Action::ALL);
        check(FIND, Find::ALL);
        check(FILTER, Filter::ALL);
        check(filters::COMMANDS, filters::Action::ALL);
        check(filters::FILTER_PROMPT, filters::FilterPromptAction::ALL);
        check(SHOW, Show::ALL);
        check(DIFF, Diff::ALL);
        check(explains::COMMANDS, explains::Action::ALL);
        check(WINDOWS, Windows::ALL);
        check(palette::COMMANDS, palette::Action::ALL);
        check(page::COMMANDS, page::Action::ALL);
        check(SIDES, Sides::ALL);
        check(COPY_EXPORT, CopyExport::ALL);
        check(TOUR, Tour::ALL);
        check(PROGRAM, Program::ALL);
    }

    #[test]
    fn every_action_that_a_text_mentions_has_a_key() {
        let keys = Keymap::default().key_names();
        for key in KeyRef::ALL {
            assert!(!keys.of(*key).starts_with(':'), "{key:?}");
        }
    }

    #[test]
    fn no_key_has_two_meanings_in_one_focus() {
        for focus in Focus::ALL {
            let mut seen = HashSet::new();
            for section in sections(focus) {
                for key in section.rows.iter().flat_map(|row| &row.keys) {
                    assert!(seen.insert(*key), "{key} twice in {focus:?}");
                }
            }
        }
    }

    /// Names of actions that several views share, with the same meaning.
    const SHARED: [&str; 23] = [
        "accept",
        "bottom",
        "cancel",
        "complete",
        "cursor-left",
        "cursor-right",
        "delete-before",
        "delete-under",
        "down",
        "half-page-down",
        "half-page-up",
        "left",
        "line-end",
        "line-start",
        "page-down",
        "page-up",
        "reverse-sort",
        "right",
        "show-place",
        "sort",
        "top",
        "up",
        "zoom-in",
    ];

    #[test]
    fn an_action_has_a_name_of_its_own_or_shares_it_knowingly() {
        let mut known: FxHashMap<&str, Action> = FxHashMap::default();
        let mut shared = HashSet::new();
        for focus in Focus::ALL {
            let mut here = HashSet::new();
            for row in sections(focus).into_iter().flat_map(|section| section.rows) {
                let is_word = |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase());
                assert!(row.name.split('-').all(is_word), "{} is not spelled as a name", row.name);
                assert!(here.insert(row.name), "{} twice in {focus:?}", row.name);
                let other = known.insert(row.name, row.action).is_some_and(|other| other != row.action);
                assert!(!other || SHARED.contains(&row.name), "{} is the name of two actions", row.name);
                shared.extend(other.then_some(row.name));
            }
        }
        assert!(SHARED.iter().all(|name| shared.contains(*name)), "only {shared:?} are shared");
    }

    #[test]
    fn quitting_works_everywhere() {
        let keymap = Keymap::default();
        for focus in Focus::ALL {
            assert_eq!(keymap.action(focus, Key::Ctrl('c')), Some(Action::Program(Program::Interrupt)));
            let quit = keymap.action(focus, Key::Char('q'));
            assert_eq!(quit.is_none(), focus.takes_text(), "{focus:?}");
        }
    }

    #[test]
    fn one_key_means_one_thing_in_both_panes() {
        let keymap = Keymap::default();
        let shared = |key| {
            let (icicle, table) = (keymap.action(Focus::Icicle, key), keymap.action(Focus::Table, key));
            icicle.is_some() && icicle == table
        };
        for key in ["/", "n", "t", "u", "0", "Backspace", "s", "?", "Esc", "y", "R"] {
            assert!(Key::parse(key).is_some_and(shared), "{key}");
        }
    }
}
