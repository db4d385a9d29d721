//! Profiles of the recorded fleet, and their sums.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::sync::{Arc, OnceLock};

use flate2::read::GzDecoder;
use heapglass::format::pprof::message::{Function, Line, Location, Profile, Sample, ValueType};
use prost::Message as _;

/// Names of the sample types with their units, in the order of the profiles.
pub const TYPES: [(&str, &str); 4] =
    [("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")];

/// Frame of a stack: function, file and line.
pub type StackFrame = (String, String, i64);
/// Sums by stack, leaf first.
pub type Stacks = HashMap<Vec<StackFrame>, i64>;

/// Profile of one pod at one time.
#[derive(Clone)]
pub struct FleetProfile {
    pub millis: i64,
    pub labels: BTreeMap<String, String>,
    /// True if allocated values are changes over a duration.
    pub is_delta: bool,
    /// Bytes of the profile.
    pub bytes: Arc<Vec<u8>>,
    /// Stacks with the values of each type.
    stacks: Arc<Vec<(Vec<StackFrame>, [i64; 4])>>,
}

impl FleetProfile {
    /// Sum of a type.
    pub fn total(&self, of: usize) -> i64 {
        self.stacks.iter().map(|(_, values)| values[of]).sum()
    }
}

/// Profiles of all pods, by time.
pub struct Fleet {
    /// Start of the recording, in seconds since 1970; the recording takes three minutes.
    pub epoch: i64,
    pub profiles: Vec<FleetProfile>,
}

impl Fleet {
    /// Fleet as recorded.
    pub fn recorded() -> Arc<Self> {
        static FLEET: OnceLock<Arc<Fleet>> = OnceLock::new();
        Arc::clone(FLEET.get_or_init(|| Arc::new(load())))
    }

    /// Fleet with another start, in seconds since 1970, and with one profile of each pod per second.
    pub fn hurried(&self, epoch: i64) -> Arc<Self> {
        let millis = |profile: &FleetProfile| epoch * 1000 + (profile.millis - self.epoch * 1000) / 15;
        let moved = |profile: &FleetProfile| FleetProfile { millis: millis(profile), ..profile.clone() };
        Arc::new(Self { epoch, profiles: self.profiles.iter().map(moved).collect() })
    }

    /// Fleet with the same three minutes repeated before its start.
    pub fn repeated(&self, rounds: i64) -> Arc<Self> {
        const ROUND: i64 = 180_000;
        let mut profiles = Vec::new();
        for round in (0..rounds).rev() {
            profiles.extend(
                self.profiles
                    .iter()
                    .map(|profile| FleetProfile { millis: profile.millis - round * ROUND, ..profile.clone() }),
            );
        }
        Arc::new(Self { epoch: self.epoch - (rounds - 1) * ROUND / 1000, profiles })
    }

    /// Sums of a type over profiles, by stack. Sums of 0 are left out.
    pub fn sum<'a>(profiles: impl Iterator<Item = &'a FleetProfile>, of: usize, is_generic: bool) -> Stacks {
        let mut sums = Stacks::new();
        for profile in profiles {
            for (stack, values) in profile.stacks.iter().filter(|(_, values)| values[of] != 0) {
                let stack = if is_generic { stack.clone() } else { stack.iter().map(without_types).collect() };
                *sums.entry(stack).or_default() += values[of];
            }
        }
        sums.retain(|_, value| *value != 0);
        sums
    }
}

/// Frame without Go's type arguments, which Pyroscope drops.
fn without_types((name, file, line): &StackFrame) -> StackFrame {
    let mut kept = String::new();
    let mut depth = 0_usize;
    for c in name.chars() {
        match c {
            '[' => depth += 1,
            ']' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            c => kept.push(c),
        }
    }
    (kept, file.clone(), *line)
}

fn load() -> Fleet {
    let folder = crate::support::data().join("stores/fleet");
    let text = std::fs::read_to_string(folder.join("fleet.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let profile = |one: &serde_json::Value| {
        let file = folder.join(one["file"].as_str().unwrap());
        let mut bytes = Vec::new();
        let packed = std::fs::read(file).unwrap();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let labels = one["labels"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value)));
        FleetProfile {
            millis: one["millis"].as_i64().unwrap(),
            labels: labels.collect(),
            is_delta: one["delta"].as_bool().unwrap(),
            bytes: Arc::new(packed),
            stacks: Arc::new(stacks(&Profile::decode(bytes.as_slice()).unwrap())),
        }
    };
    let mut profiles: Vec<FleetProfile> = all["profiles"].as_array().unwrap().iter().map(profile).collect();
    profiles.sort_by_key(|profile| profile.millis);
    Fleet { epoch: all["epoch"].as_i64().unwrap(), profiles }
}

