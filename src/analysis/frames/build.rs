//! Construction of the frames of a series for a tree shape: groups of lines, and their names.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::filter::FramePlan;
use crate::analysis::filter::FunctionOwners;
use crate::analysis::frames::{FrameData, FrameFile, FrameOwner, Frames, LocationFrames, PackageKind, ROOT, ReportRow};
use crate::analysis::label_roots::{LabelFrame, LabelRoots};
use crate::analysis::query::{Granularity, Inlines, Matching, TreeShape};
use crate::base::clean_path::clean_path;
use crate::base::ids::{FrameId, FunctionId, LocationId, MappingId, StringId};
use crate::base::limits::{Budget, LimitError};
use crate::base::names::{self, Language, Name, language_of};
use crate::base::safe_text::SafeText;
use crate::base::step_count;
use crate::base::strings::TextCache;
use crate::profile::{Function, Line, Location, Series, Symbols, UNOWNED};

/// Identity of a frame; fields that the granularity ignores are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct FrameKey {
    name: StringId,
    file: StringId,
    line: i64,
    column: i64,
    start_line: i64,
    address: u64,
    mapping: Option<MappingId>,
    /// Package or owner, at the granularities that have one: an id of [`Maker::groups`].
    group: Option<u32>,
}

/// Builds the frames of a series in a shape, and the frames of each location.
///
/// # Errors
/// [`LimitError`] when the budget is spent.
pub(in crate::analysis) fn frames(
    series: &Series,
    shape: TreeShape,
    plan: Option<&FramePlan>,
    label_roots: Option<&LabelRoots>,
    budget: &mut Budget,
) -> Result<(Frames, LocationFrames), LimitError> {
    let symbols = series.symbols();
    let mut maker = Maker::new(series, shape);
    let mut of_location = LocationFrames { frames: Vec::new(), starts: vec![0] };
    for id in (0..symbols.locations()).map(LocationId::new) {
        let location = symbols.location(id);
        let mut lines = plan.map_or(symbols.lines(id), |plan| plan.lines(id));
        if shape.inlines == Inlines::Hidden {
            lines = &lines[lines.len().saturating_sub(1)..];
        }
        if lines.is_empty() && !plan.is_some_and(|plan| plan.hides(id)) {
            let frame = maker.frame(&location, None, budget)?;
            budget.push(&mut of_location.frames, frame)?;
        }
        for line in lines.iter().rev() {
            let frame = maker.frame(&location, Some(line), budget)?;
            budget.push(&mut of_location.frames, frame)?;
        }
        let end = of_location.frames.len() as u32;
        budget.push(&mut of_location.starts, end)?;
    }
    for value in label_roots.map_or(&[][..], |label_roots| &label_roots.frames) {
        // Charge for the frame, its row, and its text in both forms.
        budget.charge((size_of::<FrameData>() + size_of::<ReportRow>() + 3 * value.name.len()) as u64)?;
        budget.push(&mut of_location.frames, maker.value(value))?;
        budget.push(&mut of_location.starts, of_location.frames.len() as u32)?;
    }
    let owner_names = maker.groups.texts.into_iter().map(Box::from).collect();
    Ok((Frames { frames: maker.frames, rows: maker.rows, owner_names, alike: OnceLock::new() }, of_location))
}

