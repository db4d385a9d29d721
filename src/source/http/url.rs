//! Addresses of services: parsing, redirects, and hiding of passwords.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::source::percent;

/// Default path: that of the heap profile in Go services and in services that imitate them.
const DEFAULT_PATH: &str = "/debug/pprof/heap";

/// Path of the list of a service's profiles, for which the heap profile is requested.
const INDEX_PATH: &str = "/debug/pprof";

/// Names of query parameters whose values are secret, in lower case.
const SECRET_PARAMETERS: [&str; 11] = [
    "access_token",
    "api_key",
    "key",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
];

/// Scheme of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    /// Name of the scheme.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Error of parsing an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UrlError {
    /// Another scheme than `http:` and `https:`.
    #[error("`{0}:` is not fetched, only `http:` and `https:` are")]
    Scheme(String),
    /// No host, or an invalid one.
    #[error("it names no host")]
    Host,
    /// The port is not a number up to 65535.
    #[error("its port is no port")]
    Port,
}

/// Address with the scheme `http` or `https`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    scheme: Scheme,
    /// Lower case; an IPv6 address in brackets.
    host: String,
    port: Option<u16>,
    /// Path and query; begins with a slash.
    path: String,
    /// Text before the `@`, encoded as given.
    userinfo: Option<String>,
}

