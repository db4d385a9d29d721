//! Errors of profile stores. Messages name neither the program nor the address, which the caller knows.

use super::kind::StoreKind;
use crate::base::limits::format_size;
use crate::base::safe_text::safe_str;
use crate::base::width::cut_end;
use crate::source::http::{HttpError, Reply, UrlError, busy_hint};

/// Maximum width shown of a store's message, in columns.
const MESSAGE_COLUMNS: usize = 240;

/// Error of querying a profile store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address of the store is not valid.
    #[error("the address of a store is not valid: {0}")]
    Address(UrlError),
    /// An option in the address is not known.
    #[error("`{0}` is no option of such an address")]
    UnknownOption(String),
    /// An option in the address has an invalid value.
    #[error("`{0}` is no value of `{1}=`")]
    InvalidOption(String, &'static str),
    /// The id of a project contains invalid characters.
    #[error("`{0}` is no project")]
    InvalidProject(String),
    /// No response was received.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The store refused the call: its status and message.
    #[error("the store answered {0}")]
    Refused(Box<Refusal>),
    /// The response is incomplete: the text names the missing part.
    #[error("the answer was cut: {0}")]
    Cut(&'static str),
    /// The response to a list has more bytes than a list may have.
    #[error("the answer has more than {}, which no list has", format_size(*.0))]
    ListTooLong(u64),
    /// The response does not come from a store of this kind.
    #[error("what answers is no {0}")]
    OtherService(&'static str),
    /// The response cannot be decoded.
    #[error("the answer is damaged: {0}")]
    Damaged(&'static str),
    /// A profile measures something other than memory.
    #[error("a profile is no pprof profile of memory but {0}")]
    OtherProfile(String),
    /// The response has more parts than are plausible.
    #[error("the answer has more than {0} {1}")]
    TooMany(usize, &'static str),
    /// A list has more profiles than allowed for one response, or in total.
    #[error("it lists more than {0} profiles")]
    TooManyPoints(usize),
    /// There are no profiles.
    #[error("no profiles of `{0}` between {1} and {2}")]
    NoData(String, String, String),
    /// The service has no type of this name.
    #[error("no sample type `{0}`; there are {1}")]
    UnknownType(String, String),
    /// No profile has the label whose values are the instances; the known labels.
    #[error("no profile has the label `{}`", safe_str(.0))]
    UnknownLabel(String, Vec<String>),
    /// The service has no memory profiles; the text lists its types.
    #[error("it has no profiles of memory; there are {0}")]
    NoMemory(String),
    /// The store has no services in the range.
    #[error("no services with profiles in this time")]
    NoServices,
    /// The address names no service.
    #[error("the address names no service")]
    NoQuery,
    /// The address names no service of Cloud Profiler.
    #[error("the address names no service")]
    NoTarget,
    /// More requests than the limit: their number, the limit, and a step that fits, in words.
    #[error("it takes {needed} requests, and at most {most} are made")]
    TooManyRequests {
        /// Number of requests.
        needed: usize,
        /// Limit.
        most: usize,
        /// Step that fits, such as `5m`; `None` if none does.
        step: Option<String>,
    },
    /// More requests for single profiles than the limit.
    #[error("its {count} single profiles take {needed} requests, and at most {most} are made")]
    TooManyProfiles {
        /// Number of profiles.
        count: usize,
        /// Number of requests.
        needed: usize,
        /// Limit.
        most: usize,
        /// Time of the earliest profile from which the requests fit the limit; `None` if none fits.
        since: Option<String>,
    },
    /// The range begins in 1970 or before, where a store has nothing.
    #[error("the range does not begin after 1970-01-01")]
    BeforeTime,
    /// The range ends before it begins.
    #[error("the range ends before it begins")]
    EmptyRange,
    /// The window has no time within the range.
    #[error("the window has no time within the range")]
    EmptyWindow,
}

/// Refusal of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kind of the store.
    pub kind: StoreKind,
    /// HTTP status; 200 if the protocol has its own status.
    pub status: u16,
    /// Name of the protocol's error code; empty if there is none.
    pub code: String,
    /// Message, safe to show and short; empty if there is none.
    pub message: String,
    /// Seconds to wait before another attempt, as the store asks; `None` if it does not.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// Refusal with a message of the store, which is made safe to show and is without the secrets of the call.
    pub(super) fn new(kind: StoreKind, reply: &Reply, code: &str, message: &str) -> Self {
        let (code, message) = (reply.secrets.blanked(code), reply.secrets.blanked(message));
        let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let is_web_page = line.starts_with('<');
        let shown = |text: &str| cut_end(&safe_str(text), MESSAGE_COLUMNS).into_owned();
        Self {
            kind,
            status: reply.status,
            code: shown(&code),
            message: if is_web_page { String::new() } else { shown(line) },
            retry_after: reply.retry_after(),
        }
    }

    /// Refusal by the status of a response without a message of the protocol.
    pub(super) fn of_status(kind: StoreKind, reply: &Reply) -> Self {
        let text = String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]);
        Self::new(kind, reply, "", &text)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.status, self.code.as_str()) {
            (200, "") => out.write_str("with an error")?,
            (200, code) => out.write_str(code)?,
            (status, "") => write!(out, "{status}")?,
            (status, code) => write!(out, "{status} {code}")?,
        }
        if self.message.is_empty() { Ok(()) } else { write!(out, ": {}", self.message) }
    }
}

