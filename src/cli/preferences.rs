//! Settings file and themes: finds and reads them, and applies them as defaults of the command line.

use std::ffi::OsString;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use crate::base::compact_sort::CompactSort;
use crate::base::safe_text::safe_str;
use crate::config::file::{Binding, SettingsFile};
use crate::config::theme::Draft;
use crate::config::themes::Themes;
use crate::source::{Address, SourceError};

use super::args::CommandLine;
use super::environment::{Variables, settings_folder};
use super::message::CliFailure;
use super::screen_args::ColorSource;
use super::settings::{chosen, drop_unusable, no_theme, preferred_sample_type, setting_lines, with_defaults};
use super::unused_options::{check_unused, warn_of_unused};

/// Maximum size of a settings file or theme, in bytes, and maximum number of themes.
const MOST_BYTES: u64 = 1 << 20;
const MOST_THEMES: usize = 100;
/// Maximum number of messages printed about one file; the others are counted.
const MAX_WARNINGS: usize = 20;

/// Sample type named in the settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PreferredSampleType {
    /// Name.
    pub(crate) name: String,
    /// File and line of the setting.
    pub(crate) place: String,
}

/// Settings of the user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preferences {
    /// Available themes.
    pub(crate) themes: Themes,
    /// Key bindings.
    pub(crate) keys: Vec<Binding>,
    /// Settings with their origin, one line each.
    pub(crate) setting_lines: Vec<String>,
    /// Errors in the files, one line each.
    pub(crate) warnings: Vec<String>,
    /// Name of the settings file.
    pub(crate) file: String,
    /// Sample type to start with, if the profile has it.
    pub(crate) sample_type: Option<PreferredSampleType>,
}

/// Location of the settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SettingsLocation {
    /// Named by `--config`.
    FromOption(PathBuf),
    /// Named by `HEAPGLASS_CONFIG`.
    FromVariable(PathBuf),
    /// Default location.
    UserDefault(PathBuf),
    /// No home directory, or the settings file is disabled.
    NoFile,
}

impl SettingsLocation {
    /// Finds the location. An empty `HEAPGLASS_CONFIG` means no file.
    pub(crate) fn find(typed: Option<&Path>, variables: Variables<'_>) -> Self {
        if let Some(path) = typed {
            return Self::FromOption(path.to_owned());
        }
        match variables("HEAPGLASS_CONFIG") {
            Some(path) if path.is_empty() => return Self::NoFile,
            Some(path) => return Self::FromVariable(path.into()),
            None => {}
        }
        settings_folder(variables).map_or(Self::NoFile, |folder| Self::UserDefault(folder.join("config.toml")))
    }

    /// Path of the file; `None` if there is none.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::FromOption(path) | Self::FromVariable(path) | Self::UserDefault(path) => Some(path),
            Self::NoFile => None,
        }
    }
}

