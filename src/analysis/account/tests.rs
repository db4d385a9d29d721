//! Accounts of figures that contradict each other or lack a part.

use proptest::prelude::*;

use super::{Account, AccountRemark, AccountTotal, TermKind};
use crate::base::limits::Budget;
use crate::profile::{
    AllocatorMemory, ContainerMemory, Header, ManagedHeap, ManagedRuntime, Metrics, ProcessMemory, Profile,
    ResidentMemory, SampleType, Samples, Series, Values,
};

fn account(memory: ProcessMemory, in_use: i64) -> Option<Account> {
    let mut budget = Budget::new(1 << 20);
    let mut values = Values::default();
    let mut samples = Samples::default();
    if in_use > 0 {
        values.push(in_use, &mut budget).unwrap();
        samples.stacks.to_mut().push(crate::base::ids::StackId::ROOT);
        samples.labels.to_mut().push(crate::base::ids::LabelSetId::EMPTY);
    }
    samples.values.push(values);
    let header = Header { sample_types: vec![SampleType::new("inuse_space", "bytes")], ..Header::default() };
    let mut series = Series::new(Profile { header, samples, ..Profile::default() }, budget);
    series.set_memory(0, memory);
    Account::of(&series, 0)
}

fn terms(account: &Account) -> Vec<(&'static str, i64)> {
    account.terms.iter().map(|term| (term.kind.word(), term.bytes)).collect()
}

/// Sum of terms and of the unknown part, which is the total of every account.
fn sum(account: &Account) -> i64 {
    account.terms.iter().map(|term| term.bytes).sum::<i64>() + account.unknown
}

fn go() -> Metrics {
    Metrics {
        heap_alloc: Some(50),
        heap_inuse: Some(60),
        heap_idle: Some(30),
        heap_released: Some(10),
        sys: Some(120),
        stack_sys: Some(8),
        ..Metrics::default()
    }
}

fn resident(rss: i64, anonymous: i64, file: i64) -> ResidentMemory {
    let [rss, anonymous, file] = [rss, anonymous, file].map(Some);
    ResidentMemory { rss, anonymous, file, ..ResidentMemory::default() }
}

#[test]
fn terms_of_go_add_up() {
    let memory = |rss, anonymous, file| ProcessMemory {
        go: Some(go()),
        resident: resident(rss, anonymous, file),
        ..ProcessMemory::default()
    };
    let inner = [("live", 40), ("garbage", 10), ("unused", 10), ("idle", 20), ("stacks", 8), ("runtime", 22)];
    let outside = account(memory(200, 150, 50), 40).unwrap();
    assert_eq!(terms(&outside), [&inner[..], &[("outside", 40), ("file", 50)]].concat());
    let untouched = account(memory(100, 90, 10), 40).unwrap();
    assert_eq!(terms(&untouched), [&inner[..], &[("untouched", -20), ("file", 10)]].concat());
    for account in [outside, untouched] {
        assert_eq!((sum(&account), account.unknown), (account.total, 0));
        assert_eq!(account.total_is, AccountTotal::Rss);
    }
    let alone = account(ProcessMemory { go: Some(go()), ..ProcessMemory::default() }, 0).unwrap();
    assert_eq!(alone.terms[0].kind, TermKind::Heap);
    assert_eq!((alone.total_is, alone.total, sum(&alone)), (AccountTotal::Sys, 110, 110));
    assert_eq!(alone.remarks, [AccountRemark::NoResident]);
}

#[test]
fn what_is_not_known_is_named_unknown() {
    let memory = ProcessMemory { resident: resident(100, 70, 30), ..ProcessMemory::default() };
    let account_of = account(memory.clone(), 40).unwrap();
    assert_eq!((terms(&account_of), account_of.unknown), (vec![("live", 40), ("file", 30)], 30));
    let partial = Metrics { heap_alloc: Some(50), ..Metrics::default() };
    let account_of = account(ProcessMemory { go: Some(partial), ..memory }, 0).unwrap();
    assert_eq!((terms(&account_of), account_of.unknown), (vec![("heap", 50), ("file", 30)], 20));
    assert_eq!(account(ProcessMemory::default(), 40), None);
}

