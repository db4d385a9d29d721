//! What becomes of a damaged profile: refused, or kept as far as it is whole.
//!
//! Where it is kept, a record that makes no sense is left out and the next one is read; where records can no longer be
//! told apart, reading ends. What refers to something in the missing part loses its name and keeps its figures.

use crate::base::clean::Text;
use crate::base::ids::StringId;
use crate::base::units::{commas, commas_u64};
use crate::format::{DamagePolicy, FormatError, InputError, Malformed};
use crate::profile::{LabelSets, Salvaged, SampleType, Symbols};

/// The damage that was met so far.
#[derive(Default)]
pub(super) struct Salvage {
    pub(super) policy: DamagePolicy,
    /// Why reading ended before the end.
    pub(super) stopped: Option<FormatError>,
    /// Samples that made no sense.
    pub(super) samples: usize,
    /// Other records that made none.
    pub(super) records: usize,
    /// Locations and functions that are referred to and are not there.
    pub(super) missing: [usize; 2],
    /// Whether strings are.
    pub(super) strings: bool,
}

impl Salvage {
    /// Whether reading goes on after this error. A limit stays a limit, and a file of two profiles is none of either.
    pub(super) fn forgives(&self, error: &FormatError) -> bool {
        let is_damage = match error {
            FormatError::Corrupt { .. } => true,
            FormatError::Malformed(malformed) => !matches!(malformed, Malformed::TwoProfiles { .. }),
            FormatError::Input(input) => !matches!(input, InputError::Read(_) | InputError::Limit(_)),
            _ => false,
        };
        self.policy == DamagePolicy::Salvage && is_damage
    }

    /// What there is to say of it; none where nothing was damaged.
    pub(super) fn end(&self, samples: usize, bytes: u64) -> Option<Salvaged> {
        let mut said = Vec::new();
        if let Some(error) = &self.stopped {
            let count = commas_u64(samples as u64);
            said.push(format!(
                "{count} samples in {} whole bytes stand before the damage ({error})",
                commas_u64(bytes)
            ));
        }
        let broken = [(self.samples, "sample"), (self.records, "other record")];
        said.extend(broken.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count, what, "broken")));
        let missing = [(self.missing[0], "location"), (self.missing[1], "function")];
        said.extend(
            missing.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count, what, "missing")),
        );
        if self.strings {
            said.push("names are missing".to_owned());
        }
        (!said.is_empty()).then(|| Salvaged { samples, bytes, dropped: self.samples, problem: said.join("; ") })
    }
}

fn counted(count: usize, what: &str, is: &str) -> String {
    let (plural, are) = if count == 1 { ("", "is") } else { ("s", "are") };
    format!("{} {what}{plural} {are} {is}", commas(count as i64))
}

/// Gives the empty string to all that refer to a string that is not there.
pub(super) fn mend(symbols: &mut Symbols, labels: &mut LabelSets) {
    let count = symbols.strings.len();
    let mend = |string: &mut StringId| {
        if string.index() >= count {
            *string = StringId(0);
        }
    };
    for function in &mut symbols.functions {
        [&mut function.name, &mut function.system_name, &mut function.file].into_iter().for_each(mend);
    }
    for mapping in &mut symbols.mappings {
        [&mut mapping.file, &mut mapping.build_id].into_iter().for_each(mend);
    }
    labels.mend(mend);
}

/// Sample types whose names are missing are told apart by their places.
pub(super) fn number(types: &mut [SampleType]) {
    for (index, one) in types.iter_mut().enumerate().filter(|(_, one)| one.name.is_empty()) {
        one.name = Text::from(&*format!("unnamed_{}", index + 1));
    }
}
