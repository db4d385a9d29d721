//! Themes: the style of each part of the screen, in file form.
//!
//! A theme lists its differences from the theme that it inherits. Reduction to the colours of a terminal belongs to
//! `paint`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::colour::ThemeColour;

/// Part of the screen with a style of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Plain text.
    Text,
    /// Answer in one line below the title.
    Headline,
    /// Less important text.
    Dim,
    /// More important text.
    Bold,
    /// Title of the screen or a popup.
    Title,
    /// Head of a table.
    Header,
    /// Key in the footer and in the help.
    Key,
    /// Arrow at the column that a table is sorted by.
    SortMark,
    /// Lines between panes.
    Rule,
    /// Path to the zoomed frame.
    Crumb,
    /// Message in the status line.
    Status,
    /// Warning.
    Warning,
    /// Error.
    Error,
    /// Text field.
    Input,
    /// Inside of a popup.
    Popup,
    /// Bar that shows a share.
    Bar,
    /// Caller of the zoomed frame.
    Ancestor,
    /// Line of a sparkline or plot.
    Plot,
    /// Gathered block of frames too narrow for a cell.
    Gathered,
    /// Frame too narrow for text.
    Narrow,
    /// Selection of the focused pane, applied on top of another style.
    Selected,
    /// Selection of a pane without focus, applied on top of another style.
    SelectedUnfocused,
    /// Match of the search.
    Hit,
    /// Other node of the selected function.
    SameFunction,
    /// Root frame.
    Root,
    /// Frame of the language's runtime.
    Runtime,
    /// Frame with an address but no name.
    Unsymbolized,
    /// Unchanged frame of a comparison, or one whose change is within noise.
    Same,
    /// Frame that grew a little.
    GrewLight,
    /// Frame that grew.
    GrewMedium,
    /// Frame that grew much.
    GrewStrong,
    /// Frame that shrank a little.
    ShrankLight,
    /// Frame that shrank.
    ShrankMedium,
    /// Frame that shrank much.
    ShrankStrong,
    /// Figure of growth in a table.
    GrewText,
    /// Figure of shrinkage in a table.
    ShrankText,
    /// Frame with a small self share.
    SelfLittle,
    /// Frame with a medium self share.
    SelfSome,
    /// Frame with a large self share.
    SelfMuch,
    /// Frame of the standard library.
    Standard,
    /// Frame of the program's own module.
    Own,
    /// Frame of another module.
    Vendor,
}

impl Role {
    /// All roles, in declaration order.
    pub const ALL: [Self; 42] = [
        Self::Text,
        Self::Headline,
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
        Self::Plot,
        Self::Gathered,
        Self::Narrow,
        Self::Selected,
        Self::SelectedUnfocused,
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
        Self::GrewText,
        Self::ShrankText,
        Self::SelfLittle,
        Self::SelfSome,
        Self::SelfMuch,
        Self::Standard,
        Self::Own,
        Self::Vendor,
    ];
}

/// Text attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attribute {
    Bold,
    Dim,
    Underline,
    /// Foreground and background swapped.
    Reverse,
}

/// Style of one role, as far as a theme defines it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoleStyle {
    /// Foreground.
    pub fg: Option<ThemeColour>,
    /// Background.
    pub bg: Option<ThemeColour>,
    /// Foreground with 16 colours.
    pub fg16: Option<ThemeColour>,
    /// Background with 16 colours.
    pub bg16: Option<ThemeColour>,
    /// Attributes.
    pub attributes: Option<Vec<Attribute>>,
    /// Attributes without colours; by default the same as with colours.
    pub mono: Option<Vec<Attribute>>,
}

impl RoleStyle {
    /// This style, with its gaps filled from `parent`.
    ///
    /// A colour defined here drops the parent's substitute for 16 colours, which belonged to the old colour.
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

/// Colour of a package in two shades, which alternate between neighbours.
pub type Shades = [ThemeColour; 2];

/// Theme in file form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ThemeFile {
    inherits: Option<String>,
    text: Option<ThemeColour>,
    text16: Option<ThemeColour>,
    fills: Option<Vec<Shades>>,
    fills16: Option<Vec<ThemeColour>>,
    roles: BTreeMap<Role, RoleStyle>,
}

/// Theme with everything that it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    text: ThemeColour,
    text16: ThemeColour,
    fills: Vec<Shades>,
    fills16: Vec<ThemeColour>,
    styles: BTreeMap<Role, RoleStyle>,
}

/// Invalid theme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// The file is no TOML, or has unknown keys.
    #[error("theme `{theme}`: {reason}")]
    Unreadable {
        /// Name of the theme.
        theme: String,
        /// Fault with its line.
        reason: String,
    },
    /// The parent does not exist.
    #[error("theme `{theme}` inherits from `{parent}`, which does not exist")]
    UnknownParent {
        /// Name of the theme.
        theme: String,
        /// Name of the parent.
        parent: String,
    },
    /// The theme inherits from itself.
    #[error("theme `{theme}` inherits from `{parent}`, which is a cycle")]
    Cycle {
        /// Name of the theme.
        theme: String,
        /// Name of the parent.
        parent: String,
    },
}