struct Maker<'a> {
    symbols: &'a Symbols,
    granularity: Granularity,
    matching: Matching,
    /// Representative of equal strings, by their bytes: tables may hold a name twice.
    names: FxHashMap<&'a [u8], StringId>,
    /// Representative of the files whose path has to be cleaned, by the clean path.
    cleaned: FxHashMap<String, StringId>,
    /// Representatives of the name and the file of each function, set at their first use.
    of_function: Vec<Option<(StringId, StringId)>>,
    /// Representative of the names that differ in a compiler's hash alone.
    stable: FxHashMap<Cow<'a, [u8]>, StringId>,
    ids: FxHashMap<FrameKey, FrameId>,
    row_ids: FxHashMap<FrameKey, u32>,
    /// Language of the names, set at its first use.
    language: Option<Language>,
    /// Packages and owners.
    groups: Groups<'a>,
    /// Text of each name that is not UTF-8, distinct from the text of every other name.
    spelled: FxHashMap<StringId, Arc<str>>,
    /// All texts of `spelled`.
    spellings: FxHashSet<Arc<str>>,
    /// Representative of the strings equal to a string, by its id.
    representatives: FxHashMap<StringId, StringId>,
    /// Representative of the strings that differ from a string in a compiler's hash alone, by its id.
    stable_representatives: FxHashMap<StringId, StringId>,
    /// Representative of the paths that are equal when cleaned, by the id of a path.
    file_representatives: FxHashMap<StringId, StringId>,
    /// Owners by the rules of the series; `None` without rules.
    owners: Option<FunctionOwners<'a>>,
    /// Owner of each function, set at its first use: an id of `groups`.
    owner_of: Vec<Option<u32>>,
    /// Files and mappings.
    texts: TextCache,
    frames: Vec<FrameData>,
    rows: Vec<ReportRow>,
}

impl<'a> Maker<'a> {
    fn new(series: &'a Series, shape: TreeShape) -> Self {
        let symbols = series.symbols();
        let name = Name::from(SafeText::from(ROOT));
        let root = FrameData {
            name: name.clone(),
            file: FrameFile::Unknown,
            at: 0,
            start: 0,
            mapping: None,
            symbolized: true,
            is_label: false,
            row: 0,
            function: StringId::EMPTY,
            owner: FrameOwner::Unowned,
            package: None,
        };
        let owners = series.owners().map(|_| FunctionOwners::new(series));
        Self {
            symbols,
            granularity: shape.granularity,
            matching: shape.matching,
            names: FxHashMap::default(),
            cleaned: FxHashMap::default(),
            of_function: vec![None; symbols.functions.len()],
            stable: FxHashMap::default(),
            ids: FxHashMap::default(),
            row_ids: FxHashMap::default(),
            language: None,
            groups: Groups::default(),
            spelled: FxHashMap::default(),
            spellings: FxHashSet::default(),
            representatives: FxHashMap::default(),
            stable_representatives: FxHashMap::default(),
            file_representatives: FxHashMap::default(),
            owners,
            owner_of: vec![None; symbols.functions.len()],
            texts: TextCache::default(),
            frames: vec![root],
            rows: vec![ReportRow { name, file: None }],
        }
    }

    fn frame(&mut self, location: &Location, line: Option<&Line>, budget: &mut Budget) -> Result<FrameId, LimitError> {
        let function = line.map(|line| self.symbols.function(line.function));
        let key = self.key(location, line, function);
        let owner = line.zip(function).map_or(FrameOwner::Unowned, |(line, function)| {
            FrameOwner::of(self.owner_of(line.function, function), &self.groups)
        });
        if let Some(&id) = self.ids.get(&key) {
            self.agree(id, function, owner);
            return Ok(id);
        }
        let id = FrameId::new(self.frames.len());
        let frame = FrameData { owner, ..self.describe(&key, location, function, budget)? };
        // Charge for a frame and its row, a key in each of two maps, and the text.
        let fixed = size_of::<FrameData>() + size_of::<ReportRow>() + 3 * size_of::<FrameKey>();
        budget.charge((fixed + 3 * frame.name.raw().len()) as u64)?;
        self.frames.push(frame);
        self.ids.insert(key, id);
        Ok(id)
    }

    fn one(&mut self, string: StringId) -> StringId {
        if let Some(known) = self.representatives.get(&string) {
            return *known;
        }
        // A long string is hashed once, however many functions refer to it.
        let representative = *self.names.entry(self.symbols.strings.bytes(string)).or_insert(string);
        self.representatives.insert(string, representative);
        representative
    }

    /// Returns the representative of the names that count as the same.
    fn one_name(&mut self, string: StringId) -> StringId {
        match self.matching {
            Matching::Raw => self.one(string),
            Matching::Names | Matching::Moved => {
                if let Some(known) = self.stable_representatives.get(&string) {
                    return *known;
                }
                let name = names::without_hashes(self.symbols.strings.bytes(string));
                let representative = *self.stable.entry(name).or_insert(string);
                self.stable_representatives.insert(string, representative);
                representative
            }
        }
    }

