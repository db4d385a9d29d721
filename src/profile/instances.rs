//! Assignment of snapshots to instances: running copies of a service.
//!
//! Snapshots of one directory may come from several processes, hosts or threads. Files of a directory are told apart by
//! the words and recurring numbers in their names, and by format and sample types; services by their host. Files that
//! the user named one by one are one series unless process ids, host labels or sample types differ. A group of files
//! whose allocation counters are those of several interleaved processes is several instances too.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::compact_sort::CompactSort;
use crate::base::file_names::{FileName, FileNamePart, is_process_moment, natural_cmp};
use crate::base::safe_text::SafeText;
use crate::profile::deploys::{Group, join_deploys};
use crate::profile::interleaved::{count_falls, interleaved};
use crate::profile::{ContinuityCheck, Header, Input, Instance, Membership, Origin, Series, Snapshot};

impl Series {
    /// Assigns every snapshot to its instance. The snapshots must be sorted.
    pub fn assign_instances(&mut self) {
        let (instances, memberships) = Assignment::new(self).finish();
        self.instances = instances;
        for (snapshot, membership) in self.snapshots.iter_mut().zip(memberships) {
            snapshot.membership = membership;
        }
    }

    /// Instances of the series; at least one.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// Name of an instance; the file name of its first snapshot if the instance has no name.
    pub fn instance_label(&self, instance: usize) -> SafeText {
        let name = self.instances.get(instance).map(|instance| instance.name.clone()).unwrap_or_default();
        if !name.is_empty() {
            return name;
        }
        let first = self.snapshots.iter().find(|snapshot| snapshot.membership.instance == instance);
        let source = first.map_or("", |snapshot| snapshot.header.source.raw());
        SafeText::from(source.rsplit('/').next().unwrap_or_default())
    }

    /// Index of the instance with this name.
    pub fn find_instance(&self, name: &str) -> Option<usize> {
        self.instances.iter().position(|instance| instance.name.raw() == name)
    }
}

/// Assignment of the snapshots of a series.
struct Assignment<'a> {
    series: &'a Series,
    check: ContinuityCheck<'a>,
    /// Snapshot that each snapshot is a copy of; `None` for originals.
    copy_of: Vec<Option<usize>>,
}

impl<'a> Assignment<'a> {
    fn new(series: &'a Series) -> Self {
        Self { series, check: ContinuityCheck::new(series), copy_of: copies(series) }
    }

    fn finish(mut self) -> (Vec<Instance>, Vec<Membership>) {
        let sides = [Input::Current, Input::Base].map(|side| self.side(side));
        let mut memberships = vec![Membership::default(); self.series.snapshots.len()];
        let mut names: Vec<String> = Vec::new();
        // One instance on each side is the same service, whatever the names of its files.
        let names_of = |groups: &[Group]| {
            let mut names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
            names.compact_sort_by(|one, other| natural_cmp(one, other));
            names.dedup();
            names
        };
        let [current, base] = [0, 1].map(|side| names_of(&sides[side]));
        let is_single_pair = current.len() == 1 && base.len() == 1;
        names.extend(current.iter().cloned());
        names.extend(base.iter().filter(|name| !is_single_pair && !current.contains(name)).cloned());
        let mut lanes: FxHashMap<(usize, Option<u64>), usize> = FxHashMap::default();
        for group in sides.iter().flatten() {
            let instance = names.iter().position(|name| *name == group.name).unwrap_or(0);
            let next = lanes.len();
            let lane = *lanes.entry((instance, group.thread)).or_insert(next);
            for (member, deploy) in group.members.iter().zip(&group.deploys) {
                memberships[*member] = Membership { instance, lane, deploy: *deploy, copy_of: None };
            }
        }
        for (copy, original) in self.copy_of.iter().enumerate() {
            if let Some(original) = original {
                memberships[copy] = Membership { copy_of: Some(*original), ..memberships[*original] };
            }
        }
        if names.is_empty() {
            names.push(String::new());
        }
        let instances = names.into_iter().map(|name| Instance { name: SafeText::from(name.as_str()) }).collect();
        (instances, memberships)
    }

