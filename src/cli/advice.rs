//! Rules of advice: built-in rules, and rules from the user's file.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::advice::AdviceRules;
use crate::base::safe_text::safe_str;
use crate::config::advice;
use crate::source::Address;

use super::environment::{Variables, settings_folder};
use super::message::MessageLine;

/// Loads the rules. Returns them with messages about errors in the user's file.
pub(crate) fn rules(variables: Variables<'_>) -> (Arc<AdviceRules>, Vec<MessageLine>) {
    let rules = AdviceRules::later(advice::builtin);
    let Some(path) = path(variables) else { return (Arc::new(rules), Vec::new()) };
    let name = safe_str(&path.to_string_lossy()).into_owned();
    match read(path) {
        None => (Arc::new(rules), Vec::new()),
        Some(Err(why)) => (Arc::new(rules), vec![MessageLine::new(format!("{name}: {why}"))]),
        Some(Ok(text)) => {
            let own = advice::own(&text);
            let notes =
                own.errors.into_iter().map(|error| MessageLine { line: format!("{name}: {error}"), hint: error.hint });
            let notes = notes.collect();
            (Arc::new(rules.with(own.rules)), notes)
        }
    }
}

/// Path of the user's file.
fn path(variables: Variables<'_>) -> Option<PathBuf> {
    Some(settings_folder(variables)?.join("advice.toml"))
}

/// Text of a file, or the reason why it cannot be read; `None` if it does not exist.
fn read(path: PathBuf) -> Option<Result<String, String>> {
    let address = Address::File(path);
    // A device or pipe has no size, and might never end, so it is not read.
    address.size()?;
    let mut bytes = Vec::new();
    let read = address.open().map_err(|error| error.to_string()).and_then(|file| {
        let most = advice::MAX_BYTES;
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > most {
            return Err(format!("longer than {} KiB, and not read", most / 1024));
        }
        String::from_utf8(bytes).map_err(|_| "not UTF-8, and not read".to_owned())
    });
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(set: &[(&str, &str)]) -> Option<String> {
        let variables = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        path(&variables).map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn the_folder_of_settings_is_told_by_the_environment() {
        let own = Some("/x/heapglass/advice.toml".to_owned());
        assert_eq!(found(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/home/me")]), own);
        let home = Some("/home/me/.config/heapglass/advice.toml".to_owned());
        assert_eq!(found(&[("HOME", "/home/me")]), home);
        assert_eq!(found(&[("XDG_CONFIG_HOME", ""), ("HOME", "/home/me")]), home);
        assert_eq!(found(&[("XDG_CONFIG_HOME", "relative"), ("HOME", "/home/me")]), home);
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[("HOME", "")]), None);
    }

    #[test]
    fn without_a_folder_the_built_in_rules_hold() {
        let (rules, notes) = rules(&|_| None);
        assert!(rules.all().len() >= 40 && notes.is_empty());
    }
}