impl Url {
    /// Parses an address as typed: the default scheme is `http`, the default path is that of a heap profile.
    ///
    /// # Errors
    /// [`UrlError`] if the address is invalid.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let mut url = match split_scheme(text) {
            Some(_) => Self::absolute(text)?,
            None => Self::after_scheme(Scheme::Http, text)?,
        };
        let at = url.path.find('?').unwrap_or(url.path.len());
        if matches!(&url.path[..at], "" | "/") {
            url.path.replace_range(..at, DEFAULT_PATH);
        } else if let Some(before) = url.path[..at].trim_end_matches('/').strip_suffix(INDEX_PATH) {
            url.path.replace_range(before.len()..at, DEFAULT_PATH);
        }
        Ok(url)
    }

    /// Parses the base address of an API: `default_port` applies to `http:` addresses without a port, and a trailing
    /// slash of the path is removed.
    ///
    /// # Errors
    /// [`UrlError`] if the address is invalid.
    pub fn parse_base(text: &str, default_port: u16) -> Result<Self, UrlError> {
        let mut url = Self::absolute(text)?;
        if url.scheme == Scheme::Http && url.port.is_none() {
            url.port = Some(default_port);
        }
        url.path.truncate(url.path.trim_end_matches('/').len());
        Ok(url)
    }

    /// Address with `path` appended; `path` must be encoded already.
    #[must_use]
    pub fn joined(&self, path: &str) -> Self {
        Self { path: format!("{}{path}", self.path), ..self.clone() }
    }

    /// Page of the service that looks up symbols, found as in pprof: next to the profile, `symbol` for Go and
    /// gperftools, else `symbolz`.
    #[must_use]
    pub fn symbol_page(&self) -> Self {
        const GPERFTOOLS: [&str; 5] =
            ["/pprof/heap", "/pprof/growth", "/pprof/profile", "/pprof/pmuprofile", "/pprof/contention"];
        let path = self.path.split('?').next().unwrap_or_default().trim_end_matches('/');
        let is_known = path.contains("/debug/pprof/") || GPERFTOOLS.iter().any(|known| path.ends_with(known));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let page = if is_known { "symbol" } else { "symbolz" };
        Self { path: format!("{folder}/{page}"), ..self.clone() }
    }

    fn absolute(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = split_scheme(text).ok_or(UrlError::Host)?;
        let scheme = match &*scheme.to_ascii_lowercase() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(UrlError::Scheme(other.to_owned())),
        };
        Self::after_scheme(scheme, rest.strip_prefix("//").ok_or(UrlError::Host)?)
    }

    fn after_scheme(scheme: Scheme, rest: &str) -> Result<Self, UrlError> {
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?', '\\']).unwrap_or(rest.len()));
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo.to_owned()), host),
            None => (None, authority),
        };
        let (host, port) = host_and_port(host)?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        let path = format!("{slash}{}", percent_encode(path));
        Ok(Self { scheme, host, port, path, userinfo })
    }

    /// Address of the same heap profile in text format, which includes the figures of the runtime; `None` if the path
    /// is not that of a Go service, or the address has this format already.
    pub fn with_figures(&self) -> Option<Self> {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        if query.split('&').any(|part| part.starts_with("debug=") && part != "debug=0") {
            return None;
        }
        let is_go = ["/debug/pprof/heap", "/debug/pprof/allocs"].iter().any(|known| path.ends_with(known));
        is_go.then(|| Self { path: format!("{path}?debug=1"), ..self.clone() })
    }

    /// Addresses of this machine that the host name stands for; empty for other hosts.
    pub(in crate::source) fn loopback_hosts(&self) -> Vec<IpAddr> {
        if self.host == "localhost" {
            return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        let host = self.host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.ok().filter(IpAddr::is_loopback).into_iter().collect()
    }

    /// Target of a redirect from this address. Credentials in the target are dropped.
    ///
    /// # Errors
    /// [`UrlError`] if the target is invalid.
    pub fn redirect(&self, to: &str) -> Result<Self, UrlError> {
        let to = to.trim();
        let path = || self.path.split('?').next().unwrap_or_default();
        let mut url = match to {
            _ if split_scheme(to).is_some() => Self::absolute(to)?,
            _ if to.starts_with("//") => Self::after_scheme(self.scheme, &to[2..])?,
            _ => {
                let before = match to.chars().next() {
                    Some('/') => "",
                    Some('?') | None => path(),
                    Some(_) => path().rsplit_once('/').map_or("", |(folder, _)| folder),
                };
                let slash = if to.starts_with(['/', '?']) || to.is_empty() { "" } else { "/" };
                let path = format!("{before}{slash}{}", percent_encode(to.split('#').next().unwrap_or_default()));
                Self { path, ..self.clone() }
            }
        };
        url.userinfo = None;
        Ok(url)
    }

    /// Address with the query parameter `seconds` set.
    #[must_use]
    pub fn with_seconds(mut self, seconds: u64) -> Self {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let others = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("seconds="));
        let parts: Vec<String> = others.map(str::to_owned).chain([format!("seconds={seconds}")]).collect();
        self.path = format!("{path}?{}", parts.join("&"));
        self
    }

    /// Value of the query parameter `seconds`; `None` if there is none.
    pub fn seconds(&self) -> Option<u64> {
        let (_, query) = self.path.split_once('?')?;
        query.split('&').find_map(|part| part.strip_prefix("seconds=")?.parse().ok())
    }

    /// Scheme of the address.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host in lower case, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Port, explicit or by scheme.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }

    /// Host and explicit port.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Text before the `@`, encoded as given.
    pub fn userinfo(&self) -> Option<&str> {
        self.userinfo.as_deref()
    }

    /// Values of the query parameters that are secret, encoded as given.
    pub(super) fn secret_values(&self) -> Vec<&str> {
        secret_values(&self.path).into_iter().map(|value| &self.path[value]).collect()
    }

    /// Returns true if scheme, host and port are equal.
    pub fn is_same_origin(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port()) == (other.scheme, &other.host, other.port())
    }

    /// Address without credentials, for the request.
    pub fn request_url(&self) -> String {
        format!("{}://{}{}", self.scheme.name(), self.authority(), self.path)
    }
}

/// Displays the address with the user name but without the password and the secrets in its query.
impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.userinfo.as_deref().map(hide_password).unwrap_or_default();
        let path = hide_parameters(&self.path);
        write!(out, "{}://{user}{}{path}", self.scheme.name(), self.authority())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Url({self})")
    }
}

/// Display form of the text before an `@`. A single word may be a token and is hidden.
fn hide_password(userinfo: &str) -> String {
    match userinfo.split_once(':') {
        Some((user, _)) => format!("{user}:***@"),
        None => "***@".to_owned(),
    }
}

/// Ranges of the values of query parameters that are secret, in an address or a text with addresses.
fn secret_values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (mark, _) in text.match_indices(['?', '&']) {
        let rest = &text[mark + 1..];
        let Some((name, value)) = rest.split_once('=') else { continue };
        if SECRET_PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let start = mark + 1 + name.len() + 1;
            let length = value.find(|c: char| c.is_whitespace() || "&#`'\"".contains(c)).unwrap_or(value.len());
            found.push(start..start + length);
        }
    }
    found
}

