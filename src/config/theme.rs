//! Themes: what each part of the screen looks like, as a file says it.
//!
//! A theme names only what it changes; the rest comes from the theme that it inherits. Which of its colours a terminal
//! can show is not decided here.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::builtin;
use super::colour::ThemeColour;

/// A part that a theme gives a look to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Text that is only text.
    Text,
    /// What matters less.
    Dim,
    /// What matters more.
    Bold,
    /// The title of the screen or of a popup.
    Title,
    /// The header of a table.
    Header,
    /// A key in the footer and in the help.
    Key,
    /// The arrow at the column that a table is sorted by.
    SortMark,
    /// Lines between panes.
    Rule,
    /// The path to the zoomed frame.
    Crumb,
    /// A message in the status line.
    Status,
    /// A message that asks for attention.
    Warning,
    /// A message that something failed.
    Error,
    /// A text field.
    Input,
    /// The inside of a popup.
    Popup,
    /// A bar that shows a share.
    Bar,
    /// A caller of the zoomed frame.
    Ancestor,
    /// Frames too narrow to be shown one by one.
    Gathered,
    /// Whatever is selected; laid over its own look.
    Selected,
    /// A match of the search.
    Hit,
    /// Another instance of the selected function.
    SameFunction,
    /// The frame that holds all.
    Root,
    /// A frame of the language's runtime.
    Runtime,
    /// A frame with an address and no name.
    Unsymbolized,
    /// In a comparison, a frame that is as it was, or may be.
    Same,
    /// A frame that grew a little.
    GrewLight,
    /// A frame that grew.
    GrewMedium,
    /// A frame that grew much.
    GrewStrong,
    /// A frame that shrank a little.
    ShrankLight,
    /// A frame that shrank.
    ShrankMedium,
    /// A frame that shrank much.
    ShrankStrong,
    /// A frame that holds a little itself.
    SelfLittle,
    /// A frame that holds some itself.
    SelfSome,
    /// A frame that holds much itself.
    SelfMuch,
    /// A frame of the standard library.
    Standard,
    /// A frame of the program's own module.
    Own,
    /// A frame of another module.
    Vendor,
}

impl Role {
    /// Every role, in the order of the declaration.
    pub const ALL: [Self; 36] = [
        Self::Text,
        Self::Dim,
        Self::Bold,
        Self::Title,
        Self::Header,
        Self::Key,
        Self::SortMark,
        Self::Rule,
        Self::Crumb,
        Self::Status,
        Self::Warning,
        Self::Error,
        Self::Input,
        Self::Popup,
        Self::Bar,
        Self::Ancestor,
        Self::Gathered,
        Self::Selected,
        Self::Hit,
        Self::SameFunction,
        Self::Root,
        Self::Runtime,
        Self::Unsymbolized,
        Self::Same,
        Self::GrewLight,
        Self::GrewMedium,
        Self::GrewStrong,
        Self::ShrankLight,
        Self::ShrankMedium,
        Self::ShrankStrong,
        Self::SelfLittle,
        Self::SelfSome,
        Self::SelfMuch,
        Self::Standard,
        Self::Own,
        Self::Vendor,
    ];
}

/// What a terminal can do to text besides colouring it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attribute {
    /// Heavier.
    Bold,
    /// Fainter.
    Dim,
    /// With a line under it.
    Underline,
    /// With its two colours exchanged.
    Reverse,
}

/// The look of one role, as far as a theme says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoleLook {
    /// The colour of the text.
    pub fg: Option<ThemeColour>,
    /// The colour behind the text.
    pub bg: Option<ThemeColour>,
    /// The colour of the text where there are 16.
    pub fg16: Option<ThemeColour>,
    /// The colour behind the text where there are 16.
    pub bg16: Option<ThemeColour>,
    /// What is done to the text.
    pub attributes: Option<Vec<Attribute>>,
    /// What is done to it where there are no colours; without it the same as with colours.
    pub mono: Option<Vec<Attribute>>,
}