    /// Returns the representative of the paths that are equal when cleaned, which is how pprof distinguishes files.
    fn one_file(&mut self, string: StringId) -> StringId {
        // Thousands of functions may share a long path.
        if let Some(known) = self.file_representatives.get(&string) {
            return *known;
        }
        let text = self.symbols.strings.text(string);
        step_count::count_steps(text.len());
        let clean = clean_path(&text);
        let representative = if clean == text {
            self.cleaned.get(&*clean).copied().unwrap_or_else(|| self.one(string))
        } else {
            let known = self.names.get(clean.as_bytes()).copied();
            known.unwrap_or_else(|| *self.cleaned.entry(clean.into_owned()).or_insert(string))
        };
        self.file_representatives.insert(string, representative);
        representative
    }

    /// Returns the representatives of the name and the file of a function, which many locations share.
    fn texts(&mut self, id: FunctionId, function: Function) -> (StringId, StringId) {
        if let Some(Some(known)) = self.of_function.get(id.index()) {
            return *known;
        }
        let texts = (self.one_name(function.name), self.one_file(function.file));
        if let Some(known) = self.of_function.get_mut(id.index()) {
            *known = Some(texts);
        }
        texts
    }

    fn is_empty(&self, string: StringId) -> bool {
        self.symbols.strings.bytes(string).is_empty()
    }

    fn key(&mut self, location: &Location, line: Option<&Line>, function: Option<Function>) -> FrameKey {
        let unknown = FrameKey { address: location.address, mapping: location.mapping, ..FrameKey::default() };
        let (Some(line), Some(function)) = (line, function) else { return unknown };
        let (name, file) = self.texts(line.function, function);
        let nameless = self.is_empty(name);
        match self.granularity {
            Granularity::Files if self.is_empty(file) => unknown,
            // When names are blank, pprof also distinguishes files by these.
            Granularity::Files => {
                FrameKey { file, start_line: function.start_line, mapping: location.mapping, ..FrameKey::default() }
            }
            _ if nameless => unknown,
            Granularity::Functions => FrameKey { name, ..FrameKey::default() },
            Granularity::Packages => FrameKey { group: Some(self.package(name, file)), ..FrameKey::default() },
            Granularity::Owners => {
                FrameKey { group: Some(self.owner_of(line.function, function)), ..FrameKey::default() }
            }
            Granularity::FileFunctions => FrameKey { name, file, ..FrameKey::default() },
            Granularity::Lines => FrameKey { name, file, line: line.line, ..FrameKey::default() },
            Granularity::Addresses => {
                let (line, column) = (line.line, line.column);
                FrameKey { name, file, line, column, address: location.address, ..FrameKey::default() }
            }
        }
    }

    /// Returns the id of the package of a function.
    fn package(&mut self, name: StringId, file: StringId) -> u32 {
        let text = |string: StringId| std::str::from_utf8(self.symbols.strings.bytes(string)).unwrap_or_default();
        let language = *self.language.get_or_insert_with(|| {
            // A long name is read once, however many functions share it.
            let mut seen = FxHashSet::default();
            let functions = self.symbols.functions.iter().filter(|one| seen.insert((one.name, one.file)));
            language_of(functions.map(|function| (text(function.name), text(function.file))))
        });
        // If names have no packages, the folder of the file takes their place.
        let folder = || text(file).rfind('/').map_or("", |end| &text(file)[..end]);
        let (kind, package) = match language {
            Language::Python | Language::Node | Language::Other if !folder().is_empty() => {
                (PackageKind::Folder, folder())
            }
            _ => match names::package_of(language, text(name)) {
                "" => (PackageKind::Unpackaged, "(no package)"),
                package => (PackageKind::Names, package),
            },
        };
        self.groups.id(Some(kind), package)
    }