/// Text with `***` in the place of secret query parameters.
fn hide_parameters(text: &str) -> Cow<'_, str> {
    let values = secret_values(text);
    if values.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut end) = (String::new(), 0);
    for value in values {
        shown.push_str(&text[end..value.start]);
        shown.push_str("***");
        end = value.end;
    }
    shown.push_str(&text[end..]);
    Cow::Owned(shown)
}

/// Hides possible passwords in the addresses within a text, such as a message that quotes arguments.
pub fn redacted(text: &str) -> Cow<'_, str> {
    let hidden = hide_parameters(text);
    if !hidden.contains('@') {
        return hidden;
    }
    hidden.split_inclusive(char::is_whitespace).map(redacted_word).collect::<String>().into()
}

/// Hides possible passwords in a word of a text.
fn redacted_word(word: &str) -> String {
    let mut shown = String::new();
    let mut rest = word;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end = after.find(|c: char| c.is_whitespace() || "/?#`'\"".contains(c)).unwrap_or(after.len());
        // A password may contain characters that end an address, so the last `@` of the word counts.
        let userinfo = after[..end].rfind('@').or_else(|| {
            let at = after.rfind('@')?;
            after[..at].find(':').filter(|colon| !after[..*colon].contains('/')).map(|_| at)
        });
        shown.push_str(before);
        let kept = userinfo.map_or(0, |at| {
            shown.push_str(&hide_password(&after[..at]));
            at + 1
        });
        rest = &after[kept..];
    }
    // An address without a scheme, or with a mistyped one.
    let bare = rest.rfind('@').filter(|_| shown.is_empty());
    let colon = bare.and_then(|at| rest[..at].find(':').filter(|colon| !begins_with_port(&rest[*colon + 1..at])));
    if let (Some(at), Some(colon)) = (bare, colon) {
        shown = format!("{}:***", &rest[..colon]);
        rest = &rest[at..];
    }
    shown.push_str(rest);
    shown
}