impl RoleLook {
    /// This look, with what it leaves open taken from `parent`.
    ///
    /// A colour given here does not keep the parent's substitute for 16 colours, which belonged to the old colour.
    fn over(&self, parent: &Self) -> Self {
        let substitute =
            |own: Option<ThemeColour>, full: Option<ThemeColour>, parent: Option<ThemeColour>| match (own, full) {
                (None, Some(ThemeColour::Rgb(..))) => None,
                (own, _) => own.or(parent),
            };
        let mono = match (&self.mono, &self.attributes) {
            (None, Some(_)) => None,
            (own, _) => own.clone().or_else(|| parent.mono.clone()),
        };
        Self {
            fg: self.fg.or(parent.fg),
            bg: self.bg.or(parent.bg),
            fg16: substitute(self.fg16, self.fg, parent.fg16),
            bg16: substitute(self.bg16, self.bg, parent.bg16),
            attributes: self.attributes.clone().or_else(|| parent.attributes.clone()),
            mono,
        }
    }
}

/// A hue of a package in two shades, for neighbours to take turns.
pub type Shades = [ThemeColour; 2];

/// A theme as a file says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ThemeFile {
    inherits: Option<String>,
    text: Option<ThemeColour>,
    text16: Option<ThemeColour>,
    fills: Option<Vec<Shades>>,
    fills16: Option<Vec<ThemeColour>>,
    roles: BTreeMap<Role, RoleLook>,
}

/// A theme with all that it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    text: ThemeColour,
    text16: ThemeColour,
    fills: Vec<Shades>,
    fills16: Vec<ThemeColour>,
    looks: BTreeMap<Role, RoleLook>,
}

/// A theme that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// The file is no TOML, or says what no theme says.
    #[error("theme `{theme}`: {reason}")]
    Unreadable {
        /// The theme's name.
        theme: String,
        /// What is wrong and in which line.
        reason: String,
    },
    /// The theme inherits from one that there is not.
    #[error("theme `{theme}` inherits from `{parent}`, which is no theme")]
    UnknownParent {
        /// The theme's name.
        theme: String,
        /// The parent that it names.
        parent: String,
    },
    /// The theme inherits from one that comes back to itself.
    #[error("theme `{theme}` inherits from `{parent}`, which leads round in a circle")]
    Cycle {
        /// The theme's name.
        theme: String,
        /// The parent that it names.
        parent: String,
    },
}

/// A theme that is read, and waits for the one that it inherits.
#[derive(Clone, Debug)]
pub struct Draft {
    name: String,
    file: ThemeFile,
}

impl ThemeError {
    /// The name of the theme that it is about.
    pub fn theme(&self) -> &str {
        match self {
            Self::Unreadable { theme, .. } | Self::UnknownParent { theme, .. } | Self::Cycle { theme, .. } => theme,
        }
    }
}

impl Draft {
    /// Reads a theme.
    ///
    /// # Errors
    /// [`ThemeError`] when `toml` is no theme.
    pub fn parse(name: &str, toml: &str) -> Result<Self, ThemeError> {
        let file = toml::from_str(toml).map_err(|error| ThemeError::Unreadable {
            theme: name.to_owned(),
            reason: place_and_reason(toml, &error),
        })?;
        Ok(Self { name: name.to_owned(), file })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of what it inherits.
    pub fn parent(&self) -> &str {
        self.file.inherits.as_deref().unwrap_or(builtin::DEFAULT)
    }

    /// That what it inherits comes back to itself.
    pub fn cycle(&self) -> ThemeError {
        ThemeError::Cycle { theme: self.name.clone(), parent: self.parent().to_owned() }
    }

    /// The theme over what it inherits, or over nothing where it says so.
    ///
    /// # Errors
    /// [`ThemeError`] when there is no such theme.
    pub fn over(self, parent: Option<Theme>) -> Result<Theme, ThemeError> {
        let parent = if self.parent() == NONE { Some(Theme::plain()) } else { parent };
        match parent {
            Some(parent) => Ok(parent.changed(&self.name, self.file)),
            None => Err(ThemeError::UnknownParent { parent: self.parent().to_owned(), theme: self.name }),
        }
    }
}

/// What a theme inherits that begins with nothing.
const NONE: &str = "none";

impl Theme {
    /// Reads a theme that inherits the built-in theme `default` unless it names another built-in one, or `none`.
    ///
    /// # Errors
    /// [`ThemeError`] when `toml` is no theme or inherits what is not built in.
    pub fn parse(name: &str, toml: &str) -> Result<Self, ThemeError> {
        let draft = Draft::parse(name, toml)?;
        let parent = builtin::theme(draft.parent());
        draft.over(parent)
    }