    /// Returns the id of the owners of a function, which many locations share.
    fn owner_of(&mut self, id: FunctionId, function: Function) -> u32 {
        if let Some(Some(known)) = self.owner_of.get(id.index()) {
            return *known;
        }
        let text = |string: StringId| String::from_utf8_lossy(self.symbols.strings.bytes(string));
        let owner = match &self.owners {
            Some(owners) => owners.of(&text(function.name), &text(function.file)),
            None => UNOWNED,
        };
        let group = self.groups.id(None, owner);
        if let Some(known) = self.owner_of.get_mut(id.index()) {
            *known = Some(group);
        }
        group
    }

    /// Adds the frame of a label value, which has its own row.
    fn value(&mut self, value: &LabelFrame) -> FrameId {
        let (id, name) = (FrameId::new(self.frames.len()), Name::from(SafeText::from(&*value.shown())));
        let (file, row) = (FrameFile::Unknown, self.rows.len() as u32);
        self.rows.push(ReportRow { name: name.clone(), file: None });
        let function = StringId::EMPTY;
        self.frames.push(FrameData {
            name,
            file,
            at: 0,
            start: 0,
            mapping: None,
            symbolized: true,
            is_label: true,
            row,
            function,
            owner: FrameOwner::Unowned,
            package: None,
        });
        id
    }

    fn describe(
        &mut self,
        key: &FrameKey,
        location: &Location,
        function: Option<Function>,
        budget: &mut Budget,
    ) -> Result<FrameData, LimitError> {
        let symbolized = key.group.is_some() || !self.is_empty(key.name) || !self.is_empty(key.file);
        let (symbols, texts) = (self.symbols, &mut self.texts);
        let mut text = |string: StringId| texts.get(&symbols.strings, string, budget);
        let mapping = location.mapping.map(|mapping| text(symbols.mappings[mapping.index()].file)).transpose()?;
        let mapping = mapping.filter(|mapping| !mapping.is_empty());
        let file = match function.map(|function| function.file) {
            Some(file) if !symbols.strings.bytes(file).is_empty() => {
                let path = text(file)?;
                let clean = clean_path(path.raw());
                let path = if clean == path.raw() { path.clone() } else { SafeText::from(&*clean) };
                FrameFile::One(file, path)
            }
            _ => FrameFile::Unknown,
        };
        let (at, start) = (key.line, function.map_or(0, |function| function.start_line));
        let printed = self.printed(key, mapping.as_ref());
        let name = if symbolized { printed.clone() } else { address_name(key.address, mapping.as_ref()) };
        // Unsymbolized frames share their mapping's row, except at addresses granularity.
        let address = if self.granularity == Granularity::Addresses { key.address } else { 0 };
        let row = if symbolized { *key } else { FrameKey { address, ..*key } };
        let row = self.row_of(row, printed.into(), &file);
        Ok(FrameData {
            name: name.into(),
            file,
            at,
            start,
            mapping,
            symbolized,
            is_label: false,
            row,
            function: key.name,
            owner: FrameOwner::Unowned,
            package: key.group.and_then(|group| self.groups.kind(group)),
        })
    }

    /// Returns the row of the frames with this key.
    fn row_of(&mut self, key: FrameKey, name: Name, file: &FrameFile) -> u32 {
        let next = self.rows.len() as u32;
        let row = *self.row_ids.entry(key).or_insert(next);
        if row == next {
            let file = match file {
                FrameFile::One(_, file) => Some(file.clone()),
                FrameFile::Unknown | FrameFile::Several => None,
            };
            self.rows.push(ReportRow { name, file });
        }
        row
    }

    /// Name as pprof prints it: the parts of address, function, file and line that the granularity has.
    fn printed(&mut self, key: &FrameKey, mapping: Option<&SafeText>) -> SafeText {
        step_count::count_steps(1);
        if let Some(group) = key.group {
            return SafeText::from(self.groups.text(group));
        }
        let mut parts: Vec<String> = Vec::new();
        if self.granularity == Granularity::Addresses && key.address != 0 {
            parts.push(format!("{:016x}", key.address));
        }
        if !self.is_empty(key.name) {
            parts.push(self.spell(key.name).into_owned());
        }
        let string = |string: StringId| {
            let text = self.symbols.strings.text(string);
            clean_path(&text).into_owned()
        };
        match key {
            FrameKey { line: 0, file, .. } if !self.is_empty(*file) => parts.push(string(*file)),
            FrameKey { line: 0, name, .. } if !self.is_empty(*name) => {}
            FrameKey { line: 0, .. } => parts.push(mapping.map_or_else(|| "<unknown>".to_owned(), bracketed)),
            FrameKey { column: 0, .. } => parts.push(format!("{}:{}", string(key.file), key.line)),
            _ => parts.push(format!("{}:{}:{}", string(key.file), key.line, key.column)),
        }
        SafeText::from(&*parts.join(" "))
    }