/// Returns true if a text after a colon is a port with a path.
fn begins_with_port(text: &str) -> bool {
    text.split_once('/').is_some_and(|(port, _)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Splits off the scheme before the first colon; `None` if there is none.
pub(super) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_word = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    // In `host:6060` the text before the colon is a host.
    (is_word && !rest.starts_with(|c: char| c.is_ascii_digit())).then_some((scheme, rest))
}

/// Splits a host and an optional port.
pub(super) fn host_and_port(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let (host, port) = match text.rfind(']') {
        Some(end) => (&text[..=end], text[end + 1..].strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match inner {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)),
    };
    if !is_host {
        return Err(UrlError::Host);
    }
    let port = port.filter(|port| !port.is_empty()).map(str::parse).transpose().map_err(|_| UrlError::Port)?;
    Ok((host.to_ascii_lowercase(), port))
}

/// Encodes a path and query. Existing escapes are kept.
fn percent_encode(path: &str) -> String {
    percent::encoded_unless(path, |byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_profiles_stands_for_the_heap_and_has_symbols_beside_it() {
        for (text, heap, symbols) in [
            ("h:1/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/symbol"),
            ("h:1/debug/pprof", "/debug/pprof/heap", "/debug/pprof/symbol"),
            ("h:1/admin/debug/pprof/?gc=1", "/admin/debug/pprof/heap?gc=1", "/admin/debug/pprof/symbol"),
            ("h:1/debug/pprof/allocs", "/debug/pprof/allocs", "/debug/pprof/symbol"),
            ("h:1/pprof/heap", "/pprof/heap", "/pprof/symbol"),
            ("h:1/heap", "/heap", "/symbolz"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(url.request_url(), format!("http://h:1{heap}"), "{text}");
            assert_eq!(url.symbol_page().request_url(), format!("http://h:1{symbols}"), "{text}");
        }
    }

    fn parsed(text: &str) -> String {
        Url::parse(text).map_or_else(|error| error.to_string(), |url| url.request_url())
    }

    #[test]
    fn missing_parts_have_defaults() {
        for (text, asked) in [
            ("http://host:6060", "http://host:6060/debug/pprof/heap"),
            ("HTTPS://Host/", "https://host/debug/pprof/heap"),
            ("host:6060/debug/pprof/allocs", "http://host:6060/debug/pprof/allocs"),
            ("host:6060", "http://host:6060/debug/pprof/heap"),
            ("http://[::1]:6060/?debug=1", "http://[::1]:6060/debug/pprof/heap?debug=1"),
            ("http://h?gc=1#top", "http://h/debug/pprof/heap?gc=1"),
            ("http://u:p%40@h:1/x y", "http://h:1/x%20y"),
            ("http://h/\x1b[2J\n\u{e9}", "http://h/%1B[2J%0A%C3%A9"),
            ("http://", "it names no host"),
            ("http:/x", "it names no host"),
            ("http://ho st/", "it names no host"),
            ("http://[::1/", "it names no host"),
            ("http://h:99999/", "its port is no port"),
            ("ftp://h/", "`ftp:` is not fetched, only `http:` and `https:` are"),
        ] {
            assert_eq!(parsed(text), asked, "{text}");
        }
    }

    #[test]
    fn redirects_may_be_relative_and_drop_credentials() {
        let from = Url::parse("http://u:p@h:1/a/b?c=1").unwrap();
        for (to, asked) in [
            ("https://other/x", "https://other/x"),
            ("//other:2/x", "http://other:2/x"),
            ("/x?y", "http://h:1/x?y"),
            ("x", "http://h:1/a/x"),
            ("?d=2", "http://h:1/a/b?d=2"),
            ("http://evil:secret@h:1/", "http://h:1/"),
        ] {
            let url = from.redirect(to).unwrap();
            assert_eq!((url.request_url().as_str(), url.userinfo()), (asked, None));
        }
        assert_eq!(from.redirect("file:///etc/passwd"), Err(UrlError::Scheme("file".to_owned())));
        assert!(from.is_same_origin(&from.redirect("/x").unwrap()));
        assert!(!from.is_same_origin(&from.redirect("https://h:1/").unwrap()));
        assert!(Url::parse("http://h/").unwrap().is_same_origin(&Url::parse("http://H:80/").unwrap()));
    }

    #[test]
    fn the_seconds_are_set_once() {
        let url = Url::parse("http://h/heap?seconds=3&debug=0").unwrap();
        assert_eq!(url.seconds(), Some(3));
        assert_eq!(url.with_seconds(30).request_url(), "http://h/heap?debug=0&seconds=30");
        assert_eq!(Url::parse("h:1").unwrap().with_seconds(5).request_url(), "http://h:1/debug/pprof/heap?seconds=5");
    }

    #[test]
    fn secrets_in_a_query_are_never_shown() {
        let text = "http://h/heap?debug=1&X-Amz-Signature=ab%2Fc&token=hush&tokens=3#x";
        let url = Url::parse(text).unwrap();
        assert_eq!(url.to_string(), "http://h/heap?debug=1&X-Amz-Signature=***&token=***&tokens=3");
        assert!(url.request_url().contains("token=hush"), "the request keeps them");
        assert_eq!(url.secret_values(), ["ab%2Fc", "hush"]);
        for name in SECRET_PARAMETERS {
            assert_eq!(redacted(&format!("`http://h/?{name}=hush` fails")), format!("`http://h/?{name}=***` fails"));
        }
        assert_eq!(redacted("http://me:ge@h?key=hush&a=b, c"), "http://me:***@h?key=***&a=b, c");
        assert_eq!(redacted("a monkey=3 & key=4"), "a monkey=3 & key=4");
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = Url::parse("http://me:geheim@host/").unwrap();
        assert_eq!(url.to_string(), "http://me:***@host/debug/pprof/heap");
        assert_eq!(format!("{url:?}"), "Url(http://me:***@host/debug/pprof/heap)");
        assert_eq!(Url::parse("http://token@h:1/x").unwrap().to_string(), "http://***@h:1/x");
        for (text, shown) in [
            ("no address", "no address"),
            ("bad `http://me:geheim@host/x` and https://t@h", "bad `http://me:***@host/x` and https://***@h"),
            ("http://me:ge/heim@host/x", "http://me:***@host/x"),
            ("http://host/a@b", "http://host/a@b"),
            ("joe:geheim@h:1: no such file", "joe:***@h:1: no such file"),
            ("`http:/joe:geheim@h`, parca+joe:ge:heim@h", "`http:***@h`, parca+joe:***@h"),
            ("ann@h, h:6060/a@b", "ann@h, h:6060/a@b"),
            ("http://host:1/a@b", "http://host:***@b"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }
}
