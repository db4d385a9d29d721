//! Commands as rows: the keys, what they do, and the words for it. Keymap, footer and help are made from these rows, so
//! that no key can be without help and no help without its key.

/// One command of a view.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow<A> {
    /// The keys, as they are written in the config file: `h`, `Left`, `Ctrl-L`.
    pub keys: &'static [&'static str],
    /// What they do.
    pub action: A,
    /// What that is, in a few words.
    pub help: &'static str,
    /// The word for it in the footer; empty where it is not worth the room.
    pub foot: &'static str,
}

/// A row that the footer names too.
pub const fn footer_row<A>(
    keys: &'static [&'static str],
    action: A,
    help: &'static str,
    foot: &'static str,
) -> CommandRow<A> {
    CommandRow { keys, action, help, foot }
}

/// A row that only the help names.
pub const fn row<A>(keys: &'static [&'static str], action: A, help: &'static str) -> CommandRow<A> {
    CommandRow { keys, action, help, foot: "" }
}

/// An action by the name that the command palette and the config file know it by.
pub trait Named: Copy {
    /// The name, in words with hyphens between them.
    fn name(self) -> String;
}

/// The name of an action: the one that is said, else that of its variant, `page-up` for `PageUp`.
pub fn named(variant: &str, said: Option<&str>) -> String {
    if let Some(said) = said {
        return said.to_owned();
    }
    let mut name = String::new();
    for (at, letter) in variant.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Declares the actions of a view with their names, and the list of them all, so that a test can ask for the row of
/// each. An action is named as its variant unless a name is said: `Zoom = "zoom-in"`. Two views share a name where they
/// mean the same by it, and then a key for the one is a key for the other.
macro_rules! actions {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $action:ident $(= $said:literal)?,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$what])* $action,)+
        }

        impl $crate::view::command::Named for $name {
            fn name(self) -> String {
                let (variant, said): (&str, &[&str]) = match self {
                    $(Self::$action => (stringify!($action), &[$($said)?]),)+
                };
                $crate::view::command::named(variant, said.first().copied())
            }
        }

        #[cfg(test)]
        impl $name {
            /// Every action there is.
            pub const ALL: &[Self] = &[$(Self::$action,)+];
        }
    };
}
pub(crate) use actions;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_named_as_its_variant_unless_a_name_is_said() {
        assert_eq!(named("PageUp", None), "page-up");
        assert_eq!(named("Up", None), "up");
        assert_eq!(named("Open", Some("zoom-in")), "zoom-in");
    }
}
