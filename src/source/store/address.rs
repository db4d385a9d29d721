//! Addresses of profile stores: `pyroscope+http://HOST/PREFIX?query={…}&from=-2h`.

use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use super::error::StoreError;
use super::kind::StoreKind;
use super::selector::{braced, with_label};
use crate::base::time::{TimeBound, parse_duration};
use crate::source::http::{Access, CertificateTrust, Session, Url, UrlError};
use crate::source::percent::decoded;

/// Address of the API of Google Cloud Profiler.
const CLOUD_PROFILER: &str = "https://cloudprofiler.googleapis.com";

/// Mistake in the address of a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum AddressError {
    Url(UrlError),
    UnknownOption(String),
    InvalidOption(String, &'static str),
    InvalidProject(String),
}

/// Address of a store, with the settings for requests.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Store {
    kind: StoreKind,
    base: Result<Url, AddressError>,
    query: Option<String>,
    from: Option<TimeBound>,
    until: Option<TimeBound>,
    step_millis: Option<i64>,
    instance: Option<String>,
    service: Option<String>,
    /// Project in Cloud Profiler; empty for other stores.
    project: String,
    /// Labels that select a deployment in Cloud Profiler.
    labels: Vec<(&'static str, String)>,
    shown: String,
    access: Option<Arc<Access>>,
}

impl Store {
    /// Parses an address with the scheme of a store; `None` for any other scheme. Mistakes are errors of
    /// [`Store::session`].
    pub(in crate::source) fn parse(text: &OsStr) -> Option<Self> {
        let text = text.to_str()?;
        let kinds = [StoreKind::Pyroscope, StoreKind::Parca, StoreKind::CloudProfiler];
        let has_prefix = |kind: &StoreKind| {
            text.get(..kind.prefix().len()).is_some_and(|head| head.eq_ignore_ascii_case(kind.prefix()))
        };
        let kind = kinds.into_iter().find(has_prefix)?;
        let rest = &text[kind.prefix().len()..];
        // The first question mark starts the options; in a user name or password, a question mark is percent-encoded.
        let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
        let is_cloud = kind == StoreKind::CloudProfiler;
        let (project, target) = if is_cloud { address.split_once('/').unwrap_or((address, "")) } else { ("", "") };
        let base = if is_cloud { CLOUD_PROFILER } else { address };
        let mut base = Url::parse_base(base, kind.default_port()).map_err(AddressError::Url);
        if is_cloud && !is_project(project) {
            base = Err(AddressError::InvalidProject(project.to_owned()));
        }
        let mut store = Self {
            kind,
            base,
            query: Some(decoded(target)).filter(|target| !target.is_empty()),
            from: None,
            until: None,
            step_millis: None,
            instance: None,
            service: None,
            project: project.to_owned(),
            labels: Vec::new(),
            shown: String::new(),
            access: None,
        };
        for option in split_options(options) {
            let set = store.set(&option);
            if let (Err(error), true) = (set, store.base.is_ok()) {
                store.base = Err(error);
            }
        }
        store.shown = match &store.base {
            Ok(_) if is_cloud => {
                let shown = |option: &String| match option.strip_prefix("endpoint=") {
                    Some(endpoint) => format!("endpoint={}", crate::source::http::redacted(&decoded(endpoint))),
                    None => option.clone(),
                };
                let options: Vec<String> = split_options(options).iter().map(shown).collect();
                let mark = if options.is_empty() { "" } else { "?" };
                format!("{}{address}{mark}{}", kind.prefix(), options.join("&"))
            }
            Ok(url) => format!("{}{url}{}", kind.prefix(), if options.is_empty() { "" } else { "?" }) + options,
            Err(_) => crate::source::http::redacted(text).into_owned(),
        };
        Some(store)
    }

