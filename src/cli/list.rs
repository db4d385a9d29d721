//! `heapglass list`: services of a profile store.

use std::sync::Arc;

use crate::base::time::TimeBound;
use crate::load::Reason;
use crate::report::{ListedService, write_services, write_services_json};
use crate::source::http::{CancelCheck, now_millis};
use crate::source::{Address, ResponseLimit, Service, SourceError, Store, StoreClient, StoreError, TimeRange};

use super::args::{FormatArg, ListArgs};
use super::environment::Variables;
use super::message::{CliFailure, source_hint};
use super::network;
use super::output::Output;

/// Maximum size of a store's response, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Default range to list, in milliseconds.
const USUAL_RANGE: i64 = 3_600_000;

/// Store to list, and destination of the list.
pub(crate) struct ListPlan {
    store: Store,
    format: FormatArg,
    output: Output,
}

impl ListPlan {
    /// Interprets the arguments.
    ///
    /// # Errors
    /// [`CliFailure`] if the address is not that of a store.
    pub(crate) fn new(args: &ListArgs, variables: Variables<'_>) -> Result<Self, CliFailure> {
        let access = network::access(&args.net, variables)?;
        let address = Address::parse(&args.address).with_access(&access);
        let Address::Store(store) = address else {
            let hint =
                "an address is `pyroscope+http://host:4040`, `parca+http://host:7070` or `gcp-profiler://PROJECT`"
                    .to_owned();
            return Err(CliFailure::input(format!("{}: is no profile store", address.name()), Some(hint)));
        };
        Ok(Self { store, format: args.format.unwrap_or(FormatArg::Text), output: args.output.destination() })
    }
}

/// Lists the services of a store.
///
/// # Errors
/// [`CliFailure`] if the store cannot be queried or has no profiles in the range.
pub(crate) fn list(plan: &ListPlan) -> Result<(), CliFailure> {
    let services = services(&plan.store).map_err(|error| failure(&plan.store, error))?;
    let listed: Vec<ListedService<'_>> = services.iter().map(listed).collect();
    plan.output.write(|out| match plan.format {
        FormatArg::Json => write_services_json(&listed, out),
        _ => write_services(&listed, out),
    })
}

/// Converts a service to its form in the report.
fn listed(service: &Service) -> ListedService<'_> {
    let labels = service.labels.iter().map(|(name, values)| (name.as_str(), values.as_slice()));
    ListedService { name: &service.name, labels: labels.collect(), sample_types: sample_types(service) }
}

/// Message for a store that cannot be listed.
pub(crate) fn failure(store: &Store, error: StoreError) -> CliFailure {
    let reason = Reason::from(SourceError::from(error));
    CliFailure::input(format!("{}: {reason}", store.shown()), source_hint(&reason))
}

/// Services of a store in the range of its address, by default the last hour.
///
/// # Errors
/// [`StoreError`] if the store cannot be queried or has no profiles in the range.
pub(crate) fn services(store: &Store) -> Result<Vec<Service>, StoreError> {
    let now = now_millis();
    let instant = |bound: TimeBound| match bound {
        TimeBound::At(millis) => millis,
        TimeBound::Ago(millis) => now.saturating_sub(millis),
        TimeBound::Number(_) => now,
    };
    let [from, until] = store.bounds();
    let until = until.map_or(now, instant);
    let after = from.map_or(until.saturating_sub(USUAL_RANGE), instant);
    if after >= until || after <= 0 {
        return Err(StoreError::EmptyRange);
    }
    let never: CancelCheck = Arc::new(|| false);
    let client = StoreClient::new(store, ResponseLimit::of_lists(MOST_BYTES), never)?;
    let services = client.services(store.query(), TimeRange { after, until })?;
    if services.is_empty() { Err(StoreError::NoServices) } else { Ok(services) }
}

/// Short names of a service's sample types.
pub(crate) fn sample_types(service: &Service) -> Vec<&str> {
    let mut names: Vec<&str> = service.types.iter().map(|one| one.sample_type.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
