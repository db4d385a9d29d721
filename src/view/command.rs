//! Command rows: the keys of an action, its help and its footer word. Keymap, footer, help and palette are made from
//! these rows, so that no key lacks its help.

/// Row of one command of a view.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow<A> {
    /// Keys as they are written in the settings file: `h`, `Left`, `Ctrl-L`.
    pub keys: &'static [&'static str],
    pub action: A,
    /// Help text, at most 25 cells.
    pub help: &'static str,
    /// Word in the footer; empty if the footer leaves the command out.
    pub foot: &'static str,
    /// Name of the action; `None` for that of [`Named::name`].
    pub name: Option<&'static str>,
    /// True if the command closes or cancels what is open.
    pub is_closing: bool,
}

/// Creates a row that the footer shows.
pub const fn footer_row<A>(
    keys: &'static [&'static str],
    action: A,
    help: &'static str,
    foot: &'static str,
) -> CommandRow<A> {
    CommandRow { keys, action, help, foot, name: None, is_closing: false }
}

/// Creates a row that only the help shows.
pub const fn row<A>(keys: &'static [&'static str], action: A, help: &'static str) -> CommandRow<A> {
    CommandRow { keys, action, help, foot: "", name: None, is_closing: false }
}

impl<A: Copy> CommandRow<A> {
    /// Marks the command as one that closes or cancels what is open.
    pub const fn closing(self) -> Self {
        Self { is_closing: true, ..self }
    }

    /// Gives the action another name.
    pub const fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }
}

/// Action with the name under which the command palette and the settings file know it.
pub trait Named: Copy {
    /// Name in lower case with hyphens: `page-up`.
    fn name(self) -> String;
}

/// Returns the explicit name of an action, or that of its variant: `page-up` for `PageUp`.
pub fn action_name(variant: &str, explicit: Option<&str>) -> String {
    if let Some(name) = explicit {
        return name.to_owned();
    }
    // A variant has a few words.
    let mut name = String::with_capacity(variant.len() + 3);
    for (at, letter) in variant.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Declares the actions of a view with their names, and in tests the list of all.
///
/// An action is named after its variant unless a name is given: `Zoom = "zoom-in"`. Actions with the same effect in two
/// views share a name; a key bound to the name then works in both views.
macro_rules! actions {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $action:ident $(= $explicit:literal)?,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$what])* $action,)+
        }

        impl $crate::view::command::Named for $name {
            fn name(self) -> String {
                let (variant, explicit): (&str, &[&str]) = match self {
                    $(Self::$action => (stringify!($action), &[$($explicit)?]),)+
                };
                $crate::view::command::action_name(variant, explicit.first().copied())
            }
        }

        #[cfg(test)]
        impl $name {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$action,)+];
        }
    };
}
pub(crate) use actions;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_named_after_its_variant_unless_a_name_is_given() {
        assert_eq!(action_name("PageUp", None), "page-up");
        assert_eq!(action_name("Up", None), "up");
        assert_eq!(action_name("Open", Some("zoom-in")), "zoom-in");
    }
}