/// Parses the command line, with the settings as defaults.
///
/// # Errors
/// Error of the parser, or [`CliFailure`] if the file of `--config` does not exist or the theme is unknown.
pub(crate) fn parse_with_settings(
    args: &[OsString],
    variables: Variables<'_>,
) -> Result<Result<(CommandLine, Preferences), CliFailure>, clap::Error> {
    let args = &config_after_command(args);
    let matches = CommandLine::command().try_get_matches_from(args)?;
    let first = CommandLine::from_arg_matches(&matches)?;
    if let Err(failure) = check_unused(&matches) {
        return Ok(Err(failure));
    }
    if !first.has_preferences() {
        return Ok(Ok((first, Preferences::default())));
    }
    let place = SettingsLocation::find(first.config.as_deref(), variables);
    let mut preferences = Preferences::default();
    preferences.themes = themes(&place, &mut preferences.warnings);
    let file = match read(&place, &mut preferences.warnings) {
        Ok(file) => file,
        Err(failure) => return Ok(Err(failure)),
    };
    let (mut chosen, mut wrong) = chosen(&file, &preferences.themes);
    wrong.extend_from_slice(&file.warnings);
    wrong.extend(drop_unusable(&mut chosen, &matches));
    wrong.compact_sort_by_key(|warning| warning.line);
    let said = wrong.iter().take(MAX_WARNINGS).map(|warning| named(&place, &warning.to_string()));
    preferences.warnings.extend(said);
    if let Some(more) = wrong.len().checked_sub(MAX_WARNINGS).filter(|more| *more > 0) {
        preferences.warnings.push(named(&place, &format!("and {more} more lines that are not understood")));
    }
    preferences.file = name(&place);
    let (matches, line) = if chosen.is_empty() {
        (matches, first)
    } else {
        let matches = with_defaults(CommandLine::command(), &chosen).try_get_matches_from(args)?;
        let mut line = CommandLine::from_arg_matches(&matches)?;
        // Not every command has colours.
        let options = effective(&matches);
        if options.try_contains_id("color").is_ok() && options.value_source("color") == Some(ValueSource::DefaultValue)
        {
            line.set_color_source(ColorSource::Setting);
        }
        (matches, line)
    };
    if let Some(asked) = line.theme().filter(|name| preferences.themes.find(name).is_none()) {
        let (line, hint) = no_theme(asked, &preferences.themes);
        return Ok(Err(CliFailure::input(line, Some(hint))));
    }
    warn_of_unused(&matches);
    let path = place.path().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let state = if file == SettingsFile::default() { ", nothing in it" } else { "" };
    preferences.setting_lines = vec![format!("settings file: {path}{state}"), String::new()];
    preferences.setting_lines.extend(setting_lines(&chosen, effective(&matches)));
    preferences.keys = file.bindings;
    preferences.sample_type = preferred_sample_type(&chosen).map(|one| PreferredSampleType {
        name: one.values.concat(),
        place: named(&place, &format!("line {}", one.line)),
    });
    Ok(Ok((line, preferences)))
}

/// Moves `--config` from before the name of a command to after it, where the parser expects options of the command.
fn config_after_command(args: &[OsString]) -> Vec<OsString> {
    let mut args = args.to_vec();
    let words = match args.get(1).and_then(|arg| arg.to_str()) {
        Some("--config") => 2,
        Some(arg) if arg.starts_with("--config=") => 1,
        _ => return args,
    };
    let is_word = |arg: &OsString| !arg.as_encoded_bytes().starts_with(b"-");
    if args.get(1 + words).is_some_and(is_word) {
        args[1..=1 + words].rotate_left(words);
    }
    args
}

/// Arguments of the command, or those of the explorer if there is no command.
fn effective(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| matches)
}

/// Name of the settings file.
fn name(place: &SettingsLocation) -> String {
    let name = place.path().and_then(Path::file_name).unwrap_or_default();
    safe_str(&name.to_string_lossy()).into_owned()
}

/// Message about the settings file.
fn named(place: &SettingsLocation, line: &str) -> String {
    format!("{}, {line}", name(place))
}

/// Reads the settings file. A missing file at the default location counts as empty.
fn read(place: &SettingsLocation, warnings: &mut Vec<String>) -> Result<SettingsFile, CliFailure> {
    let Some(path) = place.path() else { return Ok(SettingsFile::default()) };
    match bytes(path) {
        Ok(bytes) => Ok(SettingsFile::parse_bytes(&bytes)),
        Err(why) => {
            let line = format!("{}: {why}", safe_str(&path.to_string_lossy()));
            match (place, why) {
                (SettingsLocation::FromOption(_), _) => {
                    let hint = "`heapglass config` prints a file to begin with";
                    return Err(CliFailure::input(line, Some(hint.to_owned())));
                }
                (SettingsLocation::UserDefault(_), ReadFailure::Missing) => {}
                _ => warnings.push(line),
            }
            Ok(SettingsFile::default())
        }
    }
}

