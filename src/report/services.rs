//! Services of a profile store, as text and JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::base::safe_text::safe_str;

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
    serde_json::to_writer(&mut *out, &ServiceList { schema: "heapglass.list/1", services })?;
    writeln!(out)
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
