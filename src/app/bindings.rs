//! Key bindings of the user, applied to the rows of each focus, from which everything that shows a key is built.
//!
//! A key bound to one action is removed from all others. In a text prompt, only keys other than characters can be
//! bound.

use std::collections::HashSet;

use crate::app::Key;
use crate::app::key_rows::{KeyRow, KeySection};
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::config::file::Binding;
use crate::view::overlay::Focus;

/// Key that always interrupts.
const INTERRUPT: Key = Key::Ctrl('c');

/// Keys of an action, parsed.
#[derive(Clone, Debug)]
pub struct BoundKeys {
    name: String,
    keys: Vec<Key>,
    line: usize,
}

/// Parses the bindings. Returns the valid bindings, and one message for each error.
pub fn read(bindings: &[Binding], names: &HashSet<&str>) -> (Vec<BoundKeys>, Vec<String>) {
    let (mut bound, mut said) = (Vec::new(), Vec::new());
    for Binding { action, keys: written, line } in bindings {
        let shown = safe_str(action);
        if !names.contains(action.as_str()) {
            let mut names: Vec<&str> = names.iter().copied().collect();
            names.sort_unstable();
            let meant = nearest(action, names).map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
            said.push(format!("line {line}: `{shown}` is not an action{meant}"));
            continue;
        }
        let mut keys = Vec::new();
        for text in written {
            match Key::parse(text) {
                None => said.push(format!("line {line}: `{}` is not a key", safe_str(text))),
                Some(INTERRUPT) if action != "interrupt" => {
                    said.push(format!("line {line}: {INTERRUPT} always interrupts, and cannot be bound to `{shown}`"));
                }
                Some(key) if keys.contains(&key) => {}
                Some(key) => keys.push(key),
            }
        }
        if action == "interrupt" && !keys.contains(&INTERRUPT) {
            keys.push(INTERRUPT);
        }
        // An action whose bound keys are all invalid keeps its default keys.
        if keys.is_empty() && !written.is_empty() {
            continue;
        }
        bound.push(BoundKeys { name: action.clone(), keys, line: *line });
    }
    (bound, said)
}

/// Applies bindings to the rows of a focus. Appends to `said` one message for each key that is bound twice or taken
/// from another action.
pub fn apply(sections: &mut [KeySection], focus: Focus, bound: &[BoundKeys], said: &mut Vec<String>) {
    let mut say = |line: String| {
        if !said.contains(&line) {
            said.push(line);
        }
    };
    let mut claimed: Vec<(Key, &BoundKeys)> = Vec::new();
    let mut taken: Vec<(&BoundKeys, Vec<Key>)> = Vec::new();
    for one in bound {
        let Some(row) = rows(sections).find(|row| row.name == one.name) else { continue };
        // In a text prompt, a character can be bound only to a command that has it by default.
        let is_free = |key: &Key| !focus.takes_text() || !matches!(key, Key::Char(_)) || row.keys.contains(key);
        let mut keys: Vec<Key> = one.keys.iter().copied().filter(is_free).collect();
        if keys.is_empty() && !one.keys.is_empty() {
            continue;
        }
        keys.retain(|key| {
            let Some((_, first)) = claimed.iter().find(|(other, _)| other == key) else { return true };
            let (name, line) = (&first.name, first.line);
            say(format!(
                "lines {line} and {}: {key} is bound to `{name}` and `{}`; `{name}` takes it",
                one.line, one.name
            ));
            false
        });
        claimed.extend(keys.iter().map(|key| (*key, one)));
        taken.push((one, keys));
    }
    for row in sections.iter_mut().flat_map(|section| &mut section.rows) {
        if let Some((_, keys)) = taken.iter().find(|(one, _)| one.name == row.name) {
            row.keys.clone_from(keys);
            continue;
        }
        row.keys.retain(|key| {
            let Some((_, by)) = claimed.iter().find(|(other, _)| other == key) else { return true };
            say(format!("line {}: {key} is now bound to `{}`, no longer to `{}`", by.line, by.name, row.name));
            false
        });
    }
}

fn rows(sections: &[KeySection]) -> impl Iterator<Item = &KeyRow> {
    sections.iter().flat_map(|section| &section.rows)
}

#[cfg(test)]
mod tests {
    use crate::app::action::{Action, Find, Program, Show};
    use crate::app::keymap::Keymap;
    use crate::view::keys::KeyRef;
    use crate::view::nav::Move;
    use crate::view::{icicle, palette};

