//! Options about the terminal.

use clap::Args;
use clap::ValueHint;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::config::builtin;
use crate::config::settings::{ColorChoice, Toggle};

/// Options about the terminal.
#[derive(Clone, Debug, Args)]
pub(crate) struct ScreenArgs {
    /// Number of colours
    #[arg(long, value_name = "WHAT", default_value = "auto", value_parser = colours(), help_heading = "Screen")]
    pub(crate) color: ColorChoice,
    /// Source of the number of colours.
    #[arg(skip)]
    pub(crate) color_source: ColorSource,
    /// Use ASCII only, or all characters [`--ascii` is `--ascii=on`]
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = choices(), help_heading = "Screen")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pub(crate) ascii: Toggle,
    /// Write for screen readers: the selection in words, no boxes, bars or columns; for reports too
    #[arg(long, help_heading = "Screen")]
    pub(crate) plain: bool,
    /// Colour theme
    #[arg(long, value_name = "NAME", help = about_themes(), help_heading = "Screen", value_hint = ValueHint::Other)]
    pub(crate) theme: Option<String>,
}

/// Source of the number of colours: only an option asks for emphasis in files and pipes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ColorSource {
    /// Option, or no value at all.
    #[default]
    Option,
    /// Settings file.
    Setting,
}

fn colours() -> impl TypedValueParser<Value = ColorChoice> {
    PossibleValuesParser::new(ColorChoice::WORDS.map(|(word, _)| word))
        .map(|word| ColorChoice::parse(&word).unwrap_or_default())
}

pub(super) fn choices() -> impl TypedValueParser<Value = Toggle> {
    PossibleValuesParser::new(Toggle::WORDS.map(|(word, _)| word)).map(|word| Toggle::parse(&word).unwrap_or_default())
}

/// Help of `--theme`. The user's themes are not listed, since they are known only after the settings are read.
fn about_themes() -> String {
    let names = builtin::names().collect::<Vec<_>>().join(", ");
    format!("Colour theme: auto (by COLORFGBG), {names}, or one of yours")
}