    /// The theme with nothing in it: the terminal's own colours everywhere.
    fn plain() -> Self {
        let name = NONE.to_owned();
        let looks = BTreeMap::new();
        Self { name, text: ThemeColour::None, text16: ThemeColour::None, fills: Vec::new(), fills16: Vec::new(), looks }
    }

    fn changed(mut self, name: &str, file: ThemeFile) -> Self {
        name.clone_into(&mut self.name);
        self.text = file.text.unwrap_or(self.text);
        self.text16 = file.text16.unwrap_or(self.text16);
        self.fills = file.fills.unwrap_or(self.fills);
        self.fills16 = file.fills16.unwrap_or(self.fills16);
        for (role, look) in file.roles {
            let inherited = self.looks.remove(&role).unwrap_or_default();
            self.looks.insert(role, look.over(&inherited));
        }
        self
    }

    /// What the theme is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The look of `role`; none where the theme leaves it to the terminal.
    pub fn look(&self, role: Role) -> Option<&RoleLook> {
        self.looks.get(&role)
    }

    /// The hues of packages.
    pub fn fills(&self) -> &[Shades] {
        &self.fills
    }

    /// The hues of packages where there are 16 colours.
    pub fn fills16(&self) -> &[ThemeColour] {
        &self.fills16
    }

    /// The colour of text on a package's hue.
    pub fn text(&self) -> ThemeColour {
        self.text
    }

    /// The colour of text on a package's hue where there are 16 colours.
    pub fn text16(&self) -> ThemeColour {
        self.text16
    }
}

impl Default for Theme {
    fn default() -> Self {
        builtin::theme(builtin::DEFAULT).unwrap_or_else(Self::plain)
    }
}

fn place_and_reason(toml: &str, error: &toml::de::Error) -> String {
    let message = error.message();
    match error.span().and_then(|span| toml.get(..span.start)) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_says_only_what_it_changes() {
        let theme = Theme::parse("mine", "[roles]\nhit = { bg = \"#ff00ff\" }\ntitle = { attributes = [] }").unwrap();
        let parent = Theme::default();
        assert_eq!((theme.name(), theme.fills()), ("mine", parent.fills()));
        let (hit, inherited) = (theme.look(Role::Hit).unwrap(), parent.look(Role::Hit).unwrap());
        assert_eq!((hit.bg, hit.fg), (Some(ThemeColour::Rgb(0xff, 0, 0xff)), inherited.fg));
        assert_eq!(hit.bg16, None, "the substitute was for the parent's colour");
        assert_eq!(hit.mono, inherited.mono);
        assert_eq!(theme.look(Role::Title).unwrap().attributes, Some(vec![]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let error = Theme::parse("mine", "\n[roles]\nhit = { bg = 300 }").unwrap_err().to_string();
        assert!(error.starts_with("theme `mine`: line 3: `300` is no colour"), "{error}");
        let error = Theme::parse("mine", "colour = 1").unwrap_err().to_string();
        assert!(error.starts_with("theme `mine`: line 1: unknown field `colour`"), "{error}");
        let error = Theme::parse("mine", "[roles]\nhat = {}").unwrap_err().to_string();
        assert!(error.contains("line 2: unknown variant `hat`"), "{error}");
        let error = Theme::parse("mine", "inherits = \"dusk\"").unwrap_err();
        assert_eq!(error.to_string(), "theme `mine` inherits from `dusk`, which is no theme");
    }
}