    use super::*;

    fn keymap(file: &[(&str, &[&str])]) -> (Keymap, Vec<String>) {
        let bindings = file.iter().enumerate().map(|(at, (action, keys))| Binding {
            action: (*action).to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            line: at + 1,
        });
        Keymap::new(&bindings.collect::<Vec<_>>())
    }

    #[test]
    fn a_key_of_ones_own_takes_the_place_of_the_old_ones_in_every_view() {
        let (keymap, said) = keymap(&[("down", &["Z", "Down"]), ("quit", &["Q"])]);
        assert_eq!(said, Vec::<String>::new());
        let down = Some(Action::Icicle(icicle::Action::Down));
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('Z')), down);
        assert_eq!(keymap.action(Focus::Table, Key::Char('Z')), Some(Action::Move(Move::Down)));
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('j')), None);
        assert_eq!(keymap.action(Focus::Icicle, Key::Down), down);
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('q')), None);
        let rows = keymap.sections(Focus::Trend).iter().flat_map(|section| &section.rows);
        assert!(rows.into_iter().any(|row| row.name == "quit" && row.keys == [Key::Char('Q')]), "help shows it");
    }

    #[test]
    fn texts_name_the_key_of_ones_own() {
        let (keymap, _) = keymap(&[("diff", &["Z"]), ("guide", &[])]);
        let keys = keymap.key_names();
        assert_eq!((&*keys.of(KeyRef::Diff), &*keys.of(KeyRef::Guide)), ("Z", ":guide"));
    }

    #[test]
    fn in_a_prompt_characters_are_text() {
        let (keymap, said) = keymap(&[("down", &["n"]), ("cancel", &["Ctrl-G", "x"])]);
        assert_eq!(
            said,
            [
                "line 1: n is now bound to `down`, no longer to `next-match`",
                "line 1: n is now bound to `down`, no longer to `next-hot`"
            ]
        );
        assert_eq!(keymap.action(Focus::Palette, Key::Char('n')), None);
        assert_eq!(keymap.action(Focus::Palette, Key::Down), Some(Action::Palette(palette::Action::Down)));
        assert_eq!(keymap.action(Focus::Palette, Key::Char('x')), None);
        assert_eq!(keymap.action(Focus::Palette, Key::Ctrl('g')), Some(Action::Palette(palette::Action::Cancel)));
    }

    #[test]
    fn a_key_bound_twice_goes_to_the_first_with_a_warning() {
        let (keymap, said) = keymap(&[("find", &["Z"]), ("health", &["Z", "H"])]);
        assert_eq!(said, ["lines 1 and 2: Z is bound to `find` and `health`; `find` takes it"]);
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('Z')), Some(Action::Find(Find::Open)));
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('H')), Some(Action::Show(Show::Health)));
    }

    #[test]
    fn a_key_that_is_taken_is_said_unless_the_other_action_has_a_line_of_its_own() {
        let (keymap_of_one, said) = keymap(&[("health", &["t"])]);
        assert_eq!(said, ["line 1: t is now bound to `health`, no longer to `next-sample-type`"]);
        assert_eq!(keymap_of_one.action(Focus::Icicle, Key::Char('t')), Some(Action::Show(Show::Health)));
        assert_eq!(keymap(&[("health", &["t"]), ("next-sample-type", &[])]).1, Vec::<String>::new());
    }

    #[test]
    fn invalid_bindings_change_nothing() {
        let (keymap, said) = keymap(&[("qiut", &["x"]), ("find", &["F99"]), ("help", &["Ctrl-C"])]);
        let expected = [
            "line 1: `qiut` is not an action, did you mean `quit`?",
            "line 2: `F99` is not a key",
            "line 3: Ctrl-C always interrupts, and cannot be bound to `help`",
        ];
        assert_eq!(said, expected);
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('/')), Some(Action::Find(Find::Open)));
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('?')), Some(Action::Program(Program::Help)));
    }

    #[test]
    fn an_empty_list_unbinds_but_nothing_takes_the_interrupt_away() {
        let (keymap, said) = keymap(&[("find", &[]), ("interrupt", &[])]);
        assert_eq!(said, Vec::<String>::new());
        assert_eq!(keymap.action(Focus::Icicle, Key::Char('/')), None);
        for focus in Focus::ALL {
            assert_eq!(keymap.action(focus, Key::Ctrl('c')), Some(Action::Program(Program::Interrupt)));
        }
    }
}
