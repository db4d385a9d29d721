//! Messages of the command line in the words of the tools.

use clap::CommandFactory as _;

use super::super::args::CommandLine;
use super::arguments::{TOOLS, arguments_of};

/// Message in which options are arguments of a tool, and reports are tools.
pub(super) struct ToolMessage {
    pub(super) text: String,
    /// True if the message names another command, an option that neither the tool nor the server has, or an option of
    /// the server outside backticks.
    pub(super) is_of_shell: bool,
}

/// Holder of an option.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OptionHolder {
    Tool,
    Server,
    Shell,
}

/// Part of a message in the words of a tool, with the holder of its options.
struct Wording {
    text: String,
    holder: OptionHolder,
}

/// Writes the options in a message as arguments of a tool, its reports as tools, and names the options of the server.
pub(super) fn as_arguments(message: &str, tool: &str) -> ToolMessage {
    let parts: Vec<&str> = message.split('`').collect();
    let (mut text, mut is_of_shell) = (String::new(), false);
    for (index, part) in parts.iter().enumerate() {
        // Every second part is a literal between backticks.
        if index % 2 == 0 {
            let plain = worded(part, tool);
            is_of_shell |= plain.holder != OptionHolder::Tool;
            text.push_str(&plain.text);
            continue;
        }
        let literal = match part.strip_prefix("report ") {
            Some(report) => call(report),
            None if part.starts_with("heapglass ") => Wording { text: (*part).to_owned(), holder: OptionHolder::Shell },
            None => worded(part, tool),
        };
        is_of_shell |= literal.holder == OptionHolder::Shell;
        text.push('`');
        text.push_str(&literal.text);
        text.push_str(if index + 1 < parts.len() { "`" } else { "" });
        text.push_str(if literal.holder == OptionHolder::Server { " of the server" } else { "" });
    }
    ToolMessage { text, is_of_shell }
}

/// Report of a command line as a tool. `--ids` is always given to a tree.
fn call(report: &str) -> Wording {
    let (kind, options) = report.split_once(' ').unwrap_or((report, ""));
    let options = options.trim_start_matches("--ids").trim_start();
    let worded = worded(options, kind);
    let is_tool = TOOLS.contains(&kind);
    let gap = if worded.text.is_empty() { "" } else { " " };
    Wording {
        text: format!("{kind}{gap}{}", worded.text),
        holder: if is_tool { worded.holder } else { OptionHolder::Shell },
    }
}

/// Text in which options are arguments.
fn worded(part: &str, tool: &str) -> Wording {
    let mut pieces = part.split("--");
    let mut found = Wording { text: pieces.next().unwrap_or_default().to_owned(), holder: OptionHolder::Tool };
    for piece in pieces {
        let end = piece.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-').unwrap_or(piece.len());
        let name = piece[..end].replace('-', "_");
        let holder = if arguments_of(tool).any(|argument| argument.name == name) {
            OptionHolder::Tool
        } else if is_of_server(&piece[..end]) {
            OptionHolder::Server
        } else {
            OptionHolder::Shell
        };
        let (dashes, name) = if holder == OptionHolder::Shell { ("--", &piece[..end]) } else { ("", name.as_str()) };
        found.text.push_str(dashes);
        found.text.push_str(name);
        found.text.push_str(&piece[end..]);
        if found.holder == OptionHolder::Tool || holder == OptionHolder::Shell {
            found.holder = holder;
        }
    }
    found
}

/// Returns true for an option of `heapglass mcp`.
fn is_of_server(option: &str) -> bool {
    let line = CommandLine::command();
    let server = line.find_subcommand("mcp");
    server.is_some_and(|server| server.get_arguments().any(|argument| argument.get_long() == Some(option)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_reports_are_arguments_and_tools() {
        for (message, tool, text) in [
            ("`report top` lists all functions", "callers", "`top` lists all functions"),
            ("as `report tree --ids` prints them", "tree", "as `tree` prints them"),
            ("`--sort` has no order", "top", "`sort` has no order"),
            ("`--owners CODEOWNERS` names the file", "top", "`owners CODEOWNERS` of the server names the file"),
            ("`--base FILE` or `--base-window A..B`", "diff", "`base FILE` of the server or `base_window A..B`"),
        ] {
            let worded = as_arguments(message, tool);
            assert_eq!((worded.text.as_str(), worded.is_of_shell), (text, false));
        }
        for message in ["`heapglass report top` writes text", "`report svg` draws it", "`--output FILE` writes it"] {
            assert!(as_arguments(message, "top").is_of_shell, "{message}");
        }
    }
}
