//! Balance of an account: the total and its terms from the figures of a snapshot.

use std::fmt::Write as _;

use super::term::{AccountTerm, TermKind, TermOwner};
use crate::analysis::window::Window;
use crate::base::units::Unit;
use crate::profile::{
    AllocatorMemory, ManagedHeap, ManagedRuntime, Measure, MemoryKind, Metrics, ProcessMemory, ResidentMemory, Series,
};

/// Quantity that an account explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountTotal {
    /// Resident memory of the process.
    Rss,
    /// Memory that a container is charged for.
    Cgroup,
    /// Memory that Go's runtime has from the system and has not returned.
    Sys,
    /// Memory that another runtime has obtained.
    Committed,
    /// Memory that a native allocator has obtained.
    Allocator,
}

impl AccountTotal {
    /// Name in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Cgroup => "cgroup",
            Self::Sys => "sys",
            Self::Committed => "committed",
            Self::Allocator => "allocator",
        }
    }

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Cgroup => "container",
            Self::Sys => "Sys − HeapReleased",
            Self::Committed => "runtime",
            Self::Allocator => "allocator",
        }
    }
}

/// Contradiction between sources, or a figure that is not in the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRemark {
    /// The profile has more bytes in use than the runtime has objects.
    ProfileExceedsHeap {
        /// Bytes by which the profile exceeds the runtime's objects.
        excess: i64,
    },
    /// The kernel's parts do not add up to the resident memory.
    PartsDiffer {
        /// Sum of the parts.
        parts: i64,
    },
    /// Two sources of the kernel have different resident memory.
    ResidentDiffers {
        /// Resident memory by the source that is not in the account.
        other: i64,
    },
    /// The runtime's figures contradict each other.
    FiguresContradict,
    /// The largest resident memory is less than the current: the sources are of other moments or processes.
    OtherMoment {
        /// Largest resident memory by the runtime.
        peak: i64,
    },
    /// Memory that is swapped out.
    Swapped {
        /// Bytes.
        bytes: i64,
    },
    /// No source gives the resident memory.
    NoResident,
    /// No source separates file pages from anonymous memory.
    NoFiles,
}

impl std::fmt::Display for AccountRemark {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let long = |bytes: i64| Unit::Bytes.long(bytes);
        match self {
            Self::ProfileExceedsHeap { excess } => write!(
                out,
                "the profile has {} more in use than the runtime has objects: sampling, or another moment",
                long(*excess)
            ),
            Self::PartsDiffer { parts } => {
                write!(out, "anonymous, file and shared pages add up to {}, not to the resident memory", long(*parts))
            }
            Self::ResidentDiffers { other } => write!(
                out,
                "another source has a resident memory of {}: it is of another moment or process, and is left out",
                long(*other)
            ),
            Self::FiguresContradict => out.write_str("the runtime's figures contradict each other"),
            Self::OtherMoment { peak } => write!(
                out,
                "the runtime's MaxRSS is {}, less than the resident memory: the sources are of other moments or processes",
                long(*peak)
            ),
            Self::Swapped { bytes } => write!(out, "{} are swapped out and not in the resident memory", long(*bytes)),
            Self::NoResident => {
                out.write_str("no source gives the resident memory; `/proc/PID/status` of the same moment does")
            }
            Self::NoFiles => out.write_str("no source separates file pages from anonymous memory"),
        }
    }
}

/// Memory of a process as a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Index of the snapshot.
    pub snapshot: usize,
    /// Bytes in all: the sum of the terms and of the unknown part.
    pub total: i64,
    /// Quantity that `total` measures.
    pub total_is: AccountTotal,
    /// Terms, inner ones first.
    pub terms: Vec<AccountTerm>,
    /// Bytes that no source explains.
    pub unknown: i64,
    /// Contradictions and reservations.
    pub remarks: Vec<AccountRemark>,
    /// Limit of the container; `None` if there is none or no source gives it.
    pub limit: Option<i64>,
    /// Memory that the container is charged for.
    pub charged: Option<i64>,
    /// Largest resident memory since the start of the process.
    pub peak: Option<i64>,
}

/// Share of the resident memory, as a divisor, by which the kernel's own counts may differ.
const TOLERANCE: i64 = 100;
/// Bytes by which counts of different moments may differ without significance.
const SLACK: i64 = 1 << 20;