    /// A name as text. Bytes that are not UTF-8 become U+FFFD, after which two names may look alike: the second one has
    /// its bytes spelled out behind it, since frames are distinguished by their names.
    fn spell(&mut self, name: StringId) -> Cow<'a, str> {
        let bytes = self.symbols.strings.bytes(name);
        let lossy = match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => return Cow::Borrowed(text),
            Cow::Owned(lossy) => lossy,
        };
        if let Some(spelled) = self.spelled.get(&name) {
            return Cow::Owned(spelled.to_string());
        }
        let is_taken = self.spellings.contains(&*lossy);
        let spelled = if is_taken { format!("{lossy} ({})", bytes.escape_ascii()) } else { lossy };
        let shared: Arc<str> = Arc::from(&*spelled);
        self.spellings.insert(Arc::clone(&shared));
        self.spelled.insert(name, shared);
        Cow::Owned(spelled)
    }

    /// Notes that a frame has one more function, which may be in another file and have other owners.
    fn agree(&mut self, id: FrameId, function: Option<Function>, owner: FrameOwner) {
        let frame = &mut self.frames[id.index()];
        if frame.owner != owner {
            frame.owner = FrameOwner::Several;
        }
        let (FrameFile::One(file, _), Some(function)) = (&frame.file, function) else { return };
        let strings = &self.symbols.strings;
        let is_same = |one: StringId, other: StringId| {
            strings.bytes(one) == strings.bytes(other)
                || clean_path(&strings.text(one)) == clean_path(&strings.text(other))
        };
        if *file != function.file && !is_same(*file, function.file) {
            frame.file = FrameFile::Several;
            self.rows[frame.row as usize].file = None;
        }
    }
}

/// Interned names of packages and owners.
#[derive(Default)]
struct Groups<'a> {
    texts: Vec<&'a str>,
    /// Kind of each package; `None` for an owner.
    kinds: Vec<Option<PackageKind>>,
    ids: FxHashMap<(Option<PackageKind>, &'a str), u32>,
}

impl<'a> Groups<'a> {
    fn id(&mut self, kind: Option<PackageKind>, text: &'a str) -> u32 {
        *self.ids.entry((kind, text)).or_insert_with(|| {
            self.texts.push(text);
            self.kinds.push(kind);
            (self.texts.len() - 1) as u32
        })
    }

    fn kind(&self, id: u32) -> Option<PackageKind> {
        self.kinds.get(id as usize).copied().flatten()
    }

    fn text(&self, id: u32) -> &'a str {
        self.texts.get(id as usize).copied().unwrap_or_default()
    }
}

impl FrameOwner {
    /// Owner with an id of `groups`.
    fn of(group: u32, groups: &Groups<'_>) -> Self {
        if groups.text(group) == UNOWNED { Self::Unowned } else { Self::One(group) }
    }
}

/// Name of a frame without symbols: `0x7f3a12c4 [libssl.so.3]`.
fn address_name(address: u64, mapping: Option<&SafeText>) -> SafeText {
    let name = match (address, mapping) {
        (0, None) => "<unknown>".to_owned(),
        (0, Some(mapping)) => bracketed(mapping),
        (_, None) => format!("0x{address:x}"),
        (_, Some(mapping)) => format!("0x{address:x} {}", bracketed(mapping)),
    };
    SafeText::from(&*name)
}

fn bracketed(mapping: &SafeText) -> String {
    let path = mapping.raw().trim_end_matches('/');
    format!("[{}]", path.rsplit('/').next().unwrap_or(path))
}
