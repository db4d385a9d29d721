//! `report memory`: the memory of the process as a sum of terms, and estimates for other settings of the collector.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::account::AccountTerm;
use crate::analysis::{Account, NoWhatIf, Stacks, WhatIf, WhatIfRow, WhatIfWords};
use crate::base::safe_text::display_name;
use crate::base::units::{Unit, percent};

use super::text::{Align, Page};
use super::{CommandForm, Report, ReportFormat, ReportScope, Subject, json};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "memory",
    about: "the process's memory as a sum of terms, and what other GC settings would do",
    scope: ReportScope::Memory,
    stacks: Stacks::NonZero,
    formats: &[(ReportFormat::Text, write_text), (ReportFormat::Json, write_json)],
};

/// Account of the window's last snapshot that has figures; `None` if none has.
pub(super) fn account(subject: &Subject<'_>) -> Option<Account> {
    Account::last(subject.series(), subject.query().window, subject.query().instance)
}

fn what_if(subject: &Subject<'_>) -> Option<Result<WhatIf, NoWhatIf>> {
    let request = subject.what_if?;
    Some(WhatIf::of(subject.series(), &subject.answer.timeline, subject.query(), request))
}

fn write_text(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(out, subject.style);
    if let Some(account) = account(subject) {
        write_account(page, subject, &account)?;
    } else {
        page.line("no source beside the profile has the memory of its process")?;
        let advice = match subject.commands {
            CommandForm::Shell(_) => "--memory FILE adds it",
            CommandForm::Tool(_) => "the server's option --memory FILE adds it",
        };
        page.line(&format!("{advice}: /proc/PID/status, MemStats, or the text of an allocator"))?;
    }
    match what_if(subject) {
        None => Ok(()),
        Some(Ok(estimate)) => write_what_if(page, &estimate, subject.commands),
        Some(Err(why)) => {
            page.line("")?;
            page.line(&format!("no what-if: {why}"))
        }
    }
}

fn write_account(page: &mut Page<'_>, subject: &Subject<'_>, account: &Account) -> io::Result<()> {
    let total = account.total;
    page.heading(&account.line())?;
    let header = &subject.series().snapshots()[account.snapshot].header;
    if let Some(memory) = &header.memory {
        page.line(&format!("{}, with {}", display_name(header.source.shown()), memory.sources.join(", ")))?;
    }
    page.line("")?;
    let row = |name: String, bytes: i64, what: &str| {
        vec![format!("  {name}"), Unit::Bytes.long(bytes), percent(bytes, total), what.to_owned()]
    };
    let columns = [("  term", Align::Left), ("bytes", Align::Right), ("share", Align::Right), ("meaning", Align::Left)];
    page.table(&columns, || {
        let terms = account.terms.iter().map(|term| row(term.name(), term.bytes, term.description()));
        let unknown = (account.unknown != 0).then(|| row("unknown".to_owned(), account.unknown, UNKNOWN));
        let sum = format!("the sum: {}", account.total_is.name());
        terms.chain(unknown).chain([row("total".to_owned(), total, &sum)])
    })?;
    let container = account.charged.or((account.limit.is_some()).then_some(total));
    let mut facts = Vec::new();
    if let Some(charged) = container {
        facts.push(match account.limit {
            Some(limit) => format!(
                "container: {} of its limit of {} ({})",
                Unit::Bytes.long(charged),
                Unit::Bytes.long(limit),
                percent(charged, limit)
            ),
            None => format!("container: {}, without a limit", Unit::Bytes.long(charged)),
        });
    }
    facts.extend(account.peak.map(|peak| format!("largest RSS since the start: {}", Unit::Bytes.long(peak))));
    facts.extend(account.remarks.iter().map(|remark| format!("note: {remark}")));
    let advice = |term: &AccountTerm| Some(format!("{}: {}", term.name(), term.advice(total)?));
    let advised: Vec<String> = account.terms.iter().filter_map(advice).collect();
    for (head, lines) in [("", facts), ("what to do", advised)] {
        if !lines.is_empty() {
            page.line("")?;
        }
        if !lines.is_empty() && !head.is_empty() {
            page.heading(head)?;
        }
        for line in lines {
            page.line(&format!("  {line}"))?;
        }
    }
    Ok(())
}

/// Meaning of the part that no source explains.
const UNKNOWN: &str = "no source explains it; MemStats, or statistics of the allocator, would";

