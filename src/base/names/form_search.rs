//! Search for the widest form of a name that fits into a number of columns.

use super::super::width::width;

/// Search for the first form that fits. Forms are offered from the widest to the narrowest.
pub(super) struct FormSearch {
    cells: usize,
    /// Narrowest form so far, which is cut if none fits.
    pub(super) narrowest: Option<String>,
    /// Forms that were offered, without the suffixes of each; `None` if they are not collected.
    pub(super) offered: Option<Vec<String>>,
}

impl FormSearch {
    /// Search for a form of at most `cells` columns.
    pub(super) fn for_cells(cells: usize) -> Self {
        Self { cells, narrowest: None, offered: None }
    }

    /// Search that collects all forms, and ends with none of them.
    pub(super) fn for_all() -> Self {
        Self { cells: 0, narrowest: None, offered: Some(Vec::new()) }
    }

    /// Returns `form` if it fits. A blank form is ignored.
    pub(super) fn offer(&mut self, form: String) -> Option<String> {
        if form.trim().is_empty() {
            return None;
        }
        if width(&form) <= self.cells {
            return Some(form);
        }
        self.offered.iter_mut().for_each(|offered| offered.push(form.clone()));
        self.narrowest = Some(form);
        None
    }

    /// Returns the longest suffix of `form` that fits and begins at one of `starts`, which ascend.
    pub(super) fn offer_suffixes(&mut self, form: &str, starts: impl Iterator<Item = usize>) -> Option<String> {
        self.offered.iter_mut().for_each(|offered| offered.push(form.to_owned()));
        let mut last = None;
        for end in starts.filter_map(|start| form.get(start..)).filter(|end| !end.trim().is_empty()) {
            if width(end) <= self.cells {
                return Some(end.to_owned());
            }
            last = Some(end);
        }
        self.narrowest = last.map(str::to_owned).or_else(|| self.narrowest.take());
        None
    }
}

/// Offers forms of a name of an unknown language: drops path elements, then what precedes `::` or `.`.
pub(super) fn plain_forms(name: &str, search: &mut FormSearch) -> Option<String> {
    // Arguments go first.
    let arguments = name.find('(').filter(|at| *at > 0 && !name[..*at].ends_with(' ') && name.ends_with(')'));
    if let Some(at) = arguments {
        if let Some(form) = search.offer(name[..at].to_owned()) {
            return Some(form);
        }
        return plain_forms(&name[..at], search);
    }
    let path = name.split(['(', '<', '[', ' ']).next().map_or(0, str::len);
    let ends = name[..path].match_indices(['/', '.', ':']).map(|(at, _)| at + 1);
    // A suffix that begins with a separator (`a..b`, `a::b`) is skipped for the next one.
    let tidy = ends.filter(|start| !name[*start..].starts_with(['/', '.', ':']));
    search.offer_suffixes(name, tidy.take_while(|start| *start < name.len()))
}