/// Parsed theme whose parent is not applied yet.
#[derive(Clone, Debug)]
pub struct Draft {
    name: String,
    file: ThemeFile,
}

impl ThemeError {
    /// Name of the invalid theme.
    pub fn theme(&self) -> &str {
        match self {
            Self::Unreadable { theme, .. } | Self::UnknownParent { theme, .. } | Self::Cycle { theme, .. } => theme,
        }
    }
}

impl Draft {
    /// Parses a theme.
    ///
    /// # Errors
    /// [`ThemeError`] if `toml` is no theme.
    pub fn parse(name: &str, toml: &str) -> Result<Self, ThemeError> {
        let file = toml::from_str(toml).map_err(|error| ThemeError::Unreadable {
            theme: name.to_owned(),
            reason: place_and_reason(toml, &error),
        })?;
        Ok(Self { name: name.to_owned(), file })
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the parent.
    pub fn parent(&self) -> &str {
        self.file.inherits.as_deref().unwrap_or(DEFAULT)
    }

    /// Error for a cycle of inheritance.
    pub fn cycle(&self) -> ThemeError {
        ThemeError::Cycle { theme: self.name.clone(), parent: self.parent().to_owned() }
    }

    /// Applies the theme on top of its parent; without one, the theme must inherit nothing.
    ///
    /// # Errors
    /// [`ThemeError`] if the parent is missing.
    pub fn over(self, parent: Option<Theme>) -> Result<Theme, ThemeError> {
        let parent = if self.parent() == NONE { Some(Theme::plain()) } else { parent };
        match parent {
            Some(parent) => Ok(parent.changed(&self.name, self.file)),
            None => Err(ThemeError::UnknownParent { parent: self.parent().to_owned(), theme: self.name }),
        }
    }
}

/// Name of the default theme, the parent of the others.
pub const DEFAULT: &str = "default";

/// Name of the empty parent.
const NONE: &str = "none";

impl Theme {
    /// Empty theme: the default colours of the terminal everywhere.
    pub fn plain() -> Self {
        let name = NONE.to_owned();
        let styles = BTreeMap::new();
        Self {
            name,
            text: ThemeColour::None,
            text16: ThemeColour::None,
            fills: Vec::new(),
            fills16: Vec::new(),
            styles,
        }
    }

    fn changed(mut self, name: &str, file: ThemeFile) -> Self {
        name.clone_into(&mut self.name);
        self.text = file.text.unwrap_or(self.text);
        self.text16 = file.text16.unwrap_or(self.text16);
        self.fills = file.fills.unwrap_or(self.fills);
        self.fills16 = file.fills16.unwrap_or(self.fills16);
        for (role, style) in file.roles {
            let inherited = self.styles.remove(&role).unwrap_or_default();
            self.styles.insert(role, style.over(&inherited));
        }
        self
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Style of `role`; `None` for the default of the terminal.
    pub fn style_of(&self, role: Role) -> Option<&RoleStyle> {
        self.styles.get(&role)
    }

    /// Fills of packages.
    pub fn fills(&self) -> &[Shades] {
        &self.fills
    }

    /// Fills of packages with 16 colours.
    pub fn fills16(&self) -> &[ThemeColour] {
        &self.fills16
    }

    /// Foreground on the fill of a package.
    pub fn text(&self) -> ThemeColour {
        self.text
    }

    /// Foreground on the fill of a package, with 16 colours.
    pub fn text16(&self) -> ThemeColour {
        self.text16
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
        let (hit, inherited) = (theme.style_of(Role::Hit).unwrap(), parent.style_of(Role::Hit).unwrap());
        assert_eq!((hit.bg, hit.fg), (Some(ThemeColour::Rgb(0xff, 0, 0xff)), inherited.fg));
        assert_eq!(hit.bg16, None, "the substitute was for the parent's colour");
        assert_eq!(hit.mono, inherited.mono);
        assert_eq!(theme.style_of(Role::Title).unwrap().attributes, Some(vec![]));
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let error = Theme::parse("mine", "\n[roles]\nhit = { bg = 300 }").unwrap_err().to_string();
        assert!(error.starts_with("theme `mine`: line 3: `300` is not a colour"), "{error}");
        let error = Theme::parse("mine", "colour = 1").unwrap_err().to_string();
        assert!(error.starts_with("theme `mine`: line 1: unknown field `colour`"), "{error}");
        let error = Theme::parse("mine", "[roles]\nhat = {}").unwrap_err().to_string();
        assert!(error.contains("line 2: unknown variant `hat`"), "{error}");
        let error = Theme::parse("mine", "inherits = \"dusk\"").unwrap_err();
        assert_eq!(error.to_string(), "theme `mine` inherits from `dusk`, which does not exist");
    }
}
