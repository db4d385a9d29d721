//! Messages on standard error: one line, with an optional second line that begins with `hint:`.
//!
//! A message may quote a file or an argument, so all text is made safe here. Errors of writing are ignored, since there
//! is no other place to report them.

use crate::base::limits::LimitError;
use std::error::Error as _;
use std::io::{self, Write};
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue};

use crate::base::limits::LimitKind;
use crate::base::nearest::nearest;
use crate::base::safe_text::safe_str;
use crate::format::{FormatError, InputError, Malformed, NonLogContent, StreamProblem};
use crate::load::Reason;
use crate::report::Report;
use crate::source::http::{AuthoritiesError, CertificateFault, HttpError, redacted};
use crate::source::{SourceError, StoreError};
use crate::symbolize::ImageError;

use super::exit::Exit;

/// Hint for a `--binary` that is no program.
pub(crate) const BINARY_HINT: &str = "`--binary` takes the profiled program, or one of its libraries";
/// Hint for growth compared with counts since the start of the process.
pub(crate) const SINCE_START: &str = "`--aggregate last` takes both sides since their processes began";

/// Message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageLine {
    /// Error or warning, with its location.
    pub(crate) line: String,
    /// Hint.
    pub(crate) hint: Option<String>,
}

impl MessageLine {
    /// Creates a message without a hint.
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), hint: None }
    }
}

/// Failure that ends the program.
#[derive(Clone, Debug)]
pub(crate) struct CliFailure {
    /// Exit code.
    pub(crate) exit: Exit,
    /// Messages.
    pub(crate) notes: Vec<MessageLine>,
}

impl CliFailure {
    /// Creates an error of the command line, whatever the inputs are.
    pub(crate) fn usage(line: impl Into<String>, hint: Option<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::input(line, hint) }
    }

    /// Creates an error of an input, or of the command line for this input.
    pub(crate) fn input(line: impl Into<String>, hint: Option<String>) -> Self {
        Self { exit: Exit::Input, notes: vec![MessageLine { line: line.into(), hint }] }
    }

    /// Messages without hints.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.notes.iter().map(|note| note.line.as_str()).collect()
    }

    /// Prints the messages, and returns the exit code. Equal hints in a row are printed once, after the last message.
    pub(crate) fn report(&self) -> Exit {
        for (index, MessageLine { line, hint }) in self.notes.iter().enumerate() {
            say(&format!("heapglass: {line}"));
            let next = self.notes.get(index + 1).and_then(|next| next.hint.as_ref());
            if let Some(hint) = hint.as_ref().filter(|hint| Some(*hint) != next) {
                say(&format!("hint: {hint}"));
            }
        }
        self.exit
    }
}

impl From<&clap::Error> for CliFailure {
    /// Converts the parser's message, with the help as the hint where it suggests nothing.
    fn from(error: &clap::Error) -> Self {
        let failure = Self::of_parser(error);
        let usual = |note: MessageLine| {
            let hint = note.hint.or_else(|| Some("`--help` lists all options".to_owned()));
            MessageLine { hint, ..note }
        };
        Self { notes: failure.notes.into_iter().map(usual).collect(), ..failure }
    }
}

impl CliFailure {
    /// Converts the parser's message: without usage lines, and with its suggestion as the hint.
    pub(crate) fn of_parser(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let told = ["\nUsage:", "\nFor more information"].iter().filter_map(|end| text.find(end)).min();
        let lines = text[..told.unwrap_or(text.len())].lines().map(str::trim).filter(|line| !line.is_empty());
        let (tips, said): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("tip: "));
        // Literals are in backticks, as in all messages.
        let plain = |text: &str, label: &str| text.trim_start_matches(label).replace('\'', "`");
        let tip = tips.first().map(|tip| plain(tip, "tip: "));
        let tip = tip.filter(|tip| !tip.contains("as a value"));
        let hint = tip.or_else(|| closest_value(error));
        let line = wrong_number(error).unwrap_or_else(|| plain(&said.join(" "), "error: "));
        Self::usage(line, hint)
    }
}

/// Line for a value that is no number, whose own error names digits and not what to write; `None` for other errors.
fn wrong_number(error: &clap::Error) -> Option<String> {
    let number: &ParseIntError = error.source()?.downcast_ref()?;
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (option, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let reason = match number.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "the number is too large",
        _ => "write a whole number without a sign",
    };
    Some(format!("invalid value `{value}` for `{option}`: {reason}"))
}

/// Closest possible value; `None` if the parser does not know the possible values.
fn closest_value(error: &clap::Error) -> Option<String> {
    match (error.get(ContextKind::InvalidValue)?, error.get(ContextKind::ValidValue)?) {
        // Some output formats of other tools are reports here.
        (ContextValue::String(typed), _) if Report::find(typed).is_some() => {
            Some(format!("`heapglass report {typed}` prints it"))
        }
        (ContextValue::String(typed), ContextValue::Strings(known)) => {
            nearest(typed, known.iter().map(String::as_str)).map(|meant| format!("did you mean `{meant}`?"))
        }
        _ => None,
    }
}

/// Hint for an exceeded limit: the option that raises it.
pub(crate) fn limit_hint(kind: LimitKind) -> String {
    let option = match kind {
        LimitKind::Memory => "--max-memory",
        LimitKind::Input => "--max-input",
        LimitKind::Inflated => "--max-inflated",
        LimitKind::Records => "--max-records",
        LimitKind::Stacks | LimitKind::Strings => return "open fewer profiles at a time".to_owned(),
    };
    format!("{option} raises the limit")
}