/// Writes the estimates as ranges.
fn write_what_if(page: &mut Page<'_>, estimate: &WhatIf, commands: CommandForm) -> io::Result<()> {
    page.line("")?;
    page.heading("what if")?;
    if let Some(contradiction) = estimate.contradiction() {
        page.line(&format!("  {contradiction}"))?;
        let name = match commands {
            CommandForm::Shell(_) => "--gogc-now N",
            CommandForm::Tool(_) => "`gogc_now`",
        };
        page.line(&format!("  {name} tells the GOGC of the window"))?;
        page.line("")?;
    }
    let columns = [
        ("  GOGC", Align::Right),
        ("GOMEMLIMIT", Align::Right),
        ("collections", Align::Right),
        ("GC CPU", Align::Right),
        ("peak heap", Align::Right),
        ("", Align::Left),
    ];
    page.table(&columns, || estimate.rows.iter().map(|row| cells(row, estimate)))?;
    page.line("")?;
    if let Some(limit) = estimate.spiral_limit {
        page.line(&format!("  a death spiral begins below a GOMEMLIMIT of about {}", Unit::Bytes.long(limit)))?;
    }
    page.heading("assumptions")?;
    for line in estimate.assumptions() {
        page.line(&format!("  {line}"))?;
    }
    Ok(())
}

/// Row of an estimate, each figure as a range.
fn cells(row: &WhatIfRow, estimate: &WhatIf) -> Vec<String> {
    let limit = row.limit.map_or_else(|| "none".to_owned(), |limit| Unit::Bytes.long(limit));
    let WhatIfWords { gogc, collections, gc_cpu, peak, note } = row.words(estimate);
    vec![format!("  {gogc}"), limit, collections, gc_cpu, peak, note]
}

/// The object of `heapglass.memory/1`.
#[derive(Serialize)]
struct MemoryAccount {
    schema: &'static str,
    snapshot: Option<String>,
    sources: Vec<&'static str>,
    total: Option<i64>,
    total_is: Option<&'static str>,
    terms: Vec<TermEntry>,
    unknown: i64,
    limit: Option<i64>,
    charged: Option<i64>,
    peak: Option<i64>,
    remarks: Vec<String>,
    what_if: Vec<WhatIfEntry>,
    spiral_limit: Option<i64>,
    assumptions: Vec<String>,
}

#[derive(Serialize)]
struct TermEntry {
    kind: &'static str,
    name: String,
    bytes: i64,
    what: &'static str,
    advice: Option<&'static str>,
}

#[derive(Serialize)]
struct WhatIfEntry {
    gogc: Option<u32>,
    gomemlimit: Option<i64>,
    collections_ratio: f64,
    collections_per_second: Option<f64>,
    gc_cpu_ratio: f64,
    gc_cpu: Option<f64>,
    peak_heap: Option<i64>,
    spiral: bool,
}

impl WhatIfEntry {
    fn of(row: &WhatIfRow) -> Self {
        Self {
            gogc: row.gogc,
            gomemlimit: row.limit,
            collections_ratio: row.collections_ratio,
            collections_per_second: row.collections,
            gc_cpu_ratio: row.gc_cpu_ratio,
            gc_cpu: row.gc_cpu,
            peak_heap: row.peak_heap,
            spiral: row.is_spiral,
        }
    }
}

fn write_json(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    let account = account(subject);
    let header = account.as_ref().map(|account| &subject.series().snapshots()[account.snapshot].header);
    let estimate = what_if(subject);
    let (estimate, why) = match estimate {
        Some(Ok(estimate)) => (Some(estimate), None),
        Some(Err(why)) => (None, Some(why.to_string())),
        None => (None, None),
    };
    let total = account.as_ref().map(|account| account.total);
    let terms = account.iter().flat_map(|account| &account.terms).map(|term| TermEntry {
        kind: term.kind.word(),
        name: term.name(),
        bytes: term.bytes,
        what: term.description(),
        advice: term.advice(total.unwrap_or(0)),
    });
    let remarks = account.iter().flat_map(|account| &account.remarks).map(ToString::to_string);
    json::write(
        out,
        &MemoryAccount {
            schema: "heapglass.memory/1",
            snapshot: header.map(|header| header.source.raw().to_owned()),
            sources: header
                .and_then(|header| header.memory.as_ref())
                .map_or_else(Vec::new, |memory| memory.sources.clone()),
            total,
            total_is: account.as_ref().map(|account| account.total_is.word()),
            terms: terms.collect(),
            unknown: account.as_ref().map_or(0, |account| account.unknown),
            limit: account.as_ref().and_then(|account| account.limit),
            charged: account.as_ref().and_then(|account| account.charged),
            peak: account.as_ref().and_then(|account| account.peak),
            remarks: remarks.chain(why).chain(estimate.as_ref().and_then(WhatIf::contradiction)).collect(),
            what_if: estimate.iter().flat_map(|estimate| &estimate.rows).map(WhatIfEntry::of).collect(),
            spiral_limit: estimate.as_ref().and_then(|estimate| estimate.spiral_limit),
            assumptions: estimate.as_ref().map_or_else(Vec::new, WhatIf::assumptions),
        },
    )
}
