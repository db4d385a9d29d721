//! Choice of the profile types that are loaded from a store.

use super::plan::{StorePlan, StoreTypes};
use crate::base::compact_sort::CompactSort;
use crate::profile::{Measure, MemoryKind, SampleType, TypeRole, roles};
use crate::source::{StoreError, StoreType};

/// Maximum number of types named in a message.
const MOST_NAMED: usize = 12;

/// Types of one profiler that are loaded together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypeChoice {
    /// Index in `types` of the type whose profiles are counted.
    pub(super) primary: usize,
    /// Types in the order of their names.
    pub(super) types: Vec<StoreType>,
    /// Roles of the types.
    pub(super) roles: Vec<TypeRole>,
}

impl TypeChoice {
    /// Type whose profiles are counted.
    pub(super) fn primary(&self) -> &StoreType {
        &self.types[self.primary]
    }

    /// Type of allocated bytes; `None` if that type is not loaded.
    pub(super) fn allocated(&self) -> Option<&StoreType> {
        let is_allocated = |role: &TypeRole| role.kind == MemoryKind::Allocated;
        let space = self.roles.iter().position(|role| is_allocated(role) && role.measure == Measure::Space);
        space.or_else(|| self.roles.iter().position(is_allocated)).and_then(|at| self.types.get(at))
    }

    /// Returns true for a type of allocated memory.
    pub(super) fn is_allocated(&self, at: usize) -> bool {
        self.roles.get(at).is_some_and(|role| role.kind == MemoryKind::Allocated)
    }

    /// Choice without allocated types; `None` if no type is left.
    pub(super) fn without_allocated(self) -> Option<Self> {
        let kept: Vec<usize> = (0..self.types.len()).filter(|at| !self.is_allocated(*at)).collect();
        Self::of(kept.iter().map(|at| self.types[*at].clone()).collect(), self.primary().id.as_str())
    }

    /// Choice of the counted type alone; `None` if it is alone already, or if another type was asked for.
    pub(super) fn only_primary(self, plan: &StorePlan) -> Option<Self> {
        let primary = self.primary().clone();
        let is_asked = |asked: &String| *asked == primary.sample_type || *asked == primary.id;
        let can_be_alone = self.types.len() > 1 && plan.sample_type.as_ref().is_none_or(is_asked);
        can_be_alone.then(|| Self::of(vec![primary.clone()], &primary.id)).flatten()
    }

    /// Choice of these types, of which the one with the identifier `primary` is counted; `None` if no type has it.
    fn of(types: Vec<StoreType>, primary: &str) -> Option<Self> {
        let primary = types.iter().position(|one| one.id == primary)?;
        let roles = roles_of(&types);
        Some(Self { primary, types, roles })
    }
}

fn roles_of(types: &[StoreType]) -> Vec<TypeRole> {
    let types: Vec<SampleType> = types.iter().map(|one| SampleType::new(&one.sample_type, &one.unit)).collect();
    roles(&types)
}