impl StoreError {
    /// Returns true if the response for a shorter range may be small enough.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooManyPoints(_) | Self::ListTooLong(_) | Self::Http(HttpError::Limit(_)))
    }

    /// Advice to the user in one sentence; `None` when there is none.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Address(_) => "an address is `pyroscope+http://host:4040?query={service_name=\"cart\"}`",
            Self::UnknownOption(_) => {
                "there are `query`, `from`, `until`, `step`, `instance` and `service`; in Cloud Profiler `version`, `zone`, \
                 `from`, `until`, `instance` and `endpoint`"
            }
            Self::InvalidProject(_) => "an address is `gcp-profiler://PROJECT/SERVICE`",
            Self::InvalidOption(_, "step") => "a step is a duration such as `30s` or `5m`",
            Self::InvalidOption(..) => "a time is `2026-11-22T14:00:00Z`, `-2h` or `now`",
            Self::Http(error) => return error.hint(),
            Self::Refused(refusal) => return refusal.hint(),
            Self::UnknownType(asked, _) if asked.parse::<usize>().is_ok() => {
                "the types of a store have no numbers: give a name"
            }
            Self::UnknownLabel(_, known) if known.is_empty() => "the profiles have no labels",
            Self::UnknownLabel(_, known) => {
                return Some(format!("there are {}", safe_str(&known.join(", "))));
            }
            Self::Cut(_) | Self::Damaged(_) => "try again; a proxy on the way may cut or change answers",
            Self::OtherService(_) => "the path before the store's own API may be missing from the address",
            Self::NoData(..) => {
                "`heapglass list ADDRESS` shows what the store has; `from=` and `until=` choose the time"
            }
            Self::BeforeTime => "`from=` is a time such as `2026-11-22T14:00:00Z`, `-2h` or seconds since 1970",
            Self::EmptyRange => "`from=` is before `until=`, and both are before now",
            Self::EmptyWindow => {
                "`from=` and `until=` choose the range, by default the last hour; numbers of a window are of its steps"
            }
            Self::NoServices => "`from=` and `until=` choose the time",
            Self::NoTarget => "`heapglass list ADDRESS` shows the services; `gcp-profiler://PROJECT/SERVICE` names one",
            Self::NoQuery => "`heapglass list ADDRESS` shows the services; `?query={service_name=\"NAME\"}` names one",
            Self::TooManyProfiles { since: Some(since), .. } => {
                return Some(format!("from {since} on they fit; more requests can be allowed"));
            }
            Self::TooManyPoints(_) | Self::ListTooLong(_) => {
                "`from=` and `until=` choose a shorter range, a selector fewer processes"
            }
            Self::TooManyProfiles { since: None, .. } | Self::TooManyRequests { step: None, .. } => {
                "more requests can be allowed"
            }
            Self::TooManyRequests { step: Some(step), .. } => {
                return Some(format!("a step of {step} fits; more requests can be allowed"));
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl Refusal {
    /// Status that says the same as a code of gRPC, whose responses have the status 200.
    fn meaning(&self) -> u16 {
        match (self.status, self.code.as_str()) {
            (200, "unauthenticated") => 401,
            (200, "permission_denied") => 403,
            (200, "not_found" | "unimplemented") => 404,
            (200, "invalid_argument" | "failed_precondition" | "out_of_range" | "already_exists") => 400,
            (200, "unavailable" | "resource_exhausted" | "aborted" | "cancelled" | "deadline_exceeded") => 503,
            (200, _) => 500,
            (status, _) => status,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match (self.meaning(), self.kind) {
            (401 | 403, StoreKind::CloudProfiler) => {
                "`--header 'Authorization: Bearer $TOKEN'` with a token of `gcloud auth print-access-token`"
            }
            (401, StoreKind::Pyroscope) if self.message.contains("org id") => {
                "a tenant is named by the header `X-Scope-OrgID`"
            }
            (401 | 403, StoreKind::Pyroscope) => {
                "a header such as `Authorization: Bearer $TOKEN` names the user, `X-Scope-OrgID` the tenant"
            }
            (401 | 403, StoreKind::Parca) => "a header such as `Authorization: Bearer $TOKEN` names the user",
            (404, _) => "the path before the store's own API may be missing from the address",
            (405 | 415, _) => "a proxy on the way may change the call, or another service answers at this address",
            (400, _) if self.message.contains("max_query_length") => "`from=` and `until=` choose a shorter range",
            (400, _) => "the store does not take the query, the time or another option of the address",
            (status, _) => return busy_hint(status, self.retry_after),
        };
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_hint_for_its_store() {
        let reply = |status| Reply { status, ..Reply::default() };
        let hint = |kind, status, code| Refusal::new(kind, &reply(status), code, "").hint().unwrap();
        for kind in [StoreKind::Pyroscope, StoreKind::Parca, StoreKind::CloudProfiler] {
            for status in [400, 401, 403, 404, 405, 408, 415, 429, 500, 502, 503] {
                let hint = hint(kind, status, "");
                let names_tenant = hint.contains("X-Scope-OrgID");
                assert_eq!(
                    names_tenant,
                    kind == StoreKind::Pyroscope && matches!(status, 401 | 403),
                    "{status}: {hint}"
                );
            }
        }
        for code in ["unauthenticated", "permission_denied"] {
            assert!(hint(StoreKind::Parca, 200, code).contains("Bearer"), "{code}");
        }
        assert!(hint(StoreKind::Parca, 200, "unavailable").starts_with("it is busy"));
        assert!(hint(StoreKind::Parca, 200, "invalid_argument").contains("query"));
        assert!(hint(StoreKind::CloudProfiler, 401, "").contains("gcloud"), "a page of a proxy has no code");
    }
}
