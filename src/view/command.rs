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
    fn name(self) -> &'static str;
}

/// Length of [`hyphenated`] for a variant.
pub const fn hyphenated_length(variant: &str) -> usize {
    let (letters, mut length, mut at) = (variant.as_bytes(), variant.len(), 1);
    while at < letters.len() {
        length += letters[at].is_ascii_uppercase() as usize;
        at += 1;
    }
    length
}

/// Name of a variant in lower case with hyphens: `page-up` for `PageUp`.
pub const fn hyphenated<const LENGTH: usize>(variant: &str) -> [u8; LENGTH] {
    let (letters, mut name, mut at, mut end) = (variant.as_bytes(), [b'-'; LENGTH], 0, 0);
    while at < letters.len() {
        end += (at > 0 && letters[at].is_ascii_uppercase()) as usize;
        name[end] = letters[at].to_ascii_lowercase();
        (at, end) = (at + 1, end + 1);
    }
    name
}

/// Explicit name of an action, or the [`hyphenated`] name of its variant.
macro_rules! action_name {
    ($action:ident, $explicit:literal) => {
        $explicit
    };
    ($action:ident) => {{
        const VARIANT: &str = stringify!($action);
        const LETTERS: [u8; $crate::view::command::hyphenated_length(VARIANT)] =
            $crate::view::command::hyphenated(VARIANT);
        const NAME: &str = match std::str::from_utf8(&LETTERS) {
            Ok(name) => name,
            Err(_) => VARIANT,
        };
        NAME
    }};
}
pub(crate) use action_name;

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
            fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $crate::view::command::action_name!($action $(, $explicit)?),)+
                }
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
    #[test]
    fn an_action_is_named_after_its_variant_unless_a_name_is_given() {
        assert_eq!(action_name!(PageUp), "page-up");
        assert_eq!(action_name!(Up), "up");
        assert_eq!(action_name!(Open, "zoom-in"), "zoom-in");
    }
}