impl Account {
    /// Account of the last snapshot of a window that has figures, of one instance or of any; `None` if none has.
    pub fn last(series: &Series, window: Window, instance: Option<usize>) -> Option<Self> {
        window.members(series, instance).rev().find_map(|at| Self::of(series, at))
    }

    /// Account of a snapshot; `None` without figures beside its profile.
    pub fn of(series: &Series, snapshot: usize) -> Option<Self> {
        let header = &series.snapshots()[snapshot].header;
        let default = ProcessMemory::default();
        let memory = header.memory.as_deref().unwrap_or(&default);
        let go = header.metrics.or(memory.go);
        let in_use = in_use_bytes(series, snapshot);
        let mut remarks = Vec::new();
        let (mut terms, is_whole, counted) = inner_terms(go, memory, in_use, &mut remarks);
        let pages = Pages::of(memory, &mut remarks);
        let (total, total_is) = match (&pages, counted) {
            (Some(pages), _) => (pages.total, pages.total_is),
            (None, Some(counted)) => (sum(&terms), counted),
            (None, None) => return None,
        };
        let mut unknown = 0;
        if let Some(pages) = &pages {
            let rest = pages.anonymous.saturating_sub(sum(&terms));
            let owner = terms.first().map_or(TermOwner::System, |term| term.owner);
            match rest {
                0 => {}
                // Without all of the runtime's figures, the rest may be the runtime's too.
                _ if !is_whole => {}
                1.. => terms.push(AccountTerm { kind: TermKind::Outside, owner, bytes: rest }),
                _ => terms.push(AccountTerm { kind: TermKind::Untouched, owner, bytes: rest }),
            }
            let others =
                [(TermKind::File, pages.file), (TermKind::Shared, pages.shared), (TermKind::Kernel, pages.kernel)];
            let known = others.into_iter().filter_map(|(kind, bytes)| Some((kind, bytes?)));
            let shown = known.filter(|(kind, bytes)| *kind == TermKind::File || *bytes != 0);
            terms.extend(shown.map(|(kind, bytes)| AccountTerm { kind, owner: TermOwner::System, bytes }));
            unknown = total.saturating_sub(sum(&terms));
        } else {
            remarks.push(AccountRemark::NoResident);
        }
        let resident = memory.resident;
        if let Some((peak, rss)) = go.and_then(|go| go.max_rss).zip(resident.rss)
            && peak < (rss - rss / TOLERANCE).saturating_sub(SLACK)
        {
            remarks.push(AccountRemark::OtherMoment { peak });
        }
        remarks.extend(resident.swap.filter(|swap| *swap > 0).map(|bytes| AccountRemark::Swapped { bytes }));
        let (limit, charged) = (memory.container.limit, memory.container.current);
        let peak = resident.peak.or(go.and_then(|go| go.max_rss));
        Some(Self { snapshot, total, total_is, terms, unknown, remarks, limit, charged, peak })
    }

    /// Bytes of a kind of term; `None` if the account has none.
    pub fn bytes(&self, kind: TermKind) -> Option<i64> {
        self.terms.iter().find(|term| term.kind == kind).map(|term| term.bytes)
    }

    /// The account in one line: `RSS 237 MiB = live objects 125 + … MiB`. Terms of less than a thousandth are left out.
    pub fn line(&self) -> String {
        let unit = Unit::Bytes;
        let mut line = format!("{} {} =", self.total_is.name(), unit.long(self.total));
        let unknown = (self.unknown != 0).then(|| ("unknown".to_owned(), self.unknown));
        let terms = self.terms.iter().map(|term| (term.name(), term.bytes)).chain(unknown);
        let mut is_first = true;
        for (name, bytes) in terms.filter(|(_, bytes)| bytes.unsigned_abs() >= self.total.unsigned_abs() / 1000) {
            let sign = match (std::mem::take(&mut is_first), bytes < 0) {
                (true, false) => "",
                (_, true) => " −",
                (false, false) => " +",
            };
            let _ = write!(line, "{sign} {name} {}", unit.long(bytes.saturating_abs()));
        }
        line
    }
}

/// Index of the sample type of in-use bytes; `None` if there is none.
pub fn in_use_type(series: &Series) -> Option<usize> {
    series.roles().iter().position(|role| (role.kind, role.measure) == (MemoryKind::InUse, Measure::Space))
}

