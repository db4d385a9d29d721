//! Stacks with the values of a label as outermost frames (`tagroot`), before other filters apply.
//!
//! A set of labels is a path of frames, one for each key. Each stack is copied once below every path that one of its
//! samples has.

use rustc_hash::FxHashMap;

use crate::base::ids::{LabelSetId, LocationId, StackId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::step_count;
use crate::profile::{Label, Samples, Series, Trie};

/// A frame that is the value of a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelFrame {
    /// The values, with commas between them; empty for none, as in pprof.
    pub name: Box<str>,
    /// The key, in the place of the file of a function.
    pub key: Box<str>,
}

impl LabelFrame {
    /// Name on the screen and in texts: `KEY: VALUE`, or `(no KEY)` for a stack without a value.
    pub fn shown(&self) -> String {
        if self.name.is_empty() { format!("(no {})", self.key) } else { format!("{}: {}", self.key, self.name) }
    }
}

/// The stacks of a series below the values of labels. Their first locations come after the series' own.
#[derive(Clone, Debug)]
pub struct LabelRoots {
    /// The stacks.
    pub trie: Trie,
    /// The frames that are values, by number of their location less that of the first.
    pub frames: Vec<LabelFrame>,
    /// The path of values of each set of labels.
    path_of: Vec<u32>,
    /// The stack below its path.
    stack_of: FxHashMap<(u32, StackId), StackId>,
}

impl LabelRoots {
    /// Puts the values of `keys` above the stacks, those of the first key outermost.
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
                let id = *ids.entry(frame.clone()).or_insert(next);
                if id == next {
                    budget.charge((2 * size_of::<LabelFrame>() + frame.name.len() * 2) as u64)?;
                    frames.push(frame);
                }
                path.push(id);
            }
            let next = paths.len() as u32;
            let number = *path_ids.entry(path.clone()).or_insert(next);
            if number == next {
                paths.push(path);
            }
            budget.push(&mut path_of, number)?;
        }
        let mut rooted = Self { trie: Trie::default(), frames, path_of, stack_of: FxHashMap::default() };
        rooted.hang(series, &paths, budget)?;
        Ok(rooted)
    }

    /// Makes every stack that a sample has below the path of its labels.
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
        // Where each stack stands below the path at hand, and which are to be forgotten after it.
        let mut known: Vec<Option<StackId>> = Vec::new();
        budget.grow(&mut known, trie.len())?;
        known.resize(trie.len(), None);
        let (mut met, mut above) = (Vec::new(), Vec::new());
        for same in pairs.chunk_by(|one, next| one.0 == next.0) {
            met.drain(..).for_each(|stack: StackId| known[stack.index()] = None);
            for (path, stack) in same {
                // Up to the first caller that is there already, and down again.
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

    /// The stack of a sample.
    #[inline]
    pub fn stack(&self, stack: StackId, set: LabelSetId) -> StackId {
        let path = self.path_of.get(set.index()).copied().unwrap_or_default();
        self.stack_of.get(&(path, stack)).copied().unwrap_or(Trie::ROOT)
    }
}

/// The values of a key in a set of labels, with commas between them.
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
