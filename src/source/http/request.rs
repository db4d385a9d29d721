//! Requests. Redirects are followed one by one, so that credentials are sent to the requested service only.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use ureq::http::Response;
use ureq::{Agent, Body, Proxy, RequestBuilder};

use super::access::EffectiveTimeouts;
use super::clock::now_millis;
use super::error::retry_seconds;
use super::proxy::{proxy_authority, unknown_scheme};
use super::url::{Scheme, host_and_port};
use super::{Access, HttpError, Secrets, StatusError, Url, client_error};
use crate::base::safe_text;
use crate::base::width::cut_end;

/// Maximum number of redirects.
const MAX_REDIRECTS: usize = 5;
/// Maximum number of bytes read from the text of an error response.
const MESSAGE_BYTES: u64 = 1 << 10;
/// Maximum width shown of the text of an error response, in columns.
const MESSAGE_COLUMNS: usize = 160;

/// Method of a request, with its body.
pub(super) enum RequestMethod {
    Get,
    Post {
        /// Value of `Content-Type`.
        content_type: &'static str,
        body: Vec<u8>,
    },
}

/// Request for a profile.
pub(super) struct ProfileRequest {
    pub(super) url: Url,
    pub(super) method: RequestMethod,
    /// Headers of the protocol.
    pub(super) protocol_headers: Vec<(&'static str, &'static str)>,
    pub(super) access: Arc<Access>,
    pub(super) timeouts: EffectiveTimeouts,
    pub(super) deadline: Instant,
    pub(super) agent: Agent,
    /// Client without the user's certificate.
    pub(super) other_agent: Agent,
}

/// Successful response, with the address that it came from.
pub(super) struct ProfileResponse {
    pub(super) response: Response<Body>,
    pub(super) at: Url,
}

/// Credentials and headers that a request may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecretScope {
    /// All: the address has the origin of the requested service.
    SameOrigin,
    /// None: a redirect has led to another origin.
    OtherOrigin,
}