/// Bytes in use by a snapshot's profile, the mean of its profiles if it is a merge of several; `None` if there are no
/// such values, or if some are below zero and therefore changes. The account is of one process, and a merge adds up the profiles of all processes and times.
pub fn in_use_bytes(series: &Series, snapshot: usize) -> Option<i64> {
    let held = in_use_type(series)?;
    let unit = i128::from(Unit::of(series.sample_types()[held].unit.raw()).bytes()?);
    if series.is_change_among_levels(snapshot) {
        return None;
    }
    let snapshot = &series.snapshots()[snapshot];
    if snapshot.has_negative(held) {
        return None;
    }
    let profiles = snapshot.header.merge.as_ref().map_or(1, |merge| i128::from(merge.profiles.max(1)));
    i64::try_from(snapshot.totals[held].saturating_mul(unit) / profiles).ok().filter(|bytes| *bytes > 0)
}

/// Computes the terms of the runtime and the allocator. Also returns true if they are all of the runtime's memory, and
/// the quantity that their sum is.
fn inner_terms(
    go: Option<Metrics>,
    memory: &ProcessMemory,
    in_use: Option<i64>,
    remarks: &mut Vec<AccountRemark>,
) -> (Vec<AccountTerm>, bool, Option<AccountTotal>) {
    let mut terms = Vec::new();
    let (is_whole, total) = if let Some(go) = go.filter(|go| go.heap_alloc.is_some()) {
        (go_terms(&go, in_use, &mut terms, remarks), Some(AccountTotal::Sys))
    } else if let Some(heap) = &memory.managed {
        (managed_terms(heap, in_use, &mut terms, remarks), Some(AccountTotal::Committed))
    } else if let Some(allocator) = &memory.allocator {
        allocator_terms(allocator, &mut terms);
        (true, Some(AccountTotal::Allocator))
    } else {
        let owner = TermOwner::Profile;
        terms.extend(in_use.map(|bytes| AccountTerm { kind: TermKind::Live, owner, bytes }));
        (false, None)
    };
    let is_beside = !matches!(total, Some(AccountTotal::Allocator) | None);
    if let Some(allocator) = memory.allocator.as_ref().filter(|_| is_beside) {
        let parts = [Some(allocator.allocated), allocator.unused, allocator.idle, allocator.metadata];
        let bytes = parts.into_iter().flatten().fold(0, i64::saturating_add);
        terms.push(AccountTerm { kind: TermKind::Allocator, owner: TermOwner::Allocator(allocator.name), bytes });
    }
    (terms, is_whole, total)
}

/// Sum of terms.
fn sum(terms: &[AccountTerm]) -> i64 {
    terms.iter().fold(0, |sum: i64, term| sum.saturating_add(term.bytes))
}

/// Splits the objects of a heap into live objects and garbage, by the profile.
fn objects(
    owner: TermOwner,
    heap: i64,
    in_use: Option<i64>,
    terms: &mut Vec<AccountTerm>,
    remarks: &mut Vec<AccountRemark>,
) {
    let Some(in_use) = in_use else {
        terms.push(AccountTerm { kind: TermKind::Heap, owner, bytes: heap });
        return;
    };
    let live = in_use.min(heap);
    terms.push(AccountTerm { kind: TermKind::Live, owner, bytes: live });
    terms.push(AccountTerm { kind: TermKind::Garbage, owner, bytes: heap.saturating_sub(live) });
    let excess = in_use.saturating_sub(live);
    if excess > heap / TOLERANCE * 5 + SLACK {
        remarks.push(AccountRemark::ProfileExceedsHeap { excess });
    }
}

/// Adds the terms of Go's runtime; returns true if they are all of its memory.
fn go_terms(go: &Metrics, in_use: Option<i64>, terms: &mut Vec<AccountTerm>, remarks: &mut Vec<AccountRemark>) -> bool {
    let owner = TermOwner::Go;
    let heap = go.heap_alloc.unwrap_or(0);
    objects(owner, heap, in_use, terms, remarks);
    let mut put = |kind: TermKind, bytes: i64| {
        if bytes < 0 && !remarks.contains(&AccountRemark::FiguresContradict) {
            remarks.push(AccountRemark::FiguresContradict);
        }
        terms.push(AccountTerm { kind, owner, bytes });
    };
    let Some(in_spans) = go.heap_inuse else { return false };
    put(TermKind::Unused, in_spans.saturating_sub(heap));
    let (Some(idle), Some(released), Some(sys)) = (go.heap_idle, go.heap_released, go.sys) else {
        if let Some(stacks) = go.stack_sys {
            put(TermKind::Stacks, stacks);
        }
        return false;
    };
    put(TermKind::Idle, idle.saturating_sub(released));
    let heap_sys = in_spans.saturating_add(idle);
    let stacks = go.stack_sys.unwrap_or(0);
    if go.stack_sys.is_some() {
        put(TermKind::Stacks, stacks);
    }
    put(TermKind::Runtime, sys.saturating_sub(heap_sys).saturating_sub(stacks));
    true
}