    /// Groups of a side.
    fn side(&mut self, side: Input) -> Vec<Group> {
        let range = self.series.range_of(side);
        let members: Vec<usize> = range.filter(|at| self.copy_of[*at].is_none()).collect();
        if members.is_empty() {
            return Vec::new();
        }
        let groups = by_name(self.series, &members, &mut self.check);
        let series = self.series;
        let split = groups.into_iter().flat_map(|group| self.split(group));
        // A snapshot whose source names the instance is not a deploy of another instance.
        let is_named = |group: &Group| group.members.iter().any(|at| source_name(&series.snapshots[*at]).is_some());
        let (mut groups, others): (Vec<Group>, Vec<Group>) = split.partition(is_named);
        groups.extend(join_deploys(series, others));
        make_distinct(&mut groups);
        groups
    }

    /// Splits a group of interleaved processes; returns other groups unchanged.
    fn split(&mut self, group: Group) -> Vec<Group> {
        if group.members.iter().any(|at| self.series.snapshots[*at].source_instance.is_some()) {
            return vec![group];
        }
        let Some(lines) = interleaved(self.series, &mut self.check, &group.members) else { return vec![group] };
        let names = line_names(self.series, &group, &lines);
        lines.into_iter().zip(names).map(|(members, name)| Group::new(name, group.thread, members)).collect()
    }
}

/// Numbers groups of the same name and thread, which are different instances.
fn make_distinct(groups: &mut [Group]) {
    let mut taken: FxHashSet<(String, Option<u64>)> = FxHashSet::default();
    for group in groups {
        let name = group.name.clone();
        let mut number = 1;
        while !taken.insert((group.name.clone(), group.thread)) {
            number += 1;
            group.name = format!("{name}#{number}");
        }
    }
}

/// Finds copies among the snapshots of a side: same time, same samples.
fn copies(series: &Series) -> Vec<Option<usize>> {
    let mut copy_of = vec![None; series.snapshots.len()];
    let words = |at: usize| FileName::parse(series.snapshots[at].header.source.raw()).words();
    let mut alike: FxHashMap<String, usize> = FxHashMap::default();
    (0..series.snapshots.len()).for_each(|at| *alike.entry(words(at)).or_default() += 1);
    for side in [Input::Current, Input::Base] {
        let mut seen: FxHashMap<(i64, &[i128]), Vec<usize>> = FxHashMap::default();
        for at in series.range_of(side) {
            let snapshot = &series.snapshots[at];
            let same = seen.entry((snapshot.header.time_nanos, &snapshot.totals)).or_default();
            // Empty or undated snapshots may be equal without being copies.
            let can_tell = snapshot.header.time_nanos != 0
                && !snapshot.samples.is_empty()
                // Merges of two instances of a store may be equal without being copies.
                && snapshot.header.merge.is_none();
            let Some(known) = same.iter_mut().find(|known| can_tell && series.is_duplicate(**known, at)) else {
                same.push(at);
                continue;
            };
            // The original is the file whose name has the same words as most other files, else the file with the
            // shortest name.
            let name = |at: usize| {
                let source = series.snapshots[at].header.source.raw();
                (Reverse(alike.get(&words(at)).copied().unwrap_or(0)), source.len())
            };
            if name(at) < name(*known) {
                let copies = copy_of.iter_mut().filter(|original| **original == Some(*known));
                copies.for_each(|original| *original = Some(at));
                copy_of[*known] = Some(at);
                *known = at;
            } else {
                copy_of[at] = Some(*known);
            }
        }
    }
    copy_of
}

