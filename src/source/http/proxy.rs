//! Selection of the proxy for an address.

use std::fmt;
use std::net::IpAddr;

use super::Url;
use super::url::{Scheme, host_and_port, split_scheme};

/// Proxies, as named by environment variables. They may contain passwords and are never printed.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Proxies {
    /// Proxy for `http:`.
    pub http: Option<String>,
    /// Proxy for `https:`.
    pub https: Option<String>,
    /// Proxy for schemes without one of their own.
    pub all: Option<String>,
    /// Comma-separated hosts that are reached directly.
    pub none: String,
}

impl Proxies {
    /// Proxy for an address; `None` for a direct connection. Loopback addresses are always direct.
    pub(super) fn for_url(&self, url: &Url) -> Option<&str> {
        if is_loopback(url.host()) || self.none.split([',', ' ']).any(|rule| matches_rule(rule.trim(), url)) {
            return None;
        }
        let proxy = match url.scheme() {
            Scheme::Http => &self.http,
            Scheme::Https => &self.https,
        };
        proxy.as_deref().or(self.all.as_deref()).map(str::trim).filter(|proxy| !proxy.is_empty())
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_deref().map(proxy_authority);
        let (http, https, all) = (shown(&self.http), shown(&self.https), shown(&self.all));
        write!(out, "Proxies({http:?}, {https:?}, {all:?}, none for {:?})", self.none)
    }
}

/// Host and port of a proxy address, without credentials and path.
pub(super) fn proxy_authority(proxy: &str) -> String {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Scheme of a proxy address if it is not supported; `None` if it is.
pub(super) fn unknown_scheme(proxy: &str) -> Option<&str> {
    let (scheme, rest) = split_scheme(proxy)?;
    let is_known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    (rest.starts_with("//") && !is_known).then_some(scheme)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Returns true if a rule of `none` matches: `*`, a domain with its subdomains, or a network, optionally with a port.
fn matches_rule(rule: &str, url: &Url) -> bool {
    if rule.is_empty() {
        return false;
    }
    if rule == "*" {
        return true;
    }
    if let Some((network, bits)) = rule.split_once('/') {
        let parsed = (network.parse(), bits.parse(), url.host().parse());
        return matches!(parsed, (Ok(network), Ok(bits), Ok(host)) if is_in_network(host, network, bits));
    }
    // A bare IPv6 address contains colons.
    let rule = if rule.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{rule}]") } else { rule.to_owned() };
    let Ok((domain, port)) = host_and_port(rule.trim_start_matches("*.").trim_start_matches('.')) else { return false };
    let domain = domain.trim_start_matches('[').trim_end_matches(']');
    let is_below = url.host().strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    is_below && port.is_none_or(|port| port == url.port())
}

/// Returns true if the first `bits` bits of an address are those of a network.
fn is_in_network(host: IpAddr, network: IpAddr, bits: u32) -> bool {
    let wide = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let ((host, length), (network, other)) = (wide(host), wide(network));
    let mask = if bits == 0 { 0 } else { u128::MAX << (128 - bits.min(128)) };
    length == other && bits <= length && host & mask == network & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses_proxy(none: &str, url: &str) -> bool {
        let proxies = Proxies { all: Some("http://me:geheim@proxy:3128".to_owned()), ..Proxies::default() };
        Proxies { none: none.to_owned(), ..proxies }.for_url(&Url::parse(url).unwrap()).is_some()
    }

    #[test]
    fn loopback_and_excluded_hosts_are_direct() {
        for url in ["http://localhost:1", "http://127.0.0.9:1", "http://[::1]:1", "http://[::ffff:127.0.0.1]/"] {
            assert!(!uses_proxy("", url), "{url}");
        }
        for (none, url) in [
            ("*", "http://host"),
            ("a, corp.example", "http://api.corp.example"),
            (".corp.example", "http://corp.example:1"),
            ("*.corp.example", "http://x.corp.example"),
            ("host:6060", "http://host:6060"),
            ("10.0.0.0/8", "http://10.1.2.3"),
            ("fe80::1", "http://[fe80::1]:1"),
        ] {
            assert!(!uses_proxy(none, url), "{none} {url}");
        }
        for (none, url) in [
            ("", "http://host"),
            ("corp.example", "http://othercorp.example"),
            ("host:6061", "http://host:6060"),
            ("10.0.0.0/8", "http://11.1.2.3"),
            ("10.0.0.0/8", "http://host"),
        ] {
            assert!(uses_proxy(none, url), "{none} {url}");
        }
    }

    #[test]
    fn schemes_have_separate_proxies_and_passwords_are_hidden() {
        let proxies = Proxies { http: Some("http://u:geheim@a:1".to_owned()), ..Proxies::default() };
        assert_eq!(proxies.for_url(&Url::parse("https://h").unwrap()), None);
        assert_eq!(proxies.for_url(&Url::parse("http://h").unwrap()), Some("http://u:geheim@a:1"));
        assert!(!format!("{proxies:?}").contains("geheim"));
        assert_eq!(proxy_authority("http://u:geheim@a:1/"), "a:1");
        assert_eq!(unknown_scheme("socks5://a:1"), Some("socks5"));
        assert_eq!((unknown_scheme("a:1"), unknown_scheme("HTTP://a")), (None, None));
    }
}
