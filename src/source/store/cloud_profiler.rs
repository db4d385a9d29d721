//! Pages of Google Cloud Profiler, API v2: every profile of a project with its bytes, unordered and unfiltered.

use serde::Deserialize;

use super::error::{Refusal, StoreError};
use super::kind::StoreKind;
use super::model::{CloudPages, CloudProfile, Service, ServiceList, StoreType};
use super::transport::{Transport, check_page};
use crate::base::base64;
use crate::base::compact_sort::CompactSort;
use crate::base::time::parse_rfc3339;
use crate::source::http::{Call, Reply};
use crate::source::percent::encoded;

/// Number of profiles requested per page. Their bytes are part of the response.
const PAGE_SIZE: usize = 50;
/// Maximum number of profiles that the API allows per page.
const MOST_PER_PAGE: usize = 1_000;
/// Maximum size of a page token, in bytes.
const MOST_TOKEN: usize = 8 << 10;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    profiles: Vec<PageProfile>,
    next_page_token: String,
    skipped_profiles: i64,
    error: Option<ApiError>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageProfile {
    name: String,
    profile_type: String,
    deployment: Deployment,
    duration: String,
    labels: std::collections::BTreeMap<String, String>,
    start_time: String,
    profile_bytes: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Deployment {
    target: String,
    labels: std::collections::BTreeMap<String, String>,
}

/// Body of an error response.
#[derive(Deserialize)]
struct ErrorBody {
    error: ApiError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ApiError {
    message: String,
    status: String,
}

/// Reads the pages of a project, at most `most_pages`, and keeps the profiles that fit. The kept profiles together are
/// limited to the maximum number of bytes of one response.
pub(super) fn pages(
    transport: &Transport,
    project: &str,
    most_pages: usize,
    is_wanted: &dyn Fn(&CloudProfile) -> bool,
) -> Result<CloudPages, StoreError> {
    let mut found = CloudPages::default();
    let (mut tokens, mut bytes): (Vec<String>, u64) = (vec![String::new()], 0);
    while found.pages < most_pages {
        let token = tokens.last().cloned().unwrap_or_default();
        let page = page(transport, project, &token)?;
        found.pages += 1;
        found.skipped += u64::try_from(page.skipped_profiles).unwrap_or(0);
        if page.profiles.len() > MOST_PER_PAGE {
            return Err(StoreError::TooMany(MOST_PER_PAGE, "profiles"));
        }
        for profile in page.profiles {
            found.profiles_read += 1;
            let (profile, encoded) = profile.told();
            if !is_wanted(&profile) {
                continue;
            }
            let decoded = base64::decoded(&encoded);
            bytes += decoded.as_ref().map_or(0, Vec::len) as u64;
            if bytes > transport.limit().bytes {
                return Err(transport.limit().error());
            }
            found.profiles.push(CloudProfile { bytes: decoded, ..profile });
        }
        if page.next_page_token.is_empty() {
            found.is_complete = true;
            break;
        }
        if page.next_page_token.len() > MOST_TOKEN || tokens.contains(&page.next_page_token) {
            return Err(StoreError::Damaged("its pages go round"));
        }
        tokens.push(page.next_page_token);
    }
    found.profiles.compact_sort_by_key(|profile| profile.start_millis);
    Ok(found)
}

/// Sample types of a type of profile, by the names that their profiles use.
fn sample_types(kind: &str) -> Vec<StoreType> {
    let names: &[&str] = match kind {
        "HEAP" | "PEAK_HEAP" => &["inuse_objects", "inuse_space"],
        "HEAP_ALLOC" => &["alloc_objects", "alloc_space"],
        other => return vec![StoreType::named(&other.to_ascii_lowercase())],
    };
    names.iter().map(|name| StoreType::named(name)).collect()
}

/// Services of the wanted profiles of a project, with their labels and sample types.
pub(super) fn services(
    transport: &Transport,
    project: &str,
    most_pages: usize,
    is_wanted: &dyn Fn(&CloudProfile) -> bool,
) -> Result<Vec<Service>, StoreError> {
    let services = std::cell::RefCell::new(ServiceList::default());
    let note = |profile: &CloudProfile| {
        let mut services = services.borrow_mut();
        if is_wanted(profile) && !profile.target.is_empty() {
            let service = services.service(&profile.target);
            for store_type in sample_types(&profile.kind) {
                service.add_type(store_type);
            }
            profile.labels.iter().for_each(|(name, value)| service.add_label(name, value));
        }
        false
    };
    pages(transport, project, most_pages, &note)?;
    Ok(services.into_inner().into_services())
}

fn page(transport: &Transport, project: &str, token: &str) -> Result<Page, StoreError> {
    let next = if token.is_empty() { String::new() } else { format!("&pageToken={}", encoded(token)) };
    let path = format!("/v2/projects/{}/profiles?pageSize={PAGE_SIZE}{next}", encoded(project));
    let call = Call { path, body: None, headers: vec![("Accept", "application/json")] };
    let reply = transport.call(&call, transport.limit())?;
    check_page(&reply, StoreKind::CloudProfiler)?;
    if reply.status != 200 {
        return Err(StoreError::Refused(Box::new(refusal(&reply))));
    }
    let page: Page = serde_json::from_slice(&reply.body).map_err(|_| StoreError::Damaged("a page of profiles"))?;
    match page.error {
        // A proxy may turn the status of an error into 200.
        Some(_) => Err(StoreError::Refused(Box::new(refusal(&reply)))),
        None => Ok(page),
    }
}

fn refusal(reply: &Reply) -> Refusal {
    match serde_json::from_slice::<ErrorBody>(&reply.body) {
        Ok(ErrorBody { error }) => {
            Refusal::new(StoreKind::CloudProfiler, reply, &error.status.to_ascii_lowercase(), &error.message)
        }
        Err(_) => Refusal::of_status(StoreKind::CloudProfiler, reply),
    }
}

impl PageProfile {
    /// Facts about the profile, and its bytes in their encoded form.
    fn told(self) -> (CloudProfile, String) {
        let Self { name, profile_type, deployment, duration, labels, start_time, profile_bytes } = self;
        let mut all: Vec<(String, String)> = deployment.labels.into_iter().collect();
        all.extend(labels.into_iter().filter(|(name, _)| name != "target"));
        let profile = CloudProfile {
            name,
            kind: profile_type,
            target: deployment.target,
            labels: all,
            start_millis: parse_rfc3339(&start_time).unwrap_or(0),
            duration_millis: seconds(&duration).unwrap_or(0),
            bytes: None,
        };
        (profile, profile_bytes)
    }
}

/// Parses a duration such as `10s` or `3.5s`; returns milliseconds.
fn seconds(text: &str) -> Option<i64> {
    let number: f64 = text.strip_suffix('s')?.parse().ok()?;
    (0.0..=1e9).contains(&number).then_some((number * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_facts_and_bytes() {
        let text = r#"{"profiles":[{"name":"projects/p/profiles/1","profileType":"HEAP","deployment":{"projectId":"p",
            "target":"cart","labels":{"version":"v7","zone":"b"}},"duration":"10.5s","labels":{"x":"y"},
            "startTime":"2026-11-28T19:36:02.137Z","profileBytes":"aGVhcA=="}],"nextPageToken":"a/b","unknown":{}}"#;
        let page: Page = serde_json::from_str(text).unwrap();
        assert_eq!((page.next_page_token.as_str(), page.skipped_profiles), ("a/b", 0));
        let (profile, bytes) = page.profiles.into_iter().next().unwrap().told();
        assert_eq!((profile.kind.as_str(), profile.target.as_str(), bytes.as_str()), ("HEAP", "cart", "aGVhcA=="));
        assert_eq!(profile.name, "projects/p/profiles/1");
        assert_eq!((profile.start_millis, profile.duration_millis), (1_795_894_562_137, 10_500));
        assert_eq!(profile.label("zone"), "b");
        assert_eq!(profile.label("x"), "y");
    }

    #[test]
    fn a_refusal_has_the_words_of_the_api() {
        let body = br#"{"error":{"code":403,"message":"Permission denied on p","status":"PERMISSION_DENIED"}}"#;
        let reply = Reply { status: 403, body: body.to_vec(), ..Reply::default() };
        assert_eq!(refusal(&reply).to_string(), "403 permission_denied: Permission denied on p");
        assert_eq!(seconds("10s"), Some(10_000));
        assert_eq!([seconds("s"), seconds("-1s"), seconds("1e99s"), seconds("10")], [None; 4]);
    }
}
