//! Settings: the keys of the settings file, each of which is an option of the command line.
//!
//! A value in the file becomes the default of its option: the option's own parser reads it, and the command line takes
//! precedence. A row describes a setting completely.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _};

use crate::analysis::Granularity;
use crate::app::keymap::Keymap;
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::config::file::{SettingEntry, SettingValue, SettingsFile, SettingsWarning};
use crate::config::themes::Themes;
use crate::source::source_files::SourceFinder;

use super::args::CommandLine;
use super::flags::{FLAGS, SAMPLE_TYPE, Setting, SettingKind};
use super::message::CliFailure;

/// Keys of settings that depend on files.
const SOURCE_PATH: &str = "source_path";
const GRANULARITY: &str = "granularity";

/// All settings, in the order in which they are printed.
pub(super) fn settings() -> impl Iterator<Item = Setting> {
    FLAGS.iter().filter_map(|flag| flag.setting)
}

/// Setting that the file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenSetting {
    /// Key.
    pub(crate) key: &'static str,
    option: &'static str,
    /// Default for the option; several for an option that is repeatable.
    pub(crate) values: Vec<String>,
    /// Value as written in the file.
    written: String,
    /// Line number in the file.
    pub(crate) line: usize,
}

/// Settings of a file, and messages about errors in it.
pub(crate) fn chosen(file: &SettingsFile, themes: &Themes) -> (Vec<ChosenSetting>, Vec<SettingsWarning>) {
    let (mut chosen, mut warnings) = (Vec::new(), Vec::new());
    for SettingEntry { key, value, line } in &file.entries {
        let mut warn = |text| warnings.push(SettingsWarning { line: *line, text });
        let Some(setting) = settings().find(|setting| setting.key == key) else {
            let meant = nearest(key, settings().map(|setting| setting.key));
            let meant = meant.map(|key| format!(", did you mean `{key}`?")).unwrap_or_default();
            warn(format!("`{}` is not a setting{meant}", safe_str(key)));
            continue;
        };
        match setting.value(value, themes) {
            Ok(None) => {}
            Ok(Some(values)) => chosen.push(ChosenSetting {
                key: setting.key,
                option: setting.option,
                values,
                written: written(value),
                line: *line,
            }),
            Err(why) => warn(format!("`{key}`: {why}")),
        }
    }
    (chosen, warnings)
}

/// Removes settings that cannot be used in this run; returns a warning for each. What was typed takes precedence over a
/// setting, and is left to its own check.
pub(crate) fn drop_unusable(chosen: &mut Vec<ChosenSetting>, typed: &ArgMatches) -> Vec<SettingsWarning> {
    let (is_gate, options) = match typed.subcommand() {
        Some((command, options)) => (command == "check", options),
        None => (false, typed),
    };
    let is_typed = |id: &str| options.value_source(id) == Some(ValueSource::CommandLine);
    let is_used = |id: &str| options.try_contains_id(id).is_ok() && !is_typed(id);
    let is_of_owners = |values: &[String]| values.iter().any(|value| value == Granularity::Owners.word());
    let mut warnings = Vec::new();
    for ChosenSetting { key, values, line, .. } in &mut *chosen {
        let mut warn = |text| warnings.push(SettingsWarning { line: *line, text });
        match *key {
            SOURCE_PATH if is_used(SOURCE_PATH) => values.retain(|folder| {
                let found = SourceFinder::default().add_folder(Path::new(folder));
                found.inspect_err(|why| warn(format!("`{SOURCE_PATH}`: {}: {why}", safe_str(folder)))).is_ok()
            }),
            GRANULARITY if is_of_owners(values) && is_used(GRANULARITY) && !is_gate && !is_typed("owners") => {
                warn(format!("`{GRANULARITY}`: `owners` needs their rules: `--owners CODEOWNERS` names the file"));
                values.clear();
            }
            _ => {}
        }
    }
    chosen.retain(|setting| !setting.values.is_empty());
    warnings
}

/// Options of the explorer, declared once, since the declaration takes a third of a millisecond.
static DECLARED: LazyLock<Vec<Arg>> = LazyLock::new(|| CommandLine::command().get_arguments().cloned().collect());

impl Setting {
    /// Default for the option; `None` if the value sets no default.
    fn value(&self, value: &SettingValue, themes: &Themes) -> Result<Option<Vec<String>>, String> {
        match (self.kind, value) {
            (SettingKind::Word(_), SettingValue::List(texts)) if self.is_list() => {
                texts.iter().try_for_each(|text| self.read(text))?;
                Ok((!texts.is_empty()).then(|| texts.clone()))
            }
            (_, SettingValue::List(_)) => Err(self.wrong_type()),
            (_, value) => self.one_value(value, themes).map(|value| value.map(|value| vec![value])),
        }
    }

