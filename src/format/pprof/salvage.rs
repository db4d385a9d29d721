//! Salvage of a damaged profile.
//!
//! Broken records are skipped; if the boundaries of records are lost, the read ends. Samples that refer to missing
//! records lose names and keep their values.

use crate::base::ids::StringId;
use crate::base::safe_text::SafeText;
use crate::base::units::{commas_u64, counted};
use crate::format::{DamagePolicy, FormatError, InputError, Malformed};
use crate::profile::{LabelSets, Salvaged, SampleType, Symbols};

/// Damage found so far, and the policy for it.
#[derive(Default)]
pub(super) struct Salvage {
    pub(super) policy: DamagePolicy,
    /// Error that ended the read early.
    pub(super) stopped: Option<FormatError>,
    /// Number of broken samples.
    pub(super) samples: usize,
    /// Number of other broken records.
    pub(super) records: usize,
    /// Numbers of missing locations and functions.
    pub(super) missing: [usize; 2],
    /// True if strings are missing.
    pub(super) strings: bool,
}

impl Salvage {
    /// True if the read continues after `error`. Limits, read errors, and files of two profiles are never salvaged.
    pub(super) fn allows(&self, error: &FormatError) -> bool {
        let is_damage = match error {
            FormatError::Corrupt { .. } => true,
            FormatError::Malformed(malformed) => !matches!(malformed, Malformed::TwoProfiles { .. }),
            FormatError::Input(input) => !matches!(input, InputError::Read(_) | InputError::Limit(_)),
            _ => false,
        };
        self.policy == DamagePolicy::Salvage && is_damage
    }

    /// Summary of the damage; `None` if there was none.
    pub(super) fn summary(&self, samples: usize, bytes: u64) -> Option<Salvaged> {
        let mut parts = Vec::new();
        if let Some(error) = &self.stopped {
            let count = commas_u64(samples as u64);
            parts
                .push(format!("{count} samples in {} whole bytes come before the damage ({error})", commas_u64(bytes)));
        }
        let broken = [(self.samples, "sample"), (self.records, "other record")];
        parts.extend(
            broken.iter().filter(|(count, _)| *count > 0).map(|(count, record)| count_phrase(*count, record, "broken")),
        );
        let missing = [(self.missing[0], "location"), (self.missing[1], "function")];
        parts.extend(
            missing
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, record)| count_phrase(*count, record, "missing")),
        );
        if self.strings {
            parts.push("names are missing".to_owned());
        }
        (!parts.is_empty()).then(|| Salvaged { samples, bytes, dropped: self.samples, problem: parts.join("; ") })
    }
}

fn count_phrase(count: usize, record: &str, state: &str) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!("{} {are} {state}", counted(count, record))
}

/// Replaces references to missing strings by the empty string.
pub(super) fn repair_strings(symbols: &mut Symbols, labels: &mut LabelSets) {
    let count = symbols.strings.len();
    let repair = |string: &mut StringId| {
        if string.index() >= count {
            *string = StringId::EMPTY;
        }
    };
    for function in &mut symbols.functions {
        [&mut function.name, &mut function.system_name, &mut function.file].into_iter().for_each(repair);
    }
    for mapping in &mut symbols.mappings {
        [&mut mapping.file, &mut mapping.build_id].into_iter().for_each(repair);
    }
    labels.repair(repair);
}

/// Gives numbered names to the sample types whose names are missing.
pub(super) fn number_unnamed(types: &mut [SampleType]) {
    for (index, one) in types.iter_mut().enumerate().filter(|(_, one)| one.name.is_empty()) {
        one.name = SafeText::from(&*format!("unnamed_{}", index + 1));
    }
}
