//! Services of a profile store, as text and JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::base::safe_text::safe_str;

use super::json;

/// Maximum number of values of a label in text.
const MOST_VALUES: usize = 8;

/// Service of a profile store.
#[derive(Clone, Debug, Serialize)]
pub struct ListedService<'a> {
    /// Name of the service; empty for profiles without one.
    pub name: &'a str,
    /// Labels with their values.
    pub labels: BTreeMap<&'a str, &'a [String]>,
    /// Short names of the service's sample types.
    pub sample_types: Vec<&'a str>,
}

/// JSON object of a list.
#[derive(Serialize)]
struct ServiceList<'a> {
    schema: &'static str,
    services: &'a [ListedService<'a>],
}

/// Writes the schema `heapglass.list/1`.
///
/// # Errors
/// [`io::Error`] of the writer.
pub fn write_services_json(services: &[ListedService<'_>], out: &mut dyn Write) -> io::Result<()> {
    json::write(out, &ServiceList { schema: "heapglass.list/1", services })
}

/// Writes a paragraph for each service.
///
/// # Errors
/// [`io::Error`] of the writer.
pub fn write_services(services: &[ListedService<'_>], out: &mut dyn Write) -> io::Result<()> {
    for service in services {
        let name = if service.name.is_empty() { "(no service)" } else { service.name };
        writeln!(out, "{}", safe_str(name))?;
        writeln!(out, "  {:<14}{}", "sample types", safe_str(&service.sample_types.join(", ")))?;
        for (label, values) in &service.labels {
            let mut shown = values.iter().take(MOST_VALUES).map(String::as_str).collect::<Vec<_>>().join(", ");
            if let Some(more) = values.len().checked_sub(MOST_VALUES).filter(|more| *more > 0) {
                shown = format!("{shown} and {more} more");
            }
            writeln!(out, "  {:<14}{}", safe_str(label), safe_str(&shown))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_store_control_no_terminal() {
        let values = ["a\u{9b}31m\u{202e}\u{7f}\u{1b}c".to_owned()];
        let name = "cart\u{9b}";
        let services =
            [ListedService { name, labels: BTreeMap::from([("pod", &values[..])]), sample_types: vec!["inuse\u{7f}"] }];
        let (mut json, mut text) = (Vec::new(), Vec::new());
        write_services_json(&services, &mut json).unwrap();
        write_services(&services, &mut text).unwrap();
        for text in [&json, &text].map(|bytes| str::from_utf8(bytes).unwrap()) {
            assert!(text.lines().all(|line| safe_str(line) == line), "{text:?}");
        }
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["services"][0]["labels"]["pod"], serde_json::json!(values));
    }
}
