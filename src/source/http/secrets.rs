//! Secrets of requests, which a server may repeat in its answers.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "net")]
use base64::Engine as _;
#[cfg(feature = "net")]
use base64::prelude::BASE64_STANDARD;
#[cfg(feature = "net")]
use percent_encoding::percent_decode_str;

#[cfg(feature = "net")]
use super::{Access, Url};
#[cfg(feature = "net")]
use crate::base::compact_sort::CompactSort;

/// Shortest text that is taken for a secret; shorter ones occur in any text.
#[cfg(feature = "net")]
const SHORTEST: usize = 4;

/// Secrets of the requests to a service: passwords, tokens and values of headers, plain and in base64.
#[derive(Clone, Default)]
pub struct Secrets(Arc<[String]>);

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// Collects the secrets of requests with this access to this address.
    #[cfg(feature = "net")]
    pub(super) fn new(access: &Access, url: &Url) -> Self {
        let mut found: Vec<String> = Vec::new();
        for value in url.secret_values() {
            found.push(percent_decode_str(value).decode_utf8_lossy().into_owned());
            found.push(value.to_owned());
        }
        for value in access.headers.iter().map(super::RequestHeader::value) {
            found.push(value.to_owned());
            // The first word may be a scheme such as `Bearer`.
            found.extend(value.split_whitespace().skip(1).map(str::to_owned));
        }
        if let Some(userinfo) = url.userinfo() {
            let decoded = percent_decode_str(userinfo).decode_utf8_lossy().into_owned();
            found.push(decoded.split_once(':').map_or(decoded.as_str(), |(_, password)| password).to_owned());
            let pair = if decoded.contains(':') { decoded } else { format!("{decoded}:") };
            found.push(BASE64_STANDARD.encode(pair));
            found.extend(userinfo.split_once(':').map(|(_, password)| password.to_owned()));
        }
        // A header may hold user and password in base64.
        let decoded = found.iter().filter_map(|pair| String::from_utf8(BASE64_STANDARD.decode(pair).ok()?).ok());
        let passwords = decoded.filter_map(|pair| Some(pair.split_once(':')?.1.to_owned()));
        found.extend(passwords.collect::<Vec<_>>());
        found.extend(found.clone().iter().map(|secret| BASE64_STANDARD.encode(secret)));
        found.retain(|secret| secret.len() >= SHORTEST);
        // A secret that contains another one goes first.
        found.compact_sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(found.into())
    }

    /// Replaces the secrets in a text of a server.
    pub fn blanked(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

#[cfg(all(test, feature = "net"))]
mod tests {
    use super::*;
    use crate::source::http::RequestHeader;

    #[test]
    fn secrets_are_blanked_plain_and_in_base64() {
        let header = |text| RequestHeader::parse(text, &|_| None).unwrap();
        let basic = format!("Authorization: Basic {}", BASE64_STANDARD.encode("ann:opensesame"));
        let headers = vec![header("Authorization: Bearer s3cr3t"), header(&basic), header("X-Short: 1")];
        let access = Access { headers, ..Access::default() };
        let url = |text| Url::parse(text).unwrap();
        let secrets = Secrets::new(&access, &url("http://joe:p%40ssword@h/heap?sig=qu%2Fery"));
        for secret in ["s3cr3t", "qu/ery", "qu%2Fery", "Bearer s3cr3t", "opensesame", "p@ssword", "p%40ssword"] {
            for text in [secret.to_owned(), BASE64_STANDARD.encode(secret)] {
                let shown = secrets.blanked(&format!("no user with `{text}` in 1 list"));
                assert_eq!(shown, "no user with `***` in 1 list", "{secret}");
            }
        }
        assert_eq!(secrets.blanked(&BASE64_STANDARD.encode("joe:p@ssword")), "***");
        assert_eq!(Secrets::new(&Access::default(), &url("http://t0ken@h")).blanked("t0ken"), "***");
        assert_eq!(format!("{secrets:?}").find("s3cr3t"), None);
    }
}
