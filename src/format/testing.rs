//! Helpers for unit tests of text formats.

use std::io::Cursor;

use crate::base::limits::Budget;
use crate::format::{self, Chunks, FormatError, InputError, ReadContext, ReadOptions};
use crate::profile::{Profile, Warning};

/// Input of prepared chunks.
pub(super) struct TestChunks(pub(super) Vec<Vec<u8>>);

impl Chunks for TestChunks {
    fn next(&mut self, _: Vec<u8>) -> Result<Option<Vec<u8>>, InputError> {
        Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
    }
}

/// Reads a profile of any format, with its warnings.
pub(super) fn read(text: &[u8]) -> Result<(Profile, Vec<Warning>), FormatError> {
    let (options, mut budget, mut warnings) = (ReadOptions::default(), Budget::new(1 << 28), Vec::new());
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Cursor::new(text.to_vec())), &options)?;
    let profile = format::read(chunks, &mut context)?;
    Ok((profile, warnings))
}

/// Formats each sample as its frames from the root and its values.
pub(super) fn stacks(profile: &Profile) -> Vec<String> {
    let sample = |index: usize| {
        let mut frames = Vec::new();
        let mut node = profile.samples.stacks[index];
        while let Some(caller) = profile.tables.trie.parent(node) {
            frames.push(frame(profile, profile.tables.trie.location(node)));
            node = caller;
        }
        frames.reverse();
        let values: Vec<String> = profile.samples.values.iter().map(|column| column.get(index).to_string()).collect();
        format!("{}: {}", frames.join(";"), values.join(" "))
    };
    (0..profile.samples.len()).map(sample).collect()
}

fn frame(profile: &Profile, id: crate::base::ids::LocationId) -> String {
    let symbols = &profile.tables.symbols;
    if let Some(line) = symbols.lines(id).first() {
        return symbols.strings.text(symbols.function(line.function).name).into_owned();
    }
    let location = symbols.location(id);
    let address = format!("{:#x}", location.address);
    let Some(mapping) = location.mapping else { return address };
    let file = symbols.strings.text(symbols.mappings[mapping.index()].file).into_owned();
    format!("{address} [{}]", file.rsplit('/').next().unwrap_or_default())
}
