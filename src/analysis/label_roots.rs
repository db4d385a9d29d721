//! Stacks with label values as outermost frames (`tagroot`), before other filters apply.
//!
//! A label set is a path of frames, one for each key. Each stack is copied once below every path that one of its
//! samples has.

use rustc_hash::FxHashMap;

use crate::base::ids::{LabelSetId, LocationId, StackId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{Label, Samples, Series, Trie};

/// Frame that is a label value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelFrame {
    /// Values, separated by commas; empty for none, as in pprof.
    pub name: Box<str>,
    /// Key, in the place of a function's file.
    pub key: Box<str>,
}

impl LabelFrame {
    /// Name on the screen and in texts: `KEY: VALUE`, or `(no KEY)` for a stack without a value.
    pub fn shown(&self) -> String {
        if self.name.is_empty() { format!("(no {})", self.key) } else { format!("{}: {}", self.key, self.name) }
    }
}

/// Stacks of a series below label values. The locations of label values come after those of the series.
#[derive(Clone, Debug)]
pub struct LabelRoots {
    /// Stacks.
    pub trie: Trie,
    /// Frames of label values; the first has the first location after those of the series.
    pub frames: Vec<LabelFrame>,
    /// Number of the path of values, by label set.
    path_of: Vec<u32>,
    /// Stack below a path, by the number of the path and the stack of the series.
    stack_of: FxHashMap<(u32, StackId), StackId>,
}

/// Bytes that an allocation takes beside its content.
const BLOCK_BYTES: usize = 16;

impl LabelRoots {
    /// Places the values of `keys` above the stacks, those of the first key outermost.
    ///
    /// # Errors
    /// [`LimitError`] when the budget is spent.
    pub fn new(series: &Series, keys: &[&str], budget: &mut Budget) -> Result<Self, LimitError> {
        let mut frames: Vec<LabelFrame> = Vec::new();
        let mut ids: FxHashMap<LabelFrame, LocationId> = FxHashMap::default();
        let mut paths: Vec<Vec<LocationId>> = Vec::new();
        let mut path_ids: FxHashMap<Vec<LocationId>, u32> = FxHashMap::default();
        let mut path_of = Vec::new();
        for set in series.labels().ids() {
            let labels = series.labels().get(set);
            let mut path = Vec::with_capacity(keys.len());
            for key in keys {
                let frame = LabelFrame { name: value(series, labels, key).into(), key: (*key).into() };
                let next = LocationId::new(series.symbols().locations() + frames.len());
                let id = ids.get(&frame).copied().unwrap_or(next);
                if id == next {
                    budget.charge_map_entry(&ids)?;
                    budget.charge(2 * (frame.name.len() + frame.key.len() + 2 * BLOCK_BYTES) as u64)?;
                    ids.insert(frame.clone(), id);
                    budget.push(&mut frames, frame)?;
                }
                path.push(id);
            }
            let next = paths.len() as u32;
            let number = path_ids.get(&path).copied().unwrap_or(next);
            if number == next {
                budget.charge_map_entry(&path_ids)?;
                budget.charge(2 * (size_of_val(path.as_slice()) + BLOCK_BYTES) as u64)?;
                path_ids.insert(path.clone(), number);
                budget.push(&mut paths, path)?;
            }
            budget.push(&mut path_of, number)?;
        }
        let mut label_roots = Self { trie: Trie::default(), frames, path_of, stack_of: FxHashMap::default() };
        label_roots.hang(series, &paths, budget)?;
        Ok(label_roots)
    }

    /// Builds every stack that a sample has, below the path of the sample's labels.
    fn hang(&mut self, series: &Series, paths: &[Vec<LocationId>], budget: &mut Budget) -> Result<(), LimitError> {
        let trie = series.trie();
        let mut tops = Vec::with_capacity(paths.len());
        for path in paths {
            let mut top = Trie::ROOT;
            for location in path {
                top = self.trie.child(top, *location, budget)?;
            }
            tops.push(top);
        }
        let mut pairs: Vec<(u32, StackId)> = Vec::new();
        for Samples { stacks, labels, .. } in series.snapshots().iter().map(|snapshot| &*snapshot.samples) {
            step_count::count_steps(stacks.len());
            budget.grow(&mut pairs, stacks.len())?;
            pairs.extend(labels.iter().zip(stacks).map(|(set, stack)| (self.path_of[set.index()], *stack)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        budget.charge((2 * pairs.len() * size_of::<((u32, StackId), StackId)>()) as u64)?;
        self.stack_of.reserve(pairs.len());
        // Position of each stack below the current path, and the stacks to forget after that path.
        let mut known: Vec<Option<StackId>> = Vec::new();
        budget.grow(&mut known, trie.len())?;
        known.resize(trie.len(), None);
        let (mut met, mut above) = (Vec::new(), Vec::new());
        for same in pairs.chunk_by(|one, next| one.0 == next.0) {
            met.drain(..).for_each(|stack: StackId| known[stack.index()] = None);
            for (path, stack) in same {
                // Walks up to the first caller that exists already, and down again.
                let mut next = *stack;
                let mut below = tops[*path as usize];
                while next != Trie::ROOT {
                    if let Some(known) = known[next.index()] {
                        below = known;
                        break;
                    }
                    above.push(next);
                    next = trie.parent(next).unwrap_or(Trie::ROOT);
                }
                step_count::count_steps(above.len());
                while let Some(stack) = above.pop() {
                    below = self.trie.child(below, trie.location(stack), budget)?;
                    known[stack.index()] = Some(below);
                    met.push(stack);
                }
                self.stack_of.insert((*path, *stack), below);
            }
        }
        Ok(())
    }

    /// Stack of a sample below its label values.
    #[inline]
    pub fn stack(&self, stack: StackId, set: LabelSetId) -> StackId {
        let path = self.path_of.get(set.index()).copied().unwrap_or_default();
        self.stack_of.get(&(path, stack)).copied().unwrap_or(Trie::ROOT)
    }
}

/// Values of a key in a label set, separated by commas.
fn value(series: &Series, labels: &[Label], key: &str) -> String {
    let strings = &series.symbols().strings;
    let bytes = |string: StringId| strings.bytes(string);
    let keyed = || labels.iter().filter(|label| bytes(label.key) == key.as_bytes());
    let is_text = |label: &&Label| !bytes(label.text).is_empty();
    let texts = keyed().filter(is_text).map(|label| strings.text(label.text).into_owned());
    let numbers = keyed().filter(|label| !is_text(label));
    let numbers = numbers.map(|label| match &*strings.text(label.unit) {
        "" => label.number.to_string(),
        unit => format!("{} {unit}", label.number),
    });
    texts.chain(numbers).collect::<Vec<_>>().join(",")
}
