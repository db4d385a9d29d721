//! Commands as rows: the keys, what they do, and the words for it. Keymap, footer and help are made from these rows, so
//! that no key can be without help and no help without its key.

/// One command of a view.
#[derive(Clone, Copy, Debug)]
pub struct Command<A> {
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
pub const fn told<A>(keys: &'static [&'static str], action: A, help: &'static str, foot: &'static str) -> Command<A> {
    Command { keys, action, help, foot }
}

/// A row that only the help names.
pub const fn row<A>(keys: &'static [&'static str], action: A, help: &'static str) -> Command<A> {
    Command { keys, action, help, foot: "" }
}

/// Declares the actions of a view, and the list of them all, so that a test can ask for the row of each.
macro_rules! actions {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $action:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$what])* $action,)+
        }

        #[cfg(test)]
        impl $name {
            /// Every action there is.
            pub const ALL: &[Self] = &[$(Self::$action,)+];
        }
    };
}
pub(crate) use actions;