/// Stacks of a profile with four types.
fn stacks(profile: &Profile) -> Vec<(Vec<StackFrame>, [i64; 4])> {
    let sums = sums(profile);
    sums.into_iter().map(|(stack, values)| (stack, [values[0], values[1], values[2], values[3]])).collect()
}

/// Values of a profile by stack.
fn sums(profile: &Profile) -> HashMap<Vec<StackFrame>, Vec<i64>> {
    let text = |index: i64| String::from_utf8_lossy(&profile.string_table[index as usize]).into_owned();
    let functions: HashMap<u64, &Function> = profile.function.iter().map(|one| (one.id, one)).collect();
    let locations: HashMap<u64, &Location> = profile.location.iter().map(|one| (one.id, one)).collect();
    let mut sums: HashMap<Vec<StackFrame>, Vec<i64>> = HashMap::new();
    for sample in &profile.sample {
        let lines = sample.location_id.iter().flat_map(|id| &locations[id].line);
        let frame = |line: &Line| {
            let function = functions[&line.function_id];
            (text(function.name), text(function.filename), line.line)
        };
        let stack: Vec<StackFrame> = lines.map(frame).collect();
        let known = sums.entry(stack).or_insert_with(|| vec![0; sample.value.len()]);
        known.iter_mut().zip(&sample.value).for_each(|(sum, value)| *sum += value);
    }
    sums
}

/// Sums by stack of an encoded profile of one type.
pub fn decoded(bytes: &[u8]) -> Stacks {
    let mut raw = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes).read_to_end(&mut raw).unwrap();
    } else {
        raw = bytes.to_vec();
    }
    let mut found: Stacks =
        sums(&Profile::decode(raw.as_slice()).unwrap()).into_iter().map(|(stack, values)| (stack, values[0])).collect();
    found.retain(|_, value| *value != 0);
    found
}

/// Encodes a profile of one type.
pub fn encoded(stacks: &Stacks, of: usize) -> Vec<u8> {
    let mut table = Table::default();
    table.string("");
    let (name, unit) = TYPES[of];
    let value_type =
        |table: &mut Table, name: &str, unit: &str| ValueType { r#type: table.string(name), unit: table.string(unit) };
    let sample_type = vec![value_type(&mut table, name, unit)];
    let period_type = Some(value_type(&mut table, "space", "bytes"));
    let mut sorted: Vec<(&Vec<StackFrame>, &i64)> = stacks.iter().collect();
    sorted.sort();
    let mut sample = Vec::new();
    for (stack, value) in sorted {
        let location_id = stack.iter().map(|frame| table.location(frame)).collect();
        sample.push(Sample { location_id, value: vec![*value], label: Vec::new() });
    }
    let Table { strings, functions, locations, .. } = table;
    let profile = Profile {
        sample_type,
        sample,
        location: locations,
        function: functions,
        string_table: strings.into_iter().map(String::into_bytes).collect(),
        period_type,
        ..Profile::default()
    };
    profile.encode_to_vec()
}

/// Symbol table of a profile under construction.
#[derive(Default)]
struct Table {
    strings: Vec<String>,
    by_string: HashMap<String, i64>,
    functions: Vec<Function>,
    by_function: HashMap<(String, String), u64>,
    locations: Vec<Location>,
    by_location: HashMap<StackFrame, u64>,
}

impl Table {
    fn string(&mut self, text: &str) -> i64 {
        if let Some(known) = self.by_string.get(text) {
            return *known;
        }
        self.strings.push(text.to_owned());
        self.by_string.insert(text.to_owned(), self.strings.len() as i64 - 1);
        self.strings.len() as i64 - 1
    }

    fn location(&mut self, frame: &StackFrame) -> u64 {
        if let Some(known) = self.by_location.get(frame) {
            return *known;
        }
        let (name, file, line) = frame;
        let key = (name.clone(), file.clone());
        let function_id = if let Some(known) = self.by_function.get(&key) {
            *known
        } else {
            let id = self.functions.len() as u64 + 1;
            let (name, filename) = (self.string(name), self.string(file));
            self.functions.push(Function { id, name, system_name: name, filename, start_line: 0 });
            self.by_function.insert(key, id);
            id
        };
        let id = self.locations.len() as u64 + 1;
        let line = vec![Line { function_id, line: *line, column: 0 }];
        self.locations.push(Location { id, mapping_id: 0, address: 0, line, is_folded: false });
        self.by_location.insert(frame.clone(), id);
        id
    }
}
