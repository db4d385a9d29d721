//! Commands for further reports that a report prints.

use std::fmt::Write as _;

use crate::base::shell::quoted;

/// Default budget of a digest, in tokens.
pub const DEFAULT_BUDGET: usize = 2000;

/// Maximum length of options and sources, in bytes, that every command repeats; longer ones are written once.
const SHORT: usize = 64;
/// Word that abbreviates long options and sources.
const PLACEHOLDER: &str = "$ARGS";

/// Options and sources at the end of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandTail<'a> {
    /// Those of the report that prints the command.
    pub whole: &'a str,
    /// Those without a comparison, for kinds of reports that have none.
    pub without_base: &'a str,
}

/// Form of the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandForm<'a> {
    /// Command line for a shell, which ends with these options and sources.
    Shell(CommandTail<'a>),
    /// Call of a tool with JSON arguments, which include those of its row, if it has one.
    Tool(&'a [ToolArguments]),
}

/// Arguments that every call of a tool repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolArguments {
    /// Name of the tool.
    pub tool: &'static str,
    /// Arguments by their names.
    pub arguments: serde_json::Map<String, serde_json::Value>,
}

impl Default for CommandForm<'_> {
    fn default() -> Self {
        Self::Shell(CommandTail { whole: "SOURCE", without_base: "SOURCE" })
    }
}

impl CommandForm<'_> {
    /// Command that prints a report, about `function` if there is one. `options` are long options with their values; an
    /// empty value is for a switch.
    pub(super) fn report(self, kind: &str, function: Option<&str>, options: &[(&str, &str)]) -> String {
        match self {
            Self::Shell(tail) => {
                let mut line = format!("heapglass report {kind}");
                if let Some(function) = function {
                    let _ = write!(line, " {}", quoted(function));
                }
                for (option, value) in options {
                    let value = if value.is_empty() { String::new() } else { format!(" {}", quoted(value)) };
                    let _ = write!(line, " --{option}{value}");
                }
                // The definition of the placeholder is that of the whole tail.
                let CommandTail { whole, without_base } = tail;
                let end = if matches!(kind, "leaks" | "instances") { without_base } else { whole };
                format!("{line} {}", if end == whole && whole.len() > SHORT { PLACEHOLDER } else { end })
            }
            Self::Tool(repeated) => {
                let repeated = repeated.iter().find(|row| row.tool == kind);
                let mut arguments = repeated.map(|row| row.arguments.clone()).unwrap_or_default();
                arguments.extend(function.map(|function| ("function".to_owned(), function.into())));
                for (option, value) in options {
                    let value = if value.is_empty() { true.into() } else { serde_json::Value::from(*value) };
                    arguments.insert(option.replace('-', "_"), value);
                }
                format!("{kind} {}", serde_json::Value::Object(arguments))
            }
        }
    }

    /// Option with its value as it is typed, or as the argument of a tool.
    pub(super) fn option(self, option: &str, value: &str) -> String {
        match self {
            Self::Shell(_) => format!("--{option} {value}"),
            Self::Tool(_) => format!("`{}` {value}", option.replace('-', "_")),
        }
    }

    /// Advice to print the rows that were left out.
    pub(super) fn all_rows(self) -> String {
        format!("{} shows all", self.option("limit", "0"))
    }

    /// Definition of the word that abbreviates long options and sources; `None` if each command has them in full.
    pub(super) fn definition(self) -> Option<String> {
        match self {
            Self::Shell(tail) if tail.whole.len() > SHORT => Some(format!("{PLACEHOLDER}: {}", tail.whole)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_for_a_shell_or_a_tool() {
        let form = |whole| CommandForm::Shell(CommandTail { whole, without_base: "b.pb.gz" });
        let shell = form("--base a.pb.gz b.pb.gz");
        assert_eq!(shell.report("leaks", None, &[]), "heapglass report leaks b.pb.gz");
        assert_eq!(
            shell.report("callers", Some("main.(*T).f"), &[("limit", "3")]),
            "heapglass report callers 'main.(*T).f' --limit 3 --base a.pb.gz b.pb.gz"
        );
        let tool = CommandForm::Tool(&[]);
        assert_eq!(tool.report("callers", Some("a\"b"), &[]), r#"callers {"function":"a\"b"}"#);
        assert_eq!(tool.report("top", None, &[("advice", "")]), r#"top {"advice":true}"#);
        let arguments = [("window".to_owned(), "3..5".into())].into_iter().collect();
        let rows = [ToolArguments { tool: "top", arguments }];
        let tool = CommandForm::Tool(&rows);
        assert_eq!(tool.report("top", None, &[("advice", "")]), r#"top {"advice":true,"window":"3..5"}"#);
        assert_eq!(tool.report("leaks", None, &[]), "leaks {}");
        let long = "x".repeat(65);
        assert_eq!(form(&long).report("top", None, &[]), "heapglass report top $ARGS");
        assert!(form(&long).definition().is_some() && shell.definition().is_none());
    }
}
