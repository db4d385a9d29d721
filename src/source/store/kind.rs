//! Kinds of profile stores.

/// Protocol of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreKind {
    /// Grafana Pyroscope, Grafana Cloud Profiles.
    Pyroscope,
    /// Parca, Polar Signals Cloud.
    Parca,
    /// Google Cloud Profiler, which lists single profiles and does not add them up.
    CloudProfiler,
}

impl StoreKind {
    /// Name of the product.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pyroscope => "Pyroscope",
            Self::Parca => "Parca",
            Self::CloudProfiler => "Cloud Profiler",
        }
    }

    /// Label that names the service, unless the address names another label.
    pub fn service_label(self) -> &'static str {
        match self {
            Self::Pyroscope => "service_name",
            Self::Parca => "job",
            Self::CloudProfiler => "target",
        }
    }

    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Pyroscope => "pyroscope+",
            Self::Parca => "parca+",
            Self::CloudProfiler => "gcp-profiler://",
        }
    }

    /// Port of `http:` addresses without a port.
    pub(super) fn default_port(self) -> u16 {
        match self {
            Self::Pyroscope => 4040,
            Self::Parca => 7070,
            Self::CloudProfiler => 80,
        }
    }
}