/// Adds the terms of another runtime; returns true if they are all of its memory.
fn managed_terms(
    heap: &ManagedHeap,
    in_use: Option<i64>,
    terms: &mut Vec<AccountTerm>,
    remarks: &mut Vec<AccountRemark>,
) -> bool {
    let owner = match heap.runtime {
        ManagedRuntime::Node => TermOwner::Node,
        ManagedRuntime::Jvm => TermOwner::Jvm,
        ManagedRuntime::Other => TermOwner::Managed,
    };
    match (heap.used, heap.committed) {
        (Some(used), committed) => {
            objects(owner, used, in_use, terms, remarks);
            if let Some(committed) = committed {
                let bytes = committed.saturating_sub(used).max(0);
                terms.push(AccountTerm { kind: TermKind::Unused, owner, bytes });
            }
        }
        (None, Some(committed)) => objects(owner, committed, in_use, terms, remarks),
        (None, None) => {}
    }
    let parts = [
        (TermKind::Stacks, heap.stacks),
        (TermKind::Classes, heap.classes),
        (TermKind::Code, heap.code),
        (TermKind::External, heap.external),
        (TermKind::Runtime, heap.other),
    ];
    let known = parts.into_iter().filter_map(|(kind, bytes)| Some(AccountTerm { kind, owner, bytes: bytes? }));
    terms.extend(known);
    // A heap alone gives no figures for the rest of its runtime.
    heap.other.is_some() || heap.external.is_some()
}

fn allocator_terms(allocator: &AllocatorMemory, terms: &mut Vec<AccountTerm>) {
    let parts = [
        (TermKind::Heap, Some(allocator.allocated)),
        (TermKind::Unused, allocator.unused),
        (TermKind::Idle, allocator.idle),
        (TermKind::Runtime, allocator.metadata),
    ];
    let owner = TermOwner::Allocator(allocator.name);
    terms.extend(parts.into_iter().filter_map(|(kind, bytes)| Some(AccountTerm { kind, owner, bytes: bytes? })));
}

/// Pages of a process or a container by their kind.
struct Pages {
    total: i64,
    total_is: AccountTotal,
    anonymous: i64,
    file: Option<i64>,
    shared: Option<i64>,
    kernel: Option<i64>,
}

impl Pages {
    /// Resident pages of the process, else those of its container; `None` if no source counts pages.
    fn of(memory: &ProcessMemory, remarks: &mut Vec<AccountRemark>) -> Option<Self> {
        if let Some(rss) = memory.resident.rss {
            return Some(Self::of_process(rss, &memory.resident, remarks));
        }
        let container = &memory.container;
        let total = container.current?;
        // In a container, shared memory is counted as part of the page cache.
        let shared = container.shared;
        let file = container.file.map(|file| file.saturating_sub(shared.unwrap_or(0)));
        let anonymous = container.anonymous.unwrap_or(total);
        if container.anonymous.is_none() {
            remarks.push(AccountRemark::NoFiles);
        }
        let kernel = container.kernel;
        Some(Self { total, total_is: AccountTotal::Cgroup, anonymous, file, shared, kernel })
    }

    fn of_process(rss: i64, resident: &ResidentMemory, remarks: &mut Vec<AccountRemark>) -> Self {
        let (file, shared) = (resident.file, resident.shared);
        remarks.extend(resident.other_rss.map(|other| AccountRemark::ResidentDiffers { other }));
        let others = file.unwrap_or(0).saturating_add(shared.unwrap_or(0));
        let anonymous = resident.anonymous.unwrap_or_else(|| rss.saturating_sub(others));
        if file.is_none() {
            remarks.push(AccountRemark::NoFiles);
        } else {
            let parts = anonymous.saturating_add(others);
            if rss.saturating_sub(parts).saturating_abs() > rss / TOLERANCE {
                remarks.push(AccountRemark::PartsDiffer { parts });
            }
        }
        Self { total: rss, total_is: AccountTotal::Rss, anonymous, file, shared, kernel: None }
    }
}