    /// Reason for a value of the wrong type.
    fn wrong_type(&self) -> String {
        let types = match self.kind {
            SettingKind::On | SettingKind::Off => "true or false",
            SettingKind::Word(_) if self.is_list() => "a text or a list of texts",
            SettingKind::Word(_) => "a text or a number",
        };
        format!("takes {types}")
    }

    /// Default for the option from a value that is no list.
    fn one_value(&self, value: &SettingValue, themes: &Themes) -> Result<Option<String>, String> {
        match (self.kind, value) {
            (SettingKind::Word(_), SettingValue::Text(text)) if text.is_empty() => Ok(None),
            // An error in the theme is reported for the theme's own file.
            (SettingKind::Word(_), SettingValue::Text(text))
                if self.key == "theme" && themes.refusal(text).is_some() =>
            {
                Ok(None)
            }
            (SettingKind::Word(_), SettingValue::Text(text)) if self.key == "theme" => {
                themes.find(text).map(|_| Some(text.clone())).ok_or_else(|| {
                    let (line, hint) = no_theme(text, themes);
                    format!("{line}: {hint}")
                })
            }
            (SettingKind::Word(_), SettingValue::Text(text)) => self.read(text).map(|()| Some(text.clone())),
            (SettingKind::On, SettingValue::Flag(flag)) => Ok(flag.then(|| "true".to_owned())),
            (SettingKind::Off, SettingValue::Flag(flag)) => Ok((!flag).then(|| "true".to_owned())),
            // The mouse was a switch in earlier versions of the settings file.
            (SettingKind::Word(_), SettingValue::Flag(flag)) if self.key == "mouse" => {
                Ok(Some(if *flag { "on" } else { "off" }.to_owned()))
            }
            _ => Err(self.wrong_type()),
        }
    }

    /// Parses a value with the option's parser.
    fn read(&self, text: &str) -> Result<(), String> {
        let Some(arg) = self.arg() else { return Ok(()) };
        let words: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        let probe = Command::new("probe").no_binary_name(true).disable_help_flag(true).arg(arg);
        let read = probe.try_get_matches_from([format!("--{}={text}", self.option)]);
        read.map(drop).map_err(|error| {
            let meant = nearest(text, words.iter().map(String::as_str)).map(|word| format!("did you mean `{word}`?"));
            let listed = (!words.is_empty()).then(|| format!("there are {}", words.join(", ")));
            // The parser's message names an option that was not typed; only the reason at its end is used.
            let failure = CliFailure::from(&error);
            let reason = || failure.lines().first().and_then(|line| line.rsplit(": ").next()).unwrap_or("").to_owned();
            format!("invalid value `{}`: {}", safe_str(text), meant.or(listed).unwrap_or_else(reason))
        })
    }

    /// Declaration of the option for the explorer.
    fn arg(&self) -> Option<&'static Arg> {
        DECLARED.iter().find(|arg| arg.get_long() == Some(self.option))
    }

    /// Returns true if the option is repeatable, so that the setting takes a list.
    pub(super) fn is_list(&self) -> bool {
        self.arg().is_some_and(|arg| matches!(arg.get_action(), ArgAction::Append))
    }

    /// Id of the option among the arguments. Looking it up in the declaration would declare all options, which took
    /// most of the start-up time.
    fn id(&self) -> String {
        self.option.replace('-', "_")
    }

    /// Description, and the default if the help of the option names one.
    pub(super) fn help(&self) -> (String, Option<String>) {
        let help = self.arg().and_then(|arg| arg.get_help().map(ToString::to_string)).unwrap_or_default();
        match help.split_once(" [") {
            Some((help, usual)) => {
                let usual = usual.trim_end_matches(']').strip_prefix("default: ");
                (help.to_owned(), usual.map(str::to_owned))
            }
            None => (help, None),
        }
    }

    /// Possible values, if they are few.
    pub(super) fn words(&self) -> Vec<String> {
        let arg = self.arg().filter(|_| matches!(self.kind, SettingKind::Word(_)));
        let values = arg.map(Arg::get_possible_values).unwrap_or_default();
        values.iter().map(|value| value.get_name().to_owned()).collect()
    }

    /// Built-in default, as written in the file.
    pub(super) fn usual(&self) -> String {
        match self.kind {
            SettingKind::Word(word) if word.parse::<i64>().is_ok() => word.to_owned(),
            SettingKind::Word(word) => quoted(word),
            SettingKind::On => "false".to_owned(),
            SettingKind::Off => "true".to_owned(),
        }
    }
}

