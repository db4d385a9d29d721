//! The themes that there are: the built-in ones, and those of one's own.

use super::builtin;
use super::theme::Theme;

/// The themes that there are. One of one's own hides a built-in one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Themes {
    own: Vec<Theme>,
}

impl Themes {
    /// The built-in themes and these.
    pub fn new(own: Vec<Theme>) -> Self {
        Self { own }
    }

    /// The theme called `name`.
    pub fn find(&self, name: &str) -> Option<Theme> {
        self.own.iter().find(|theme| theme.name() == name).cloned().or_else(|| builtin::theme(name))
    }

    /// The names of all, the built-in ones first.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = builtin::names().collect();
        names.extend(self.own.iter().map(Theme::name).filter(|name| builtin::names().all(|known| known != *name)));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_of_ones_own_hides_a_built_in_one() {
        let own = ["dusk", "light"].map(|name| Theme::parse(name, "inherits = \"mono\"").unwrap());
        let themes = Themes::new(own.to_vec());
        assert_eq!(themes.names(), ["default", "light", "high-contrast", "mono", "dusk"]);
        assert!(themes.find("light").unwrap().fills().is_empty());
        assert!(themes.find("dawn").is_none());
    }
}
