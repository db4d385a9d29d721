//! Pages of Cloud Profiler, built from what is known of its API: no real response was recorded.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::{Answer, TestStore};
use crate::support::store::fleet::FleetProfile;

/// Maximum number of profiles on a page, regardless of the request.
const MOST: usize = 20;
/// Only accepted token.
const TOKEN: &str = "Bearer geheim";

pub(super) fn answer(store: &TestStore, method: &str, rest: &str, authorization: &str) -> Answer {
    let error = |status: u16, name: &str, message: &str| {
        let body = json!({"error": {"code": status, "message": message, "status": name}});
        Answer::new(status, "application/json; charset=UTF-8", body.to_string().into_bytes())
    };
    if authorization != TOKEN {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access token.";
        return error(401, "UNAUTHENTICATED", message);
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if method != "GET" || path != "shop/profiles" {
        return error(403, "PERMISSION_DENIED", "The caller does not have permission");
    }
    let value = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let size = value("pageSize").and_then(|text| text.parse().ok()).unwrap_or(MOST).min(MOST);
    let first = value("pageToken")
        .map_or(0, |token| token.strip_prefix("t%2B").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0));
    // In no particular order.
    let mut all: Vec<&FleetProfile> = store.fleet.profiles.iter().collect();
    all.sort_by_key(|profile| profile.millis.wrapping_mul(2_654_435_761) % 1_000);
    let page: Vec<_> = all.iter().skip(first).take(size).map(|profile| told(profile)).collect();
    let next = first + page.len();
    let mut body = json!({ "profiles": page });
    if next < all.len() {
        body["nextPageToken"] = json!(format!("t+{next}"));
    }
    Answer::new(200, "application/json; charset=UTF-8", body.to_string().into_bytes())
}

fn told(profile: &FleetProfile) -> serde_json::Value {
    let (seconds, millis) = (profile.millis / 1000, profile.millis % 1000);
    let of_day = seconds % 86_400;
    let time = format!("2026-11-28T{:02}:{:02}:{:02}.{millis:03}Z", of_day / 3600, of_day / 60 % 60, of_day % 60);
    let zone = if profile.labels["pod"] == "cart-c" { "b" } else { "a" };
    json!({
        "name": "projects/shop/profiles/1",
        "profileType": "HEAP",
        "deployment": {
            "projectId": "shop",
            "target": profile.labels["service_name"],
            "labels": {"version": profile.labels["version"], "zone": zone, "language": "go"},
        },
        "duration": "0s",
        "labels": {},
        "startTime": time,
        "profileBytes": BASE64_STANDARD.encode(profile.bytes.as_slice()),
    })
}