    /// Sets an option, written as `NAME=VALUE`.
    fn set(&mut self, option: &str) -> Result<(), AddressError> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = decoded(value);
        let invalid = |name: &'static str| AddressError::InvalidOption(value.clone(), name);
        let time = |name| TimeBound::parse(&value).map(Some).ok_or_else(|| invalid(name));
        let is_cloud = self.kind == StoreKind::CloudProfiler;
        match name {
            "version" | "zone" if is_cloud => {
                let label = if name == "zone" { "zone" } else { "version" };
                self.labels.push((label, value));
            }
            "endpoint" if is_cloud => {
                let endpoint = Url::parse_base(&value, self.kind.default_port());
                self.base = Ok(endpoint.map_err(AddressError::Url)?);
            }
            // In Cloud Profiler, the path names the profiles.
            "query" | "service" | "step" if is_cloud => return Err(AddressError::UnknownOption(name.to_owned())),
            "query" => self.query = Some(braced(&value)).filter(|query| !query.is_empty()),
            "from" => self.from = time("from")?,
            "until" => self.until = time("until")?,
            "step" => {
                let step = parse_duration(&value).filter(|step| *step >= 1_000 && step % 1_000 == 0);
                self.step_millis = Some(step.ok_or_else(|| invalid("step"))?);
            }
            "instance" => self.instance = Some(value).filter(|label| !label.is_empty()),
            "service" => self.service = Some(value).filter(|label| !label.is_empty()),
            other => return Err(AddressError::UnknownOption(other.to_owned())),
        }
        Ok(())
    }

    /// Sets the settings for requests.
    #[must_use]
    pub(in crate::source) fn with_access(self, access: &Arc<Access>) -> Self {
        Self { access: Some(Arc::clone(access)), ..self }
    }

    /// Selects the profiles of one service.
    #[must_use]
    pub fn for_service(mut self, name: &str) -> Self {
        if self.kind == StoreKind::CloudProfiler {
            let (address, options) = self.shown.split_once('?').unwrap_or((&self.shown, ""));
            let mark = if options.is_empty() { "" } else { "?" };
            self.shown = format!("{}/{name}{mark}{options}", address.trim_end_matches('/'));
            self.query = Some(name.to_owned());
            return self;
        }
        let label = self.service.as_deref().unwrap_or(self.kind.service_label());
        let query = with_label("{}", label, name);
        let mark = if self.shown.contains('?') { "&" } else { "?" };
        self.shown = format!("{}{mark}query={query}", self.shown);
        self.query = Some(query);
        self
    }

    /// Session with the store.
    ///
    /// # Errors
    /// [`StoreError`] if the address has a mistake, and without settings for requests.
    pub(super) fn session(&self) -> Result<Session, StoreError> {
        let base = self.base.clone().map_err(|error| match error {
            AddressError::Url(error) => StoreError::Address(error),
            AddressError::UnknownOption(name) => StoreError::UnknownOption(name),
            AddressError::InvalidOption(value, name) => StoreError::InvalidOption(value, name),
            AddressError::InvalidProject(project) => StoreError::InvalidProject(project),
        })?;
        Ok(Session::new(base, self.access.as_ref())?)
    }

    /// Protocol.
    pub fn kind(&self) -> StoreKind {
        self.kind
    }

    /// Display form of the address, without a password. The text is not safe to print.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        self.base.as_ref().map_or_else(|_| self.shown.clone(), Url::authority)
    }

    /// Returns true if the store adds up the profiles of a time range.
    pub fn has_sums(&self) -> bool {
        self.kind != StoreKind::CloudProfiler
    }

    /// Project in Cloud Profiler; empty for other stores.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Labels that select a deployment in Cloud Profiler, with their values.
    pub fn labels(&self) -> &[(&'static str, String)] {
        &self.labels
    }

    /// Selector of the profiles, the name of the service in Cloud Profiler; `None` if the address names no service.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Start and end of the range to load; `None` for the default.
    pub fn bounds(&self) -> [Option<TimeBound>; 2] {
        [self.from, self.until]
    }

    /// Length of a step in milliseconds; `None` for the default.
    pub fn step_millis(&self) -> Option<i64> {
        self.step_millis
    }

    /// Label whose values are instances; `None` if the address does not name it.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// Label that names the service; `None` if the address does not name it.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Returns true if the settings for requests are set.
    pub fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// Returns true if certificates are not verified, so that connections can be intercepted.
    pub fn is_unverified(&self) -> bool {
        self.access.as_ref().is_some_and(|access| access.trust == CertificateTrust::All)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Store({})", self.shown)
    }
}

/// Returns true for the id of a project, such as `shop-prod` or `example.com:shop`.
fn is_project(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    !text.is_empty() && text.bytes().all(is_part)
}