/// Hint for a source that could not be read: that of the library, with the option or command line that helps.
pub(crate) fn source_hint(reason: &Reason) -> Option<String> {
    if let Some(limit) = reason.limit() {
        return Some(limit_hint(limit.kind));
    }
    if let Reason::Source(SourceError::Store(StoreError::TooManyRequests { step, .. })) = reason {
        let more = "`--max-requests N` allows more";
        return Some(step.as_ref().map_or_else(|| more.to_owned(), |step| format!("`--step {step}` fits, or {more}")));
    }
    if let Reason::Source(SourceError::Store(StoreError::TooManyProfiles { since, .. })) = reason {
        let more = "`--max-requests N` allows more";
        return Some(
            since.as_ref().map_or_else(|| more.to_owned(), |since| format!("`--window {since}..` fits, or {more}")),
        );
    }
    let option = match reason {
        Reason::Source(SourceError::Store(StoreError::Refused(_))) => None,
        Reason::Source(error) => source_option(error),
        Reason::Format(error) => format_option(error),
        Reason::Image(ImageError::NotElf) => Some(BINARY_HINT),
        Reason::Image(_) | Reason::Merge(_) | Reason::Member(_) => None,
    };
    option.map_or_else(|| reason.hint(), |option| Some(option.to_owned()))
}

fn source_option(error: &SourceError) -> Option<&'static str> {
    match error {
        SourceError::Missing => Some("check the path; `heapglass --demo` opens a built-in profile"),
        SourceError::OnlyDirectories(_) => {
            Some("each is a series: open one of them, or take each as an instance with `--each`")
        }
        SourceError::Terminal => Some("pipe a profile in, as in `curl -s URL | heapglass -`"),
        SourceError::Http(error) | SourceError::Store(StoreError::Http(error)) => http_option(error),
        _ => None,
    }
}

fn http_option(error: &HttpError) -> Option<&'static str> {
    Some(match error {
        HttpError::NetworkOff => "`HEAPGLASS_SECURE` is set, which disables connections; files can still be opened",
        HttpError::ConnectTimeout(_) => "`--connect-timeout SECONDS` waits longer",
        HttpError::TotalTimeout(_) => "`--timeout SECONDS` waits longer",
        HttpError::UntrustedCertificate(_, CertificateFault::OtherHost) => {
            "give the host by a name in its certificate; `--insecure` skips verification"
        }
        HttpError::UntrustedCertificate(_, CertificateFault::Authority) => {
            "make it with `basicConstraints=CA:FALSE`; `--insecure` skips verification"
        }
        HttpError::NeedsCertificate(_) => "`--cert FILE` and `--cert-key FILE` show yours",
        HttpError::UntrustedCertificate(..) => {
            "`--cacert FILE` trusts the authority that signed it; `--insecure` skips verification"
        }
        HttpError::Authorities(AuthoritiesError::NoKey(_) | AuthoritiesError::KeyMismatch(_)) => {
            "`--cert FILE` and `--cert-key FILE` take a certificate and its key in PEM, the key not encrypted"
        }
        HttpError::Authorities(_) => "`--cacert FILE` and `--cert FILE` take certificates in PEM",
        HttpError::UnknownEncoding(_) => "`--header 'Accept-Encoding: identity'` requests it uncompressed",
        HttpError::Status(status) if status.is_unauthorized() && status.stripped_at.is_none() => {
            "a user and a password in the address, or `--header 'Authorization: …'`, authenticate"
        }
        _ => return None,
    })
}

fn format_option(error: &FormatError) -> Option<&'static str> {
    Some(match error {
        FormatError::NotLog(NonLogContent::Profile { .. } | NonLogContent::MaybePprof) => {
            "give it as a source, without `--gc-log`"
        }
        FormatError::Corrupt { .. } => {
            "the file is damaged or is not a pprof profile; fetch it again, or read its intact part with `--salvage`"
        }
        FormatError::Malformed(Malformed::TwoProfiles { .. }) => {
            "give each profile as a file of its own: heapglass a.pb.gz b.pb.gz"
        }
        FormatError::Malformed(malformed) if malformed.is_salvageable() => {
            "the program that wrote it has a bug, and pprof refuses it too; `--salvage` skips the broken part"
        }
        FormatError::Input(InputError::Truncated { .. }) => {
            "the file was cut short; fetch it again, or `--salvage` reads the intact part of a pprof profile"
        }
        FormatError::Input(InputError::Stream { problem: StreamProblem::LineEnds, .. }) => return None,
        FormatError::Input(InputError::Stream { .. }) => {
            "the file is damaged; fetch it again, or `--salvage` reads the intact part of a pprof profile"
        }
        _ => return None,
    })
}

/// Prints a warning.
pub(crate) fn warn(MessageLine { line, hint }: &MessageLine) {
    say(&format!("heapglass: {line}"));
    if let Some(hint) = hint {
        say(&format!("hint: {hint}"));
    }
}

/// Prints text of several lines.
pub(crate) fn lines(text: &str) {
    text.lines().for_each(say);
}

/// Prints one line, made safe, without the passwords of addresses.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", safe_str(&redacted(line)));
}

/// Converts an exceeded limit.
pub(crate) fn limited(error: &LimitError) -> CliFailure {
    CliFailure {
        exit: Exit::Limit,
        notes: vec![MessageLine { line: error.to_string(), hint: Some(limit_hint(error.kind)) }],
    }
}

/// Failure of a screen that cannot be opened.
pub(super) fn no_screen(error: &dyn ToString) -> CliFailure {
    CliFailure::input(error.to_string(), Some("`heapglass report top` writes text instead".to_owned()))
}
