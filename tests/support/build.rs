//! Synthetic profiles: stacks of names with values, written as pprof and read through the public interface.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use heapglass::base::limits::{Budget, Limits};
use heapglass::format::pprof::message;
use heapglass::format::{self, FormatError, ReadContext, ReadOptions};
use heapglass::profile::{Profile, Series};
use prost::Message;

/// Sample: names of its stack, leaf first, and its values.
#[derive(Clone, Debug)]
pub struct Stack {
    pub names: Vec<String>,
    pub values: Vec<i64>,
}

/// Profile with these stacks. Every second location has two functions, one inlined into the other, if the stack is deep
/// enough.
pub fn message_of(stacks: &[Stack], types: usize) -> message::Profile {
    let mut strings: Vec<Vec<u8>> = vec![Vec::new()];
    let mut functions: HashMap<String, u64> = HashMap::new();
    let mut locations: HashMap<Vec<u64>, u64> = HashMap::new();
    let mut profile = message::Profile::default();
    for stack in stacks {
        let ids: Vec<u64> = stack
            .names
            .iter()
            .map(|name| {
                let next = functions.len() as u64 + 1;
                *functions.entry(name.clone()).or_insert_with(|| {
                    strings.push(name.clone().into_bytes());
                    let name = strings.len() as i64 - 1;
                    profile.function.push(message::Function { id: next, name, ..Default::default() });
                    next
                })
            })
            .collect();
        let mut location_id = Vec::new();
        let mut rest = &ids[..];
        while !rest.is_empty() {
            let count = if location_id.len() % 2 == 1 { 2.min(rest.len()) } else { 1 };
            let (lines, tail) = rest.split_at(count);
            let next = locations.len() as u64 + 1;
            location_id.push(*locations.entry(lines.to_vec()).or_insert_with(|| {
                let line = lines.iter().map(|id| message::Line { function_id: *id, line: 7, column: 0 }).collect();
                profile.location.push(message::Location { id: next, address: next * 16, line, ..Default::default() });
                next
            }));
            rest = tail;
        }
        profile.sample.push(message::Sample { location_id, value: stack.values.clone(), label: Vec::new() });
    }
    for number in 0..types {
        strings.push(format!("type_{number}").into_bytes());
        let r#type = strings.len() as i64 - 1;
        profile.sample_type.push(message::ValueType { r#type, unit: 0 });
    }
    profile.string_table = strings;
    profile
}

/// Reads bytes as a profile, with a heap budget.
pub fn read(bytes: Vec<u8>, memory: u64) -> Result<(Profile, Budget), FormatError> {
    let options = ReadOptions::from(Limits { memory, ..Limits::default() });
    let mut budget = Budget::new(memory);
    let mut warnings = Vec::new();
    let mut context = ReadContext::new(&options, &mut budget, &mut warnings);
    let chunks = format::open(Box::new(Cursor::new(bytes)), &options)?;
    let profile = format::read(chunks, &mut context)?;
    Ok((profile, budget))
}

/// Series of one profile.
pub fn series(message: &message::Profile) -> Arc<Series> {
    let (profile, budget) = read(message.encode_to_vec(), 1 << 30).unwrap();
    Arc::new(Series::new(profile, budget))
}