/// Options of an address: the parts between `&`, except in braces and quotes.
fn split_options(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '{' if !is_quoted => depth += 1,
            '}' if !is_quoted => depth = depth.saturating_sub(1),
            '&' if depth == 0 && !is_quoted => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(text: &str) -> Store {
        Store::parse(OsStr::new(text)).unwrap()
    }

    fn base(text: &str) -> String {
        store(text).base.unwrap().request_url()
    }

    #[test]
    fn addresses_have_default_ports_and_prefixes() {
        for (text, url) in [
            ("pyroscope+http://host", "http://host:4040"),
            ("PYROSCOPE+https://profiles.example.net/", "https://profiles.example.net"),
            (
                "pyroscope+http://g:3000/api/datasources/proxy/uid/x?query=a",
                "http://g:3000/api/datasources/proxy/uid/x",
            ),
            ("parca+http://host/p?from=-1h", "http://host:7070/p"),
        ] {
            assert_eq!(base(text), url, "{text}");
        }
        assert!(Store::parse(OsStr::new("http://host")).is_none());
        assert!(Store::parse(OsStr::new("heap.pb.gz")).is_none());
    }

    #[test]
    fn options_are_read_and_a_selector_may_hold_anything() {
        let found = store(
            "pyroscope+http://h?query={service_name=\"a&b\",x=~\"c|}d\"}&from=-2h&until=now&step=1m&instance=pod&service=app",
        );
        assert_eq!(found.query(), Some("{service_name=\"a&b\",x=~\"c|}d\"}"));
        assert_eq!(found.bounds(), [Some(TimeBound::Ago(7_200_000)), Some(TimeBound::Ago(0))]);
        assert_eq!((found.step_millis(), found.instance(), found.service()), (Some(60_000), Some("pod"), Some("app")));
        let encoded = store("parca+http://h?query=%7Bjob%3D%22cart%22%7D");
        assert_eq!(encoded.query(), Some("{job=\"cart\"}"));
        assert_eq!(store("parca+http://h?query=job=\"cart\"").query(), Some("{job=\"cart\"}"));
        assert_eq!(store("parca+http://h").query(), None);
    }

    #[test]
    fn a_project_of_cloud_profiler_has_services_and_labels() {
        let found = store("gcp-profiler://shop-prod/cart?version=v7&zone=europe-west1-b&from=-2h");
        assert_eq!(
            (found.kind(), found.project(), found.query()),
            (StoreKind::CloudProfiler, "shop-prod", Some("cart"))
        );
        assert_eq!(found.labels(), [("version", "v7".to_owned()), ("zone", "europe-west1-b".to_owned())]);
        assert_eq!(base("gcp-profiler://p/cart"), CLOUD_PROFILER);
        assert_eq!(base("gcp-profiler://p?endpoint=http://h:1/x"), "http://h:1/x");
        let all = store("gcp-profiler://p?endpoint=http://me:geheim@h:1&from=-1h");
        assert_eq!((all.query(), all.shown()), (None, "gcp-profiler://p?endpoint=http://me:***@h:1&from=-1h"));
        assert!(!format!("{all:?}").contains("geheim"));
        let cart = all.for_service("cart");
        assert_eq!(
            (cart.query(), cart.shown()),
            (Some("cart"), "gcp-profiler://p/cart?endpoint=http://me:***@h:1&from=-1h")
        );
    }

    #[test]
    fn mistakes_are_told_when_it_is_opened() {
        let error = |text: &str| store(text).session().unwrap_err().to_string();
        assert_eq!(error("parca+http://h?form=-1h"), "`form` is no option of such an address");
        assert_eq!(error("gcp-profiler://p/cart?query=x"), "`query` is no option of such an address");
        assert_eq!(error("gcp-profiler:///cart"), "`` is no project");
        assert_eq!(error("parca+http://h?zone=x"), "`zone` is no option of such an address");
        assert_eq!(error("parca+http://h?from=soon"), "`soon` is no value of `from=`");
        assert_eq!(error("parca+http://h?step=0s"), "`0s` is no value of `step=`");
        assert_eq!(
            error("parca+ftp://h"),
            "the address of a store is not valid: `ftp:` is not fetched, only `http:` and `https:` are"
        );
        assert_eq!(error("parca+http://h"), "there are no settings for requests to services");
    }

    #[test]
    fn a_password_is_never_shown() {
        let found = store("pyroscope+https://1234:geheim@host/x?query={a=\"b\"}");
        assert_eq!(found.shown(), "pyroscope+https://1234:***@host/x?query={a=\"b\"}");
        assert!(!format!("{found:?}").contains("geheim"));
        assert!(!store("pyroscope+ftp://me:geheim@host").shown().contains("geheim"));
    }
}
