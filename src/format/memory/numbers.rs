//! Figures of a section by their names.

/// Known names with their first values.
#[derive(Default)]
pub(super) struct Numbers(Vec<(&'static str, i64)>);

impl Numbers {
    /// Stores a value, unless the name has a value already.
    pub(super) fn put(&mut self, name: &'static str, value: Option<i64>) {
        if let Some(value) = value.filter(|_| self.get(name).is_none()) {
            self.0.push((name, value));
        }
    }

    /// Value of a name.
    pub(super) fn get(&self, name: &str) -> Option<i64> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Value of the first of several names that has one.
    pub(super) fn any(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| self.get(name))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