/// Reason why a file cannot be read.
#[derive(Debug)]
enum ReadFailure {
    Missing,
    Other(String),
}

impl From<SourceError> for ReadFailure {
    fn from(error: SourceError) -> Self {
        if matches!(error, SourceError::Missing) { Self::Missing } else { Self::Other(error.to_string()) }
    }
}

impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => SourceError::Missing.fmt(f),
            Self::Other(why) => f.write_str(why),
        }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, ReadFailure> {
    let mut bytes = Vec::new();
    let file = Address::File(path.to_owned()).open()?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(SourceError::from)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ReadFailure::Other("it is larger than 1 MiB".to_owned()));
    }
    Ok(bytes)
}

fn text(path: &Path) -> Result<String, ReadFailure> {
    String::from_utf8(bytes(path)?).map_err(|_| ReadFailure::Other("it is not UTF-8".to_owned()))
}

/// Themes in the folder beside the settings file.
fn themes(place: &SettingsLocation, warnings: &mut Vec<String>) -> Themes {
    let folder = place.path().and_then(Path::parent).map(|folder| folder.join("themes"));
    let members = folder.map(|folder| Address::Dir(folder).members()).and_then(Result::ok).unwrap_or_default();
    let (mut drafts, mut refused) = (Vec::new(), Vec::new());
    for member in members.iter().take(MOST_THEMES) {
        let Address::File(path) = member else { continue };
        let Some(name) = path.file_stem().and_then(|name| name.to_str()).filter(|_| is_toml(path)) else { continue };
        let theme = text(path).map_err(|why| format!("theme `{name}`: {why}"));
        match theme.and_then(|text| Draft::parse(name, &text).map_err(|why| why.to_string())) {
            Ok(draft) => drafts.push(draft),
            // The message may have several lines.
            Err(why) => refused.push((name, safe_str(why.lines().next().unwrap_or_default()).into_owned())),
        }
    }
    let (mut themes, errors) = Themes::of(drafts);
    for (name, why) in refused {
        themes.refuse(name, &why);
        warnings.push(why);
    }
    warnings.extend(errors.iter().map(|error| safe_str(&error.to_string()).into_owned()));
    themes
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(typed: Option<&str>, variables: &[(&str, &str)]) -> SettingsLocation {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        SettingsLocation::find(typed.map(Path::new), &get)
    }

    #[test]
    fn a_config_that_stands_first_belongs_to_the_command_after_it() {
        let moved = |args: &str| {
            let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
            let args: Vec<String> =
                config_after_command(&args).into_iter().map(|arg| arg.into_string().unwrap()).collect();
            args.join(" ")
        };
        assert_eq!(moved("h --config a config --path"), "h config --config a --path");
        assert_eq!(moved("h --config=a report top x"), "h report --config=a top x");
        for same in ["h", "h --config", "h --config a", "h --config a --demo", "h report --config a", "h --config=a"] {
            assert_eq!(moved(same), same);
        }
    }

    #[test]
    fn the_file_is_where_it_is_said_to_be_or_where_settings_are_kept() {
        let all = [("HEAPGLASS_CONFIG", "mine.toml"), ("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(place(Some("typed.toml"), &all), SettingsLocation::FromOption("typed.toml".into()));
        assert_eq!(place(None, &all), SettingsLocation::FromVariable("mine.toml".into()));
        assert_eq!(place(None, &all[1..]), SettingsLocation::UserDefault("/x/heapglass/config.toml".into()));
        assert_eq!(place(None, &all[2..]), SettingsLocation::UserDefault("/h/.config/heapglass/config.toml".into()));
        assert_eq!(place(None, &[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]), place(None, &all[2..]));
        assert_eq!(place(None, &[("HEAPGLASS_CONFIG", ""), ("HOME", "/h")]), SettingsLocation::NoFile);
        assert_eq!(place(None, &[]), SettingsLocation::NoFile);
    }
}