impl ProfileRequest {
    /// Sends the request and follows redirects. An error status is reported to `refused` before its text is read, which
    /// may take long.
    pub(super) fn follow(&self, report: impl Fn(HttpError)) -> Result<ProfileResponse, HttpError> {
        let mut at = self.url.clone();
        // Once a redirect has led to another origin, later requests carry no credentials, even if a redirect leads
        // back.
        let mut scope = SecretScope::SameOrigin;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&at, scope)?;
            let status = response.status();
            if status.is_success() {
                return Ok(ProfileResponse { response, at });
            }
            let to = response.headers().get("location").filter(|_| status.is_redirection());
            let Some(to) = to else {
                let other_origin = (scope == SecretScope::OtherOrigin && self.has_secrets()).then_some(&at);
                let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
                let found = StatusError {
                    code: status.as_u16(),
                    phrase: status.canonical_reason().unwrap_or_default(),
                    message: None,
                    stripped_at: other_origin.map(|at| format!("{}://{}", at.scheme().name(), at.authority())),
                    retry_after: header.and_then(|value| retry_seconds(value, now_millis())),
                };
                let secrets = Secrets::new(&self.access, &self.url);
                report(HttpError::Status(Box::new(found.clone())));
                return Err(HttpError::Status(Box::new(StatusError {
                    message: message_of(response, &secrets),
                    ..found
                })));
            };
            let next = at.redirect(&String::from_utf8_lossy(to.as_bytes())).map_err(HttpError::InvalidRedirect)?;
            if (at.scheme(), next.scheme()) == (Scheme::Https, Scheme::Http) {
                return Err(HttpError::InsecureRedirect);
            }
            if !next.is_same_origin(&self.url) {
                scope = SecretScope::OtherOrigin;
            }
            at = next;
        }
        Err(HttpError::TooManyRedirects(MAX_REDIRECTS))
    }

    /// Sends the request and returns the response of any status. A redirect is followed only within the origin, and
    /// only if it keeps method and body.
    pub(super) fn exchange(&self) -> Result<ProfileResponse, HttpError> {
        let mut at = self.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&at, SecretScope::SameOrigin)?;
            let status = response.status();
            let to = response.headers().get("location").filter(|_| status.is_redirection());
            let Some(to) = to else { return Ok(ProfileResponse { response, at }) };
            let next = at.redirect(&String::from_utf8_lossy(to.as_bytes())).map_err(HttpError::InvalidRedirect)?;
            if !next.is_same_origin(&self.url) || !matches!(status.as_u16(), 307 | 308) {
                return Err(HttpError::RefusedRedirect(format!("{}://{}", next.scheme().name(), next.authority())));
            }
            at = next;
        }
        Err(HttpError::TooManyRedirects(MAX_REDIRECTS))
    }

    /// Sends one request.
    fn send(&self, at: &Url, scope: SecretScope) -> Result<Response<Body>, HttpError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(HttpError::TotalTimeout(self.timeouts.total));
        }
        let proxy = self.proxy(at)?;
        let proxy_name = self.access.proxies.for_url(at).map(proxy_authority);
        let agent = if scope == SecretScope::SameOrigin { &self.agent } else { &self.other_agent };
        let sent = match &self.method {
            RequestMethod::Get => {
                let request = self.with_headers(agent.get(at.request_url()), scope);
                request.config().proxy(proxy).timeout_global(Some(left)).build().call()
            }
            RequestMethod::Post { content_type, body } => {
                let request = self.with_headers(agent.post(at.request_url()), scope);
                let request = request.header("Content-Type", *content_type);
                request.config().proxy(proxy).timeout_global(Some(left)).build().send(body.as_slice())
            }
        };
        sent.map_err(|error| client_error::of_request(error, &self.timeouts, &at.authority(), proxy_name))
    }

    fn with_headers<B>(&self, mut request: RequestBuilder<B>, scope: SecretScope) -> RequestBuilder<B> {
        for (name, value) in &self.protocol_headers {
            request = request.header(*name, *value);
        }
        if scope == SecretScope::SameOrigin {
            if let Some(userinfo) = self.url.userinfo() {
                request = request.header("Authorization", basic_authorization(userinfo));
            }
            for header in &self.access.headers {
                request = request.header(&header.name, header.value());
            }
        }
        request
    }

    fn proxy(&self, at: &Url) -> Result<Option<Proxy>, HttpError> {
        let Some(proxy) = self.access.proxies.for_url(at) else { return Ok(None) };
        if let Some(scheme) = unknown_scheme(proxy) {
            return Err(HttpError::Proxy(
                proxy_authority(proxy),
                format!("`{}:` is not spoken", safe_text::safe_str(scheme)),
            ));
        }
        let unreadable = || HttpError::Proxy(proxy_authority(proxy), "its address cannot be read".to_owned());
        // The client takes a port that is no number.
        host_and_port(&proxy_authority(proxy)).map_err(|_| unreadable())?;
        Proxy::new(proxy).map(Some).map_err(|_| unreadable())
    }

    fn has_secrets(&self) -> bool {
        self.url.userinfo().is_some() || !self.access.headers.is_empty() || self.access.identity.is_some()
    }
}

/// Value of the header for basic authentication.
fn basic_authorization(userinfo: &str) -> String {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut plain: Vec<u8> = percent_decode_str(user).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    format!("Basic {}", BASE64_STANDARD.encode(plain))
}

/// First line of the text of an error response; `None` for a web page.
fn message_of(response: Response<Body>, secrets: &Secrets) -> Option<String> {
    let mut bytes = Vec::new();
    // A partial text is sufficient.
    let _ = response.into_body().into_reader().take(MESSAGE_BYTES).read_to_end(&mut bytes);
    let text = secrets.blanked(&String::from_utf8_lossy(&bytes));
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let is_web_page = line.starts_with('<') || line.starts_with('\x1f');
    (!is_web_page).then(|| cut_end(&safe_text::safe_str(line), MESSAGE_COLUMNS).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_decoded_before_it_is_sent() {
        assert_eq!(basic_authorization("Aladdin:open%20sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic_authorization("token"), format!("Basic {}", BASE64_STANDARD.encode("token:")));
    }

    #[test]
    fn the_message_of_an_error_is_one_safe_line() {
        let response = |body: &str| Response::new(Body::builder().data(body));
        assert_eq!(
            message_of(response("\n  Unknown profile\nmore"), &Secrets::default()).as_deref(),
            Some("Unknown profile")
        );
        assert_eq!(message_of(response("\x1b[2Jgone\u{7}"), &Secrets::default()).as_deref(), Some("\\x1b[2Jgone\\x07"));
        assert_eq!(message_of(response("<html>"), &Secrets::default()), None);
        assert_eq!(
            message_of(response(&"x".repeat(1 << 20)), &Secrets::default()).map(|message| message.chars().count()),
            Some(MESSAGE_COLUMNS)
        );
    }
}
