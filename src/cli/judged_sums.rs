//! Sums that the rules of `check` are about: growth as the query divides it, what is held over all instances.

use crate::analysis::gate::Limit;
use crate::analysis::{Answer, Gate, GateRule, GateSums};

use super::message::{CliFailure, limited};

/// Sums of a window and its base, in the forms that the kinds of rules need.
pub(super) struct JudgedSums {
    window: GateSums,
    base: Option<GateSums>,
    /// Sums per instance; `None` if `window` and `base` can be compared.
    per_instance: Option<PerInstance>,
    /// Sums over all instances as measured; `None` if `window` has them.
    held: Option<GateSums>,
    /// Sums of the base over all instances; `None` if `base` has them.
    held_base: Option<GateSums>,
    /// Sums of the window as measured; `None` if `window` has them.
    measured: Option<GateSums>,
}

/// Sums per instance, for a window and a baseline with different numbers of instances.
struct PerInstance {
    window: GateSums,
    base: GateSums,
    /// Numbers of instances in the baseline and now.
    instances: [usize; 2],
}

/// Gates for the kinds of rules.
pub(super) struct Gates<'a> {
    growth: Gate<'a>,
    /// Gate of what is held; `None` if `growth` is about the same sums.
    held: Option<Gate<'a>>,
    /// Gate of what is new; `None` if `growth` is about the same sums.
    new: Option<Gate<'a>>,
}

impl JudgedSums {
    /// Completes the sums of a window and its base.
    ///
    /// # Errors
    /// [`CliFailure`] when the memory limit is exceeded.
    pub(super) fn new(answer: &Answer, window: GateSums, base: Option<GateSums>) -> Result<Self, CliFailure> {
        let held = GateSums::held(answer).map_err(|error| limited(&error))?;
        let held_base = GateSums::held_base(answer).map_err(|error| limited(&error))?;
        let measured = GateSums::measured(answer).map_err(|error| limited(&error))?;
        // A divisor that the user chose holds for both sides.
        let is_auto = answer.query.is_per_instance_if_numbers_differ();
        let differs = |base: &&GateSums| is_auto && base.instances != window.instances;
        let per_instance = base.as_ref().filter(differs).map(|base| PerInstance {
            window: window.per_instance(),
            base: base.per_instance(),
            instances: [base.instances, window.instances],
        });
        Ok(Self { window, base, per_instance, held, held_base, measured })
    }

    /// Sums of the window that a growth is judged by.
    pub(super) fn current(&self) -> &GateSums {
        self.per_instance.as_ref().map_or(&self.window, |sums| &sums.window)
    }

    /// Sums of the base that a growth is judged by; `None` without a base.
    pub(super) fn base(&self) -> Option<&GateSums> {
        self.per_instance.as_ref().map(|sums| &sums.base).or(self.base.as_ref())
    }

    /// Numbers of instances in the baseline and now; `None` unless the sums of both were divided by them.
    pub(super) fn instances(&self) -> Option<[usize; 2]> {
        self.per_instance.as_ref().map(|sums| sums.instances)
    }

    /// Sums of the window as the query divides them, as a baseline keeps them.
    pub(super) fn window(&self) -> &GateSums {
        &self.window
    }

    /// Sums over all instances as measured, as a ledger keeps them.
    pub(super) fn held(&self) -> &GateSums {
        self.held.as_ref().unwrap_or(&self.window)
    }

    /// Gates for the rules.
    pub(super) fn gates<'a>(&'a self, sigma: f64, answer: &'a Answer) -> Gates<'a> {
        let held_base = self.held_base.as_ref().or(self.base.as_ref());
        let has_other = self.held.is_some() || self.per_instance.is_some();
        Gates {
            growth: Gate::new(self.current(), self.base(), sigma, answer),
            held: has_other.then(|| Gate::of_other_sums(self.held(), held_base, sigma, answer)),
            new: self.measured.as_ref().map(|sums| Gate::new(sums, self.base(), sigma, answer)),
        }
    }
}

impl<'a> Gates<'a> {
    /// Gate that a rule is checked by. A limit on what is held is about all instances together and about what was
    /// measured.
    pub(super) fn of(&self, rule: &GateRule) -> &Gate<'a> {
        let other = match &rule.limit {
            Limit::New(_) => &self.new,
            limit if limit.needs_base() => &None,
            _ => &self.held,
        };
        other.as_ref().unwrap_or(&self.growth)
    }
}