/// Choices among the types of a service, one for each profiler; profilers with bytes in use come first.
///
/// # Errors
/// [`StoreError`] if no type fits; the message names the available types.
pub(super) fn choices(all: &[StoreType], plan: &StorePlan) -> Result<Vec<TypeChoice>, StoreError> {
    let mut families: Vec<&str> = all.iter().map(|one| one.family.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    let mut found: Vec<(usize, TypeChoice)> = Vec::new();
    for family in families {
        let types: Vec<StoreType> = all.iter().filter(|one| one.family == family).cloned().collect();
        found.extend(choice(&types, plan));
    }
    if found.is_empty() {
        let mut names: Vec<&str> = all.iter().map(|one| one.sample_type.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.truncate(MOST_NAMED);
        let names = crate::base::safe_text::safe_str(&names.join(", ")).into_owned();
        return Err(match &plan.sample_type {
            Some(asked) => StoreError::UnknownType(crate::base::safe_text::safe_str(asked).into_owned(), names),
            None => StoreError::NoMemory(names),
        });
    }
    found.compact_sort_by_key(|(rank, choice)| (*rank, choice.primary().id.clone()));
    Ok(found.into_iter().map(|(_, choice)| choice).collect())
}

/// Choice within the types of one profiler, with its rank.
fn choice(types: &[StoreType], plan: &StorePlan) -> Option<(usize, TypeChoice)> {
    const ORDER: [(MemoryKind, Measure); 4] = [
        (MemoryKind::InUse, Measure::Space),
        (MemoryKind::InUse, Measure::Objects),
        (MemoryKind::Allocated, Measure::Space),
        (MemoryKind::Allocated, Measure::Objects),
    ];
    let roles = roles_of(types);
    let of = |wanted: (MemoryKind, Measure)| roles.iter().position(|role| (role.kind, role.measure) == wanted);
    let (rank, chosen) = match &plan.sample_type {
        Some(asked) => (0, types.iter().position(|one| one.sample_type == *asked || one.id == *asked)?),
        None => ORDER.into_iter().enumerate().find_map(|(rank, wanted)| Some((rank, of(wanted)?)))?,
    };
    let is_memory = |at: usize| roles[at].kind != MemoryKind::Other;
    let is_kept = |at: usize| match plan.types {
        _ if at == chosen => true,
        StoreTypes::All => is_memory(at) && is_memory(chosen),
        StoreTypes::BytesAndObjects => roles[chosen].paired_type == Some(at),
    };
    // All types of a profiler have the same profiles, so bytes in use are counted if they are loaded.
    let primary = of(ORDER[0]).filter(|at| is_kept(*at)).unwrap_or(chosen);
    let primary = types[primary].id.clone();
    let kept = (0..types.len()).filter(|at| is_kept(*at)).map(|at| types[at].clone()).collect();
    TypeChoice::of(kept, &primary).map(|choice| (rank, choice))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(names: &[&str]) -> Vec<StoreType> {
        names.iter().filter_map(|name| StoreType::parse(name)).collect()
    }

    const GO: [&str; 4] = [
        "memory:alloc_objects:count:space:bytes",
        "memory:alloc_space:bytes:space:bytes",
        "memory:inuse_objects:count:space:bytes",
        "memory:inuse_space:bytes:space:bytes",
    ];

    fn names(choice: &TypeChoice) -> Vec<&str> {
        choice.types.iter().map(|one| one.sample_type.as_str()).collect()
    }

    #[test]
    fn bytes_in_use_and_their_objects_come_first() {
        let all = types(&[&GO[..], &["process_cpu:cpu:nanoseconds:cpu:nanoseconds"]].concat());
        let found = choices(&all, &StorePlan::default()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (names(&found[0]), found[0].primary().sample_type.as_str()),
            (vec!["inuse_objects", "inuse_space"], "inuse_space")
        );
        let plan = StorePlan { sample_type: Some("alloc_space".to_owned()), ..StorePlan::default() };
        assert_eq!(names(&choices(&all, &plan).unwrap()[0]), ["alloc_objects", "alloc_space"]);
        let plan = StorePlan { types: StoreTypes::All, ..StorePlan::default() };
        let found = choices(&all, &plan).unwrap().remove(0);
        assert_eq!((found.types.len(), found.allocated().unwrap().sample_type.as_str()), (4, "alloc_space"));
        assert_eq!(names(&found.without_allocated().unwrap()), ["inuse_objects", "inuse_space"]);
    }

    #[test]
    fn deltas_are_a_profiler_of_their_own() {
        let deltas: Vec<String> = GO.iter().map(|id| format!("{id}:delta")).collect();
        let all = types(&[&GO[..], &deltas.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        let found = choices(&all, &StorePlan::default()).unwrap();
        assert_eq!(found.iter().map(|choice| choice.primary().is_delta).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn nothing_that_fits_is_an_error_with_names() {
        let all = types(&["process_cpu:cpu:nanoseconds:cpu:nanoseconds"]);
        let none = choices(&all, &StorePlan::default()).unwrap_err().to_string();
        assert_eq!(none, "it has no profiles of memory; there are cpu");
        let plan = StorePlan { sample_type: Some("inuse".to_owned()), ..StorePlan::default() };
        assert_eq!(
            choices(&types(&GO[3..]), &plan).unwrap_err().to_string(),
            "no sample type `inuse`; there are inuse_space"
        );
        let plan = StorePlan { sample_type: Some("cpu".to_owned()), ..StorePlan::default() };
        assert_eq!(choices(&all, &plan).unwrap().len(), 1);
    }
}
