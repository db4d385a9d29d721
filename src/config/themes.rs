//! Available themes: the built-in ones, and those of the user.

use crate::base::nearest::nearest;

use super::builtin;
use super::theme::{Draft, Theme, ThemeError};

/// Available themes. A theme of the user replaces a built-in one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Themes {
    own: Vec<Theme>,
    /// Invalid themes, by name, with the reason.
    refused: Vec<(String, String)>,
}

impl Themes {
    /// Builds the built-in themes and those of the drafts whose parents exist, with the errors of the others. A theme
    /// that inherits its own name inherits the built-in theme that it replaces.
    pub fn of(drafts: Vec<Draft>) -> (Self, Vec<ThemeError>) {
        let (mut own, mut errors) = (Vec::<Theme>::new(), Vec::new());
        let mut waiting = drafts;
        while !waiting.is_empty() {
            let names: Vec<String> = waiting.iter().map(|draft| draft.name().to_owned()).collect();
            // A draft whose parent is a draft too is applied in the next round.
            let waits =
                |draft: &Draft| draft.parent() != draft.name() && names.iter().any(|name| name == draft.parent());
            let (still, ready): (Vec<Draft>, Vec<Draft>) = waiting.into_iter().partition(waits);
            if ready.is_empty() {
                errors.extend(still.iter().map(Draft::cycle));
                break;
            }
            for draft in ready {
                let is_own = |theme: &&Theme| theme.name() == draft.parent() && draft.parent() != draft.name();
                let parent = own.iter().find(is_own).cloned().or_else(|| builtin::theme(draft.parent()));
                if parent.is_none() && draft.parent() == draft.name() {
                    errors.push(draft.cycle());
                    continue;
                }
                match draft.over(parent) {
                    Ok(theme) => own.push(theme),
                    Err(error) => errors.push(error),
                }
            }
            waiting = still;
        }
        let refused = errors.iter().map(|error| (error.theme().to_owned(), error.to_string())).collect();
        (Self { own, refused }, errors)
    }

    /// Stores that a theme is invalid.
    pub fn refuse(&mut self, name: &str, why: &str) {
        self.refused.push((name.to_owned(), why.to_owned()));
    }

    /// Reason why an existing theme is invalid.
    pub fn refusal(&self, name: &str) -> Option<&str> {
        self.refused.iter().find(|(refused, _)| refused == name).map(|(_, why)| &**why)
    }

    /// Theme of this name.
    pub fn find(&self, name: &str) -> Option<Theme> {
        self.own.iter().find(|theme| theme.name() == name).cloned().or_else(|| builtin::theme(name))
    }

    /// Name of the theme that was meant by a name without a theme: the dark theme of a family has no suffix here. `None` if
    /// no name is close.
    pub fn nearest(&self, asked: &str) -> Option<&str> {
        let family = asked.split(['-', '_', ' ']).next().unwrap_or(asked);
        let of_family = || self.names().into_iter().find(|name| *name == family);
        let is_light = asked.contains("lig");
        (!is_light).then(of_family).flatten().or_else(|| nearest(asked, self.names()))
    }

    /// Names of all themes, `auto` and the built-in ones first.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = std::iter::once(builtin::AUTO).chain(builtin::names()).collect();
        names.extend(self.own.iter().map(Theme::name).filter(|name| builtin::names().all(|known| known != *name)));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme::Role;

    /// `auto`, the names of all built-in themes, and one more.
    fn builtin_names_and(own: &'static str) -> Vec<&'static str> {
        std::iter::once("auto").chain(builtin::names()).chain([own]).collect()
    }

    fn of(texts: &[(&str, &str)]) -> (Themes, Vec<String>) {
        let (themes, errors) = Themes::of(texts.iter().map(|(name, toml)| Draft::parse(name, toml).unwrap()).collect());
        (themes, errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_theme_of_ones_own_hides_a_built_in_one() {
        let (themes, errors) = of(&[("dusk", "inherits = \"mono\""), ("light", "inherits = \"mono\"")]);
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(themes.names(), builtin_names_and("dusk"));
        assert!(themes.find("light").unwrap().fills().is_empty());
        assert!(themes.find("dawn").is_none());
    }

    #[test]
    fn a_theme_that_inherits_itself_and_replaces_none_is_a_cycle() {
        let (_, errors) = of(&[("mine", "inherits = \"mine\"")]);
        assert_eq!(errors, ["theme `mine` inherits from `mine`, which is a cycle"]);
    }

    #[test]
    fn the_dark_theme_of_a_family_is_its_name_alone() {
        let (themes, _) = of(&[]);
        let near =
            ["solarized-dark", "gruvbox_dark", "solarized-ligth", "gruvbox-dark", "catppuccin-mocha", "solarised"];
        let found = near.map(|asked| themes.nearest(asked).unwrap_or_default());
        assert_eq!(found, ["solarized", "gruvbox", "solarized-light", "gruvbox", "catppuccin", "solarized"]);
        assert_eq!(themes.nearest("dusk"), None);
    }

    #[test]
    fn a_theme_inherits_one_of_ones_own_in_whatever_order_they_are_read() {
        let texts = [
            ("dawn", "inherits = \"dusk\"\ntext = 1"),
            ("dusk", "inherits = \"light\"\nfills = []"),
            // A theme's own name as its parent means the built-in theme, which the new theme replaces for the other
            // themes.
            ("light", "inherits = \"light\"\n[roles]\nhit = { bg = 9 }"),
        ];
        for texts in [texts, [texts[2], texts[1], texts[0]], [texts[1], texts[0], texts[2]]] {
            let (themes, errors) = of(&texts);
            assert_eq!(errors, Vec::<String>::new());
            let dawn = themes.find("dawn").unwrap();
            assert!(dawn.fills().is_empty());
            assert_eq!(dawn.style_of(Role::Hit), themes.find("light").unwrap().style_of(Role::Hit));
            assert_ne!(dawn.style_of(Role::Hit), builtin::theme("light").unwrap().style_of(Role::Hit));
        }
    }

    #[test]
    fn cycles_and_missing_parents_are_reported() {
        let (themes, errors) =
            of(&[("a", "inherits = \"b\""), ("b", "inherits = \"a\""), ("c", "inherits = \"nowhere\""), ("d", "")]);
        assert_eq!(
            errors,
            [
                "theme `c` inherits from `nowhere`, which does not exist",
                "theme `a` inherits from `b`, which is a cycle",
                "theme `b` inherits from `a`, which is a cycle",
            ]
        );
        assert_eq!(themes.names().last(), Some(&"d"));
    }
}