#[test]
fn contradictions_are_remarks() {
    let broken = Metrics { heap_inuse: Some(40), ..go() };
    let account_of = account(ProcessMemory { go: Some(broken), ..ProcessMemory::default() }, 0).unwrap();
    assert!(account_of.remarks.contains(&AccountRemark::FiguresContradict));
    assert_eq!(sum(&account_of), account_of.total);
    let memory = ProcessMemory { resident: resident(100 << 20, 50 << 20, 10 << 20), ..ProcessMemory::default() };
    let account_of = account(memory, 0).unwrap();
    assert_eq!(account_of.remarks, [AccountRemark::PartsDiffer { parts: 60 << 20 }]);
    assert_eq!((account_of.unknown, sum(&account_of)), (90 << 20, 100 << 20));
    let go = Metrics { heap_alloc: Some(10 << 20), ..Metrics::default() };
    let account_of = account(ProcessMemory { go: Some(go), ..ProcessMemory::default() }, 30 << 20).unwrap();
    assert_eq!(account_of.terms[0].bytes, 10 << 20, "live is at most HeapAlloc");
    assert_eq!(account_of.remarks[0], AccountRemark::ProfileExceedsHeap { excess: 20 << 20 });
}

#[test]
fn other_runtimes_and_containers_add_up() {
    let heap = ManagedHeap {
        used: Some(40),
        committed: Some(60),
        external: Some(5),
        ..ManagedHeap::new(ManagedRuntime::Node)
    };
    let rss = ResidentMemory { rss: Some(200), ..ResidentMemory::default() };
    let node = account(ProcessMemory { managed: Some(heap), resident: rss, ..ProcessMemory::default() }, 0).unwrap();
    assert_eq!(terms(&node), [("heap", 40), ("unused", 20), ("external", 5), ("outside", 135)]);
    assert_eq!((sum(&node), node.remarks.as_slice()), (200, &[AccountRemark::NoFiles][..]));
    let allocator =
        AllocatorMemory { name: "jemalloc", allocated: 50, unused: Some(10), idle: Some(5), metadata: Some(2) };
    let container = ContainerMemory {
        current: Some(200),
        limit: Some(400),
        anonymous: Some(80),
        file: Some(100),
        shared: Some(10),
        kernel: Some(15),
        ..ContainerMemory::default()
    };
    let memory = ProcessMemory { allocator: Some(allocator), container, ..ProcessMemory::default() };
    let account_of = account(memory, 0).unwrap();
    let want = [
        ("heap", 50),
        ("unused", 10),
        ("idle", 5),
        ("runtime", 2),
        ("outside", 13),
        ("file", 90),
        ("shared", 10),
        ("kernel", 15),
    ];
    assert_eq!((terms(&account_of), account_of.unknown), (want.to_vec(), 5));
    assert_eq!((account_of.total_is, account_of.limit, sum(&account_of)), (AccountTotal::Cgroup, Some(400), 200));
}

proptest! {
    #[test]
    fn no_figures_are_too_large_or_too_small(figures in prop::collection::vec(prop::option::of(any::<i64>()), 16)) {
        let at = |index: usize| figures[index];
        let go = Metrics {
            heap_alloc: at(0), heap_inuse: at(1), heap_idle: at(2), heap_released: at(3), sys: at(4), stack_sys: at(5),
            max_rss: at(6), ..Metrics::default()
        };
        let resident = ResidentMemory {
            rss: at(7), anonymous: at(8), file: at(9), shared: at(10), swap: at(11), ..ResidentMemory::default()
        };
        let container = ContainerMemory { current: at(12), limit: at(13), file: at(14), ..ContainerMemory::default() };
        let managed = at(15).map(|used| ManagedHeap { used: Some(used), ..ManagedHeap::new(ManagedRuntime::Node) });
        if let Some(account) = account(ProcessMemory { go: Some(go), resident, container, managed, ..ProcessMemory::default() }, 5) {
            prop_assert!(!account.line().is_empty());
            for term in &account.terms {
                let _ = (term.advice(account.total), term.name(), term.description());
            }
        }
    }
}
