//! Warnings about the times and the order of snapshots.

use crate::base::file_names::{DateOrder, FileName};
use crate::base::file_order::DateReading;
use crate::base::units::counted;
use crate::profile::{Input, Membership, NameTimes, Origin, Series, Snapshot, SnapshotOrder, Warning, WarningKind};

/// Warning about times from file names; `None` if there are none.
pub(super) fn times_remark(times: NameTimes) -> Option<Warning> {
    let zone = match times.without_zone {
        0 => String::new(),
        all if all == times.count => ", taken as UTC".to_owned(),
        some => format!(", {some} of them without a zone and taken as UTC"),
    };
    let text = format!("{} from file names{zone}{}", counted(times.count, "time"), assumed_dates(times.dates));
    (times.count > 0).then(|| Warning::new(WarningKind::Order, text))
}

/// Warning about the order of a side's snapshots; `None` if they are in the order in which they were given.
pub(super) fn order_remark(series: &Series, side: Input, order: SnapshotOrder) -> Option<Warning> {
    let range = series.range_of(side);
    let snapshots = &series.snapshots()[range.clone()];
    let what = if side == Input::Base { " to compare with" } else { "" };
    let count = range.len();
    if count < 2 {
        return None;
    }
    let are_found = snapshots.iter().all(|snapshot| snapshot.origin == Origin::Found);
    let in_order = || if are_found { order_of_names(snapshots) } else { "the order given".to_owned() };
    let text = match order {
        SnapshotOrder::AlreadyByTime => None,
        SnapshotOrder::ResortedByTime => {
            // Snapshots of several instances are interleaved; only within one instance can a clock go back.
            let goes_back = |instance: usize| {
                let is_of = move |one: &Membership| one.instance == instance && !one.is_duplicate();
                let of = || snapshots.iter().filter(move |snapshot| is_of(&snapshot.membership));
                // Build names, such as old and new, have no order, and neither have names without a number.
                of().all(|snapshot| snapshot.membership.deploy == 0 && (!are_found || name_of(snapshot).has_order()))
                    && !of().map(|snapshot| snapshot.position).is_sorted()
            };
            (0..series.instances().len()).any(goes_back).then(|| {
                let names = if are_found { "the order of their names" } else { "the order given" };
                format!(
                    "the {count} snapshots{what} are in the order of their times, which is not {names}; a clock may have gone back"
                )
            })
        }
        SnapshotOrder::AsGiven { undated } if undated == count => {
            Some(format!("none of the {count} snapshots{what} has a time; they are in {}", in_order()))
        }
        SnapshotOrder::AsGiven { undated } => {
            Some(format!("{undated} of the {count} snapshots{what} have no time; all are in {}", in_order()))
        }
    };
    text.map(|text| Warning::new(WarningKind::Order, text))
}

fn name_of(snapshot: &Snapshot) -> FileName {
    FileName::parse(snapshot.header.source.raw())
}

/// Description of the order in which a directory is read.
fn order_of_names(snapshots: &[Snapshot]) -> String {
    let has_numbers = snapshots.iter().any(|snapshot| name_of(snapshot).has_number());
    let what = if has_numbers { "the numbers in their names" } else { "their names" };
    let dates = DateReading::new(snapshots.iter().map(|snapshot| (snapshot.header.source.raw(), None)));
    format!("the order of {what}{}", assumed_dates(dates))
}

/// Order of day and month, if the names leave it open.
fn assumed_dates(dates: DateReading) -> &'static str {
    match dates.order {
        _ if !dates.is_assumed => "",
        DateOrder::DayFirst => ", dates read as day, month, year",
        DateOrder::MonthFirst => ", dates read as month, day, year",
    }
}
