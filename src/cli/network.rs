//! Options about HTTP services, and their values from the environment.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::source::http::{
    Access, CertificateTrust, ClientIdentity, HeaderError, Network, Proxies, RequestHeader, Timeouts,
};

use super::environment::{Variables, is_secure};
use super::message::{CliFailure, MessageLine};

/// Options about HTTP services.
#[derive(Clone, Debug, Args)]
pub(crate) struct NetArgs {
    /// Request a profile of the next N seconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Services")]
    #[arg(allow_negative_numbers = true)]
    pub(crate) seconds: Option<u64>,
    /// Time limit for a profile [default: 60s, and 1.5 times --seconds]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Services", allow_negative_numbers = true)]
    pub(crate) timeout: Option<Duration>,
    /// Time limit for a connection [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Services", allow_negative_numbers = true)]
    pub(crate) connect_timeout: Option<Duration>,
    /// Add a request header: `Name: value`; `$VARIABLE` or `@FILE` as the value for secrets
    #[arg(long, value_name = "HEADER", help_heading = "Services")]
    pub(crate) header: Vec<String>,
    /// Trust only the certificate authorities in this file (PEM)
    #[arg(long, value_name = "FILE", conflicts_with = "insecure", help_heading = "Services")]
    pub(crate) cacert: Option<PathBuf>,
    /// Present this client certificate to the service (PEM; mutual TLS)
    #[arg(long, value_name = "FILE", help_heading = "Services")]
    pub(crate) cert: Option<PathBuf>,
    /// Private key of --cert [default: in the file of --cert]
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Services")]
    pub(crate) cert_key: Option<PathBuf>,
    /// Skip TLS certificate verification: an attacker on the network can read and change everything
    #[arg(long, help_heading = "Services")]
    pub(crate) insecure: bool,
}

/// Maximum duration of an option, in seconds.
const LONGEST: f64 = 1e7;

/// Parses a duration: `10s`, `500ms`, `2m`, `1h`, or seconds.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is not a unit of time; write a time as `10s`, `500ms`, `2m` or `1h`")),
    };
    let seconds = number.parse::<f64>().ok().map(|number| number * factor).filter(|seconds| *seconds <= LONGEST);
    match seconds.map(Duration::from_secs_f64).filter(|time| *time >= Duration::from_millis(1)) {
        Some(time) => Ok(time),
        None => Err("a time is a number above 0 with its unit, as `10s`, `500ms`, `2m` or `1h`".to_owned()),
    }
}

/// Formats a duration in its largest whole unit.
pub(crate) fn brief(time: Duration) -> String {
    let (seconds, millis) = (time.as_secs(), time.subsec_millis());
    match (seconds, millis) {
        (0, millis) => format!("{millis}ms"),
        (seconds, 0) if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        (seconds, 0) if seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, 0) => format!("{seconds}s"),
        (seconds, millis) => format!("{seconds}.{}s", format!("{millis:03}").trim_end_matches('0')),
    }
}

/// Builds the settings for requests to services.
///
/// # Errors
/// [`CliFailure`] for an invalid header.
pub(crate) fn access(args: &NetArgs, variables: Variables<'_>) -> Result<Arc<Access>, CliFailure> {
    let headers = args.header.iter().map(|text| RequestHeader::parse(text, variables)).collect::<Result<_, _>>();
    let trust = match (&args.cacert, args.insecure) {
        (_, true) => CertificateTrust::All,
        (Some(path), false) => CertificateTrust::File(path.clone()),
        (None, false) => CertificateTrust::System,
    };
    let identity = args.cert.clone().map(|certificate| ClientIdentity { certificate, key: args.cert_key.clone() });
    Ok(Arc::new(Access {
        network: if is_secure(variables) { Network::Off } else { Network::On },
        seconds: args.seconds,
        timeouts: Timeouts { connect: args.connect_timeout, total: args.timeout },
        headers: headers.map_err(|error: HeaderError| bad_header(&error))?,
        trust,
        identity,
        proxies: proxies(variables),
    }))
}

fn bad_header(error: &HeaderError) -> CliFailure {
    let hint = match error {
        HeaderError::Form => "as in `--header 'Authorization: Bearer $TOKEN'`",
        HeaderError::Reserved(_) => "leave it out",
        HeaderError::Value(_) => "write the value in one line",
        HeaderError::Variable(..) => {
            "set and export the variable; a value that starts with `$` or `@` can stand in a file"
        }
        HeaderError::File(..) => "check the path after the `@`",
        HeaderError::FileSize(..) => "name a file that has the value alone",
    };
    CliFailure::input(format!("`--header`: {error}"), Some(hint.to_owned()))
}

/// Proxies from the environment; lower-case names take precedence.
fn proxies(variables: Variables<'_>) -> Proxies {
    let find = |name: &str| {
        let found = variables(name).or_else(|| variables(&name.to_ascii_uppercase()));
        found.filter(|value| !value.is_empty())
    };
    Proxies {
        http: find("http_proxy"),
        https: find("https_proxy"),
        all: find("all_proxy"),
        none: find("no_proxy").unwrap_or_default(),
    }
}

/// Warning about unverified connections.
pub(crate) fn unverified() -> MessageLine {
    let line = "certificates are not verified: an attacker on the network can read and change the profile";
    MessageLine { line: line.to_owned(), hint: Some("`--cacert FILE` trusts the authorities in it instead".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (text, millis) in [("10s", 10_000), ("0.3", 300), ("500ms", 500), ("2m", 120_000), ("1h", 3_600_000)] {
            assert_eq!(time(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["", "0", "s", "-1", "1 d", "1e99", "99999999999999h", "0.0001", "1.2.3"] {
            assert!(time(text).is_err(), "{text}");
        }
        for (millis, text) in [(10_000, "10s"), (90_000, "90s"), (120_000, "2m"), (1_500, "1.5s"), (20, "20ms")] {
            assert_eq!(brief(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn the_environment_names_proxies_and_turns_the_network_off() {
        let variables = |name: &str| {
            let set = [("HTTP_PROXY", "http://a:1"), ("https_proxy", "http://b:2"), ("NO_PROXY", "c")];
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let found = proxies(&variables);
        assert_eq!((found.http.as_deref(), found.https.as_deref()), (Some("http://a:1"), Some("http://b:2")));
        assert_eq!((found.all, found.none.as_str()), (None, "c"));
    }
}