/// Message for an unknown theme, with a hint.
pub(crate) fn no_theme(asked: &str, themes: &Themes) -> (String, String) {
    if let Some(why) = themes.refusal(asked) {
        return (safe_str(why).into_owned(), "without `--theme` the default theme is used".to_owned());
    }
    let names = themes.names();
    let meant = themes.nearest(asked).map(|name| format!("did you mean `{name}`?"));
    let meant = meant.unwrap_or_else(|| format!("there are {}", names.join(", ")));
    (format!("no theme is called `{}`", safe_str(asked)), meant)
}

fn written(value: &SettingValue) -> String {
    match value {
        SettingValue::Text(text) => quoted(text),
        SettingValue::Flag(flag) => flag.to_string(),
        SettingValue::List(texts) => {
            format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Quotes a text for TOML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Command line with the settings as defaults of its options.
pub(crate) fn with_defaults(command: Command, chosen: &[ChosenSetting]) -> Command {
    let is_of = |one: &&ChosenSetting, arg: &Arg| one.key != SAMPLE_TYPE && arg.get_long() == Some(one.option);
    let set = |arg: Arg| match chosen.iter().find(|one| is_of(one, &arg)) {
        Some(one) => arg.default_values(one.values.clone()),
        None => arg,
    };
    let set_of_gate = |arg: Arg| if is_of_gate(&arg) { arg } else { set(arg) };
    command.mut_args(set).mut_subcommands(|command| match command.get_name() {
        "check" => command.mut_args(set_of_gate),
        _ => command.mut_args(set),
    })
}

/// Returns true for an option that affects the result of `check`: a settings file cannot set it there.
fn is_of_gate(arg: &Arg) -> bool {
    const OF_GATE: [&str; 8] =
        ["unit", "normalize", "aggregate", "match", "granularity", "all-frames", "no-inlines", "fold-recursion"];
    arg.get_long().is_some_and(|option| OF_GATE.contains(&option))
}

/// Sample type of the settings. It is not a default of the option, since the profile may not have it.
pub(crate) fn preferred_sample_type(chosen: &[ChosenSetting]) -> Option<&ChosenSetting> {
    chosen.iter().find(|one| one.key == SAMPLE_TYPE)
}

/// Settings with their origin, one line each; `typed` are the parsed arguments.
pub(crate) fn setting_lines(chosen: &[ChosenSetting], typed: &ArgMatches) -> Vec<String> {
    let lines = settings().map(|setting| {
        let id = setting.id();
        // Not every command has every option.
        let raw = typed.try_get_raw(&id).ok().flatten().and_then(|mut values| values.next());
        let is_typed = raw.is_some() && typed.value_source(&id) == Some(ValueSource::CommandLine);
        let raw = raw.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
        let (value, origin) = match chosen.iter().find(|one| one.key == setting.key) {
            _ if is_typed && !matches!(setting.kind, SettingKind::Word(_)) => (
                String::from(if matches!(setting.kind, SettingKind::On) { "true" } else { "false" }),
                format!("--{}", setting.option),
            ),
            _ if is_typed => (quoted(&raw), format!("--{}", setting.option)),
            Some(one) => (one.written.clone(), format!("line {}", one.line)),
            None => (setting.usual(), "built in".to_owned()),
        };
        format!("{:<16} {value:<14} {origin}", setting.key)
    });
    lines.collect()
}

/// All settings with defaults and descriptions, as a settings file with all lines commented out.
pub(crate) fn printed() -> String {
    let mut text = "\
# Settings of heapglass. Every line is optional, and says what holds without it: take the mark away to change it.
# What is typed on the command line wins over this file, and this file over the environment.
"
    .to_owned();
    for setting in settings() {
        let (help, usual) = setting.help();
        let help = help + &usual.map(|usual| format!("; without it {usual}")).unwrap_or_default();
        let words = setting.words();
        let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
        let no = if matches!(setting.kind, SettingKind::Off) { "false: " } else { "" };
        let _ = write!(text, "\n# {no}{help}{words}\n# {} = {}\n", setting.key, setting.usual());
    }
    text.push_str(
        "\n# Keys: a key or a list of keys for an action, in all views that have it; an empty list unbinds it. Keys are
# characters, Enter, Esc, Tab, Shift-Tab, Backspace, Delete, Insert, Up, Down, Left, Right, Home, End, PageUp,
# PageDown, Space, and Ctrl- with a letter. Where text is typed, characters stay text. Ctrl-C always interrupts.
[keys]\n",
    );
    let keymap = Keymap::default();
    let mut known: Vec<&str> = Vec::new();
    for (_, section) in keymap.everything() {
        let rows: Vec<_> = section.rows.iter().filter(|row| !known.contains(&row.name)).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n# {}", section.title);
        for row in rows {
            let keys: Vec<String> = row.keys.iter().map(|key| quoted(&key.to_string())).collect();
            let _ = writeln!(text, "# {} = [{}] # {}", row.name, keys.join(", "), row.help);
            known.push(row.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;
    use proptest::prelude::*;

    use super::*;
    use crate::config::advice;
    use crate::config::theme::Draft;

    fn parsed(chosen: &[ChosenSetting], args: &[&str]) -> String {
        let command = with_defaults(CommandLine::command(), chosen);
        let matches = command.try_get_matches_from([&["heapglass", "x"], args].concat()).unwrap();
        format!("{:?}", CommandLine::from_arg_matches(&matches).unwrap())
    }

    /// Printed file with all settings enabled.
    fn uncommented() -> String {
        let is_set = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let lines = printed();
        let lines = lines.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_set(rest)).unwrap_or(line));
        lines.fold(String::new(), |text, line| text + line + "\n")
    }

    #[test]
    fn every_setting_is_an_option_and_its_built_in_value_is_the_options() {
        for setting in settings() {
            let arg = setting.arg();
            assert!(arg.is_some(), "--{} is no option", setting.option);
            let arg = arg.unwrap();
            assert_eq!(arg.get_id().as_str(), setting.id());
            let usual = arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
            match (setting.kind, usual) {
                (SettingKind::Word(word), Some(usual)) => assert_eq!(word, usual, "{}", setting.key),
                (SettingKind::Word(word), None) => {
                    assert!(word.is_empty() || setting.key == "theme", "{}", setting.key);
                }
                _ => assert!(!arg.get_action().takes_values(), "{} is no flag", setting.key),
            }
        }
    }

    #[test]
    fn the_printed_file_sets_nothing() {
        let file = SettingsFile::parse(&printed());
        assert_eq!(file, SettingsFile::default());
    }

    #[test]
    fn the_printed_file_has_the_built_in_values() {
        let file = SettingsFile::parse(&uncommented());
        assert_eq!(file.warnings, []);
        assert_eq!(file.entries.len(), settings().count());
        let (chosen, warnings) = chosen(&file, &Themes::default());
        assert_eq!(warnings, []);
        let plain = parsed(&[], &["--theme", "auto"]);
        assert_eq!(parsed(&chosen, &[]), plain);
        let (keymap, said) = Keymap::new(&file.bindings);
        assert_eq!(said, Vec::<String>::new());
        for (focus, key, action) in Keymap::default().all() {
            assert_eq!(keymap.action(focus, key), Some(action), "{key} in {focus:?}");
        }
        assert_eq!(keymap.all().count(), Keymap::default().all().count());
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let file = SettingsFile::parse("color = 16\ntheme = \"mono\"\ninlines = false\nmax_memory = \"1GiB\"\n");
        let (chosen, warnings) = chosen(&file, &Themes::default());
        assert_eq!((chosen.len(), warnings), (4, Vec::new()));
        let line = parsed(&chosen, &["--color", "never"]);
        for part in ["color: Never", "theme: Some(\"mono\")", "no_inlines: true", "memory: Some(1073741824)"] {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert!(parsed(&chosen, &[]).contains("color: Ansi16"));
    }

    #[test]
    fn faults_are_reported_with_their_line_and_the_rest_holds() {
        let text = "colour = \"rgb\"\ncolor = \"rgbb\"\ntheme = \"dusk\"\nascii = true\ninlines = \"no\"\nmax_memory = \"1MB\"\n\
                    granularity = \"linse\"\nexplain = 200\nnormalize = true\n";
        let (chosen, warnings) = chosen(&SettingsFile::parse(text), &Themes::default());
        let warnings: Vec<String> = warnings.iter().map(SettingsWarning::to_string).collect();
        assert_eq!(chosen.iter().map(|one| one.key).collect::<Vec<_>>(), ["normalize"]);
        let expected = [
            "line 1: `colour` is not a setting, did you mean `color`?",
            "line 2: `color`: invalid value `rgbb`: did you mean `rgb`?",
            "line 3: `theme`: no theme is called `dusk`: there are auto, default, light, catppuccin, gruvbox, gruvbox-light, solarized, solarized-light, high-contrast, mono",
            "line 4: `ascii`: takes a text or a number",
            "line 5: `inlines`: takes true or false",
        ];
        assert_eq!(warnings[..5], expected);
        assert!(warnings[5].starts_with("line 6: `max_memory`: invalid value `1MB`: "), "{}", warnings[5]);
        assert_eq!(warnings[6], "line 7: `granularity`: invalid value `linse`: did you mean `lines`?");
        assert!(warnings[7].starts_with("line 8: `explain`: invalid value `200`: "), "{}", warnings[7]);
    }

    #[test]
    fn a_repeatable_option_takes_a_list() {
        let file = SettingsFile::parse("source_path = [\"/a\", \"/b\"]\ntrim_path = \"/x\"\ncolor = [\"16\"]\n");
        let (chosen, warnings) = chosen(&file, &Themes::default());
        let warnings: Vec<String> = warnings.iter().map(SettingsWarning::to_string).collect();
        assert_eq!(warnings, ["line 3: `color`: takes a text or a number"]);
        let line = parsed(&chosen, &[]);
        assert!(line.contains("source_path: [\"/a\", \"/b\"]") && line.contains("trim_path: [\"/x\"]"), "{line}");
    }

    #[test]
    fn settings_are_listed_with_their_origin() {
        let (chosen, _) = chosen(&SettingsFile::parse("\ntheme = \"mono\"\nnormalize = true"), &Themes::default());
        let command = with_defaults(CommandLine::command(), &chosen);
        let typed = command.try_get_matches_from(["heapglass", "x", "--color", "16", "--no-inlines"]).unwrap();
        let told = setting_lines(&chosen, &typed);
        let line = |key: &str| told.iter().find(|line| line.starts_with(key)).cloned().unwrap_or_default();
        assert!(line("theme").ends_with("\"mono\"         line 2"), "{told:?}");
        assert!(line("color").ends_with("--color") && line("color").contains("\"16\""), "{told:?}");
        assert!(line("inlines").contains("false") && line("inlines").ends_with("--no-inlines"), "{told:?}");
        assert!(line("ascii").ends_with("built in"), "{told:?}");
    }

    /// Plausible lines of a settings file, with values in wrong places.
    fn lines() -> impl Strategy<Value = String> {
        let own = uncommented();
        let built_in =
            [&*own, include_str!("../../assets/themes/light.toml"), include_str!("../../assets/advice.toml")];
        let known: Vec<String> = built_in.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
        let keys: Vec<String> = known.iter().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect();
        let values = [
            "true",
            "1e999",
            "-9223372036854775808",
            "{ a = 1 }",
            "\"256\"",
            "\"\\u0007\"",
            "\"\"\"\n\"\"\"",
            "[\"q\", \"Ctrl-x\"]",
        ];
        let odd = (prop::sample::select(keys), prop::sample::select(values.to_vec()));
        let line = prop_oneof![
            4 => prop::sample::select(known),
            4 => odd.prop_map(|(key, value)| format!("{key} = {value}")),
            1 => Just("[keys]".to_owned()),
            1 => Just("[[rules]]".to_owned()),
            1 => "\\PC{0,20}",
        ];
        prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        // `HEAPGLASS_FUZZ_RUNS` requests more, see `tests/support/damage.rs`.
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(
                std::env::var("HEAPGLASS_FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300)
            )
        })]

        #[test]
        fn no_file_is_too_odd_to_go_on(text in lines()) {
            let file = SettingsFile::parse(&text);
            let (themes, _) = Themes::of(Draft::parse("own", &text).into_iter().collect());
            let (chosen, wrong) = chosen(&file, &themes);
            prop_assert!(chosen.len() + wrong.len() <= file.entries.len() * 2);
            let (_, said) = Keymap::new(&file.bindings);
            let _ = advice::own(&text);
            let mut told = file.warnings.iter().chain(&wrong).map(SettingsWarning::to_string).chain(said);
            prop_assert!(!told.any(|line| line.chars().any(char::is_control)));
            // Defaults from the file are valid values of the options.
            if !chosen.is_empty() {
                parsed(&chosen, &[]);
            }
        }
    }
}