/// Key of a group: name, thread, and format with the hash of the sample types.
type GroupKey = (String, Option<u64>, (&'static str, u64));

/// Groups the snapshots of a side by name, thread, format and sample types.
fn by_name(series: &Series, members: &[usize], check: &mut ContinuityCheck<'_>) -> Vec<Group> {
    let sources: Vec<&str> = members.iter().map(|at| series.snapshots[*at].header.source.raw()).collect();
    let shared = shared_folder(&sources);
    let is_found = |at: &usize| series.snapshots[*at].origin == Origin::Found;
    let (is_any_found, are_all_found) = (members.iter().any(is_found), members.iter().all(is_found));
    // Files of one directory share a folder; files of an archive may have several. If files named by the user are mixed
    // with files found in a directory, folders identify nothing.
    let name_of = |source: &&str| {
        let folder = if is_any_found && !are_all_found { "" } else { &folder(source)[shared..] };
        process_name(FileName::parse(source).in_folder(folder))
    };
    let names: Vec<FileName> = sources.iter().map(name_of).collect();
    let mut keys = NameKeys::new(&names);
    // Files named by the user are grouped by their names too if they are mixed with files found in a directory.
    let origin = if is_any_found { Origin::Found } else { Origin::Named };
    if origin == Origin::Found {
        keys.correct_by_counters(&names, members, check);
    }
    let mut groups: BTreeMap<GroupKey, Vec<usize>> = BTreeMap::new();
    for (member, name) in members.iter().zip(&names) {
        let snapshot = &series.snapshots[*member];
        let instance = match (source_name(snapshot), origin) {
            (Some(name), _) => name,
            (None, Origin::Found) => keys.key(name),
            (None, Origin::Named) => named_key(series, snapshot, name),
        };
        let format = if origin == Origin::Found { snapshot.header.format } else { "" };
        let types = (format, snapshot.header.types_hash());
        // Only file names contain thread ids.
        let thread = name.thread.filter(|_| snapshot.source_instance.is_none());
        groups.entry((instance, thread, types)).or_default().push(*member);
    }
    let mut types_of: BTreeMap<String, Vec<(&str, u64)>> = BTreeMap::new();
    for (name, _, types) in groups.keys() {
        let known = types_of.entry(name.clone()).or_default();
        if !known.contains(types) {
            known.push(*types);
        }
    }
    let named = |(name, thread, types): GroupKey, members| {
        // A name in several formats, or with different sample types, becomes several instances.
        let several = types_of.get(&name).filter(|known| known.len() > 1);
        let number = several.and_then(|known| known.iter().position(|known| *known == types)).unwrap_or(0);
        let name = if number == 0 { name } else { format!("{name}#{}", number + 1) };
        Group::new(name, thread, members)
    };
    groups.into_iter().map(|(key, members)| named(key, members)).collect()
}

/// Removes differences in a name that do not identify a process: words for a moment are dropped, and `allocs`, which Go
/// writes with the same samples as `heap`, becomes `heap`.
fn process_name(name: FileName) -> FileName {
    let is_moment = |part: &FileNamePart| matches!(part, FileNamePart::Word(word) if is_process_moment(word));
    let is_other_word = |part: &FileNamePart| matches!(part, FileNamePart::Word(_)) && !is_moment(part);
    let has_other = name.parts.iter().any(is_other_word);
    let parts = name.parts.into_iter().filter(|part| !has_other || !is_moment(part)).map(|part| match part {
        FileNamePart::Word(word) if word == "allocs" || is_process_moment(&word) => {
            FileNamePart::Word("heap".to_owned())
        }
        part => part,
    });
    FileName { parts: parts.collect(), ..name }
}

/// Folder of a path, with its separator at the end.
fn folder(path: &str) -> &str {
    &path[..path.rfind(['/', '\\']).map_or(0, |at| at + 1)]
}

/// Length in bytes of the folder that all paths share.
fn shared_folder(paths: &[&str]) -> usize {
    let Some(first) = paths.first() else { return 0 };
    let mut shared = folder(first);
    for path in &paths[1..] {
        while !path.starts_with(shared) {
            shared = folder(&shared[..shared.len() - 1]);
        }
    }
    shared.len()
}

/// Instance according to the source of a snapshot: the given name, else the host of a service.
fn source_name(snapshot: &Snapshot) -> Option<String> {
    let given = snapshot.source_instance.as_ref().map(|name| name.raw().to_owned());
    given.or_else(|| host(&snapshot.header))
}

/// Instance named by a store, or host and port of the service that a profile came from; `None` for files.
fn host(header: &Header) -> Option<String> {
    if let Some(merge) = &header.merge {
        return Some(merge.instance.raw().to_owned());
    }
    let (_, rest) = header.source.raw().split_once("://")?;
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    Some(host.to_owned())
}

/// Instance of a file that the user named: its process id, else its host or process label; empty if there is neither.
fn named_key(series: &Series, snapshot: &Snapshot, name: &FileName) -> String {
    name.process.map(|process| process.to_string()).or_else(|| host_label(series, snapshot)).unwrap_or_default()
}

/// Value of a label that names the host or the process, if all samples have the same value.
fn host_label(series: &Series, snapshot: &Snapshot) -> Option<String> {
    const KEYS: [&[u8]; 6] = [b"host", b"hostname", b"pod", b"instance", b"pid", b"process_id"];
    let strings = &series.symbols.strings;
    let value = |set| {
        let mut labels = series.labels.get(set).iter();
        let label = labels.find(|label| KEYS.contains(&strings.bytes(label.key)))?;
        let text = strings.text(label.text);
        Some(if text.is_empty() { label.number.to_string() } else { text.into_owned() })
    };
    let first = value(*snapshot.samples.labels.first()?)?;
    let mut sets: Vec<_> = snapshot.samples.labels.to_vec();
    sets.sort_unstable();
    sets.dedup();
    sets.into_iter().all(|set| value(set).as_deref() == Some(first.as_str())).then_some(first)
}

/// Keys that group file names: the words of a name, and its numbers that identify an instance. A number does if the
/// same value comes back in several files, and if the number is before the last number or before a time.
struct NameKeys {
    /// Numbers by the words of a name.
    numbers: FxHashMap<String, Vec<NumberUse>>,
}

/// Use of the number at a position of a name.
#[derive(Clone, Copy)]
struct NumberUse {
    /// True if a value is in several files.
    comes_back: bool,
    /// True if the number belongs to the key.
    is_kept: bool,
}

impl NameKeys {
    fn new(names: &[FileName]) -> Self {
        let mut values: FxHashMap<String, Vec<FxHashMap<u64, usize>>> = FxHashMap::default();
        let mut before_time: FxHashMap<String, usize> = FxHashMap::default();
        for name in names {
            let words = name.words();
            let before = before_time.entry(words.clone()).or_insert(name.numbers_before_time());
            *before = (*before).min(name.numbers_before_time());
            let positions = values.entry(words).or_default();
            for (position, value) in numbers(name).enumerate() {
                if positions.len() <= position {
                    positions.push(FxHashMap::default());
                }
                *positions[position].entry(value).or_default() += 1;
            }
        }
        let kept = |(words, positions): (String, Vec<FxHashMap<u64, usize>>)| {
            let before = before_time.get(&words).copied().unwrap_or(0);
            let last = positions.len().saturating_sub(1).max(before);
            let comes_back = |counts: &FxHashMap<u64, usize>| counts.values().any(|count| *count > 1);
            let number =
                |(at, counts)| NumberUse { comes_back: comes_back(counts), is_kept: at < last && comes_back(counts) };
            (words, positions.iter().enumerate().map(number).collect())
        };
        Self { numbers: values.into_iter().map(kept).collect() }
    }

    /// Takes the other of two numbers that come back where the counters show that the first one counts rounds, as in
    /// `heap-ROUND-WORKER`: files with one value of it follow one another, are of several processes each, and those with
    /// one value of the other number are of one process, but for a quarter of the changes of process.
    fn correct_by_counters(&mut self, names: &[FileName], members: &[usize], check: &mut ContinuityCheck<'_>) {
        let mut files: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (at, name) in names.iter().enumerate().filter(|(_, name)| name.process.is_none()) {
            files.entry(name.words()).or_default().push(at);
        }
        for (words, uses) in &mut self.numbers {
            let mut recurring = (0..uses.len()).filter(|at| uses[*at].comes_back);
            let (Some(one), Some(two), None) = (recurring.next(), recurring.next(), recurring.next()) else { continue };
            let (kept, other) = if uses[one].is_kept { (one, two) } else { (two, one) };
            if !uses[kept].is_kept || uses[other].is_kept {
                continue;
            }
            let groups_of = |position: usize| {
                let mut groups: BTreeMap<Option<u64>, Vec<usize>> = BTreeMap::new();
                for at in files.get(words).into_iter().flatten() {
                    groups.entry(numbers(&names[*at]).nth(position)).or_default().push(members[*at]);
                }
                groups.into_values().collect::<Vec<_>>()
            };
            let mut rounds = groups_of(kept);
            rounds.compact_sort_by_key(|round| round.first().copied());
            let falls: Vec<usize> = rounds.iter().map(|round| count_falls(check, round)).collect();
            let are_rounds = rounds.windows(2).all(|pair| pair[0].last() < pair[1].first());
            let mut other_falls = || groups_of(other).iter().map(|group| count_falls(check, group)).sum::<usize>();
            if rounds.len() > 1
                && are_rounds
                && falls.iter().all(|falls| *falls > 0)
                && 4 * other_falls() <= falls.iter().sum::<usize>()
            {
                (uses[kept].is_kept, uses[other].is_kept) = (false, true);
            }
        }
    }

    fn key(&self, name: &FileName) -> String {
        if let Some(process) = name.process {
            return process.to_string();
        }
        let uses = self.numbers.get(&name.words());
        let mut key = String::new();
        let mut position = 0;
        for part in &name.parts {
            let (text, is_suffix) = match part {
                FileNamePart::Word(word) => (word.clone(), false),
                FileNamePart::Number { value, is_suffix } => (value.to_string(), *is_suffix),
                FileNamePart::Quantity { text, .. } => (text.clone(), false),
                FileNamePart::Moment(_) => continue,
            };
            if part.number().is_some() {
                position += 1;
                if !uses.and_then(|uses| uses.get(position - 1)).is_some_and(|number| number.is_kept) {
                    continue;
                }
            }
            if !key.is_empty() && !is_suffix {
                key.push('-');
            }
            key.push_str(&text);
        }
        key
    }
}

fn numbers(name: &FileName) -> impl Iterator<Item = u64> + '_ {
    name.parts.iter().filter_map(FileNamePart::number)
}

/// Names of lines: the words of the file names if all files of a line have the same words and no other line has them,
/// else a number.
fn line_names(series: &Series, group: &Group, lines: &[Vec<usize>]) -> Vec<String> {
    let words = |members: &[usize]| {
        let mut found = members.iter().map(|at| FileName::parse(series.snapshots[*at].header.source.raw()).words());
        let first = found.next()?;
        found.all(|next| next == first).then_some(first).filter(|words| !words.is_empty())
    };
    let names: Vec<Option<String>> = lines.iter().map(|members| words(members)).collect();
    let is_own = |name: &Option<String>| name.is_some() && names.iter().filter(|other| *other == name).count() == 1;
    let numbered = |number: usize| {
        if group.name.is_empty() { (number + 1).to_string() } else { format!("{}#{}", group.name, number + 1) }
    };
    let name = |(number, name): (usize, &Option<String>)| match name {
        Some(name) if is_own(&Some(name.clone())) => name.clone(),
        _ => numbered(number),
    };
    names.iter().enumerate().map(name).collect()
}
