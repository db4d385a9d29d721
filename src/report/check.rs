//! `heapglass check`: which gates held, and what broke those that did not.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::gate::{Limit, Offender, Threshold};
use crate::analysis::{GateSums, Verdict};
use crate::base::safe_text::{named, safe_str};
use crate::base::units::Unit;

use super::text::{Align, Page};
use super::{ReportFormat, Subject, head, json, markdown, rows};

/// Frames of a call path that a line shows; the ones at the allocating end say the most.
const SHOWN: usize = 4;

/// What a check is written from.
pub struct CheckResult<'a> {
    /// The answer that was checked, and how it is written.
    pub subject: Subject<'a>,
    /// Now.
    pub current: &'a GateSums,
    /// What it was compared with.
    pub base: Option<&'a GateSums>,
    /// What came of every gate.
    pub verdicts: &'a [Verdict<'a>],
}

impl CheckResult<'_> {
    /// Whether every gate held.
    pub fn ok(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.ok)
    }

    /// Writes what came of it. Formats that a check has none of are written as text.
    ///
    /// # Errors
    /// What the writer fails with.
    pub fn write(&self, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            ReportFormat::Json => self.write_json(out),
            ReportFormat::Markdown => self.write_markdown(out),
            _ => self.write_text(out),
        }
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let rules = self.verdicts.iter().map(|verdict| RuleFacts {
            rule: verdict.rule.name,
            limit: &verdict.rule.text,
            actual: verdict.actual,
            ok: verdict.ok,
            offenders: verdict.offenders.iter().map(|offender| self.facts(offender)).collect(),
        });
        json::write(out, &Check { schema: "heapglass.check/1", ok: self.ok(), rules: rules.collect() })
    }

    fn facts<'o>(&self, offender: &'o Offender) -> OffenderFacts<'o> {
        OffenderFacts {
            name: &offender.name,
            base: self.base.and(offender.base),
            current: offender.current,
            delta: self.base.map(|_| offender.delta()),
            sigma: offender.sigma,
        }
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let page = &mut Page::new(out, self.subject.style);
        page.line(&self.headline())?;
        page.line("")?;
        let heads = [("", Align::Left), ("rule", Align::Left), ("limit", Align::Left), ("actual", Align::Left)];
        page.table(&heads, || self.verdicts.iter().map(|verdict| self.ruled(verdict)))?;
        for verdict in self.broken() {
            page.line("")?;
            page.heading(&format!("{} {}", verdict.rule.name, safe_str(&verdict.rule.text)))?;
            page.table(&self.columns(), || verdict.offenders.iter().map(|offender| self.cells(offender)))?;
        }
        Ok(())
    }

    fn write_markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let word = if self.ok() { "held" } else { "broken" };
        writeln!(out, "**Memory gate {word}** ({})\n", markdown::escaped(&self.headline()))?;
        let heads = [("", Align::Left), ("rule", Align::Left), ("limit", Align::Left), ("actual", Align::Left)];
        markdown::table(out, &heads, self.verdicts.iter().map(|verdict| self.ruled(verdict)))?;
        for verdict in self.broken() {
            let limit = markdown::escaped(&safe_str(&verdict.rule.text));
            writeln!(out, "\n**{} {limit}**\n", markdown::escaped(verdict.rule.name))?;
            markdown::table(out, &self.columns(), verdict.offenders.iter().map(|offender| self.cells(offender)))?;
        }
        Ok(())
    }

    /// The sample type and its total, beside the base's where there is one.
    fn headline(&self) -> String {
        let unit = self.subject.unit();
        let name = named(self.subject.sample_type().name.shown());
        let now = head::plainly(&unit, self.current.total);
        match self.base {
            None => format!("{name}: {now}"),
            Some(base) => {
                let change = head::change(&unit, base.total, self.current.total);
                format!("{name}: {} to {now}, {change}", head::plainly(&unit, base.total))
            }
        }
    }

    /// The gates that did not hold and name what broke them.
    fn broken(&self) -> impl Iterator<Item = &Verdict<'_>> {
        self.verdicts.iter().filter(|verdict| !verdict.offenders.is_empty())
    }

    /// A line on a gate.
    fn ruled(&self, verdict: &Verdict<'_>) -> Vec<String> {
        let unit = self.subject.unit();
        let word = match (verdict.ok, verdict.by_chance) {
            (true, false) => "ok",
            (true, true) => "ok, within noise",
            (false, _) => "BROKEN",
        };
        let actual = match &verdict.rule.limit {
            Limit::Growth(_) | Limit::Function(_, Threshold::Percent(_)) => signed(&unit, verdict.actual),
            Limit::Total(_) | Limit::New(_) | Limit::Function(_, Threshold::Size(_)) => {
                head::plainly(&unit, verdict.actual)
            }
        };
        vec![word.to_owned(), verdict.rule.name.to_owned(), safe_str(&verdict.rule.text).into_owned(), actual]
    }

    fn columns(&self) -> Vec<(&'static str, Align)> {
        let figures: &[&str] = if self.base.is_some() { &["base", "now", "change", "±"] } else { &["self", "±"] };
        let names = [("function", Align::Left), ("called by", Align::Left)];
        figures.iter().map(|head| (*head, Align::Right)).chain(names).collect()
    }

    /// A line on what broke a gate: its figures, its name, and the way to where most of it is.
    fn cells(&self, offender: &Offender) -> Vec<String> {
        let unit = self.subject.unit();
        let sigma = offender.sigma.map_or_else(String::new, |sigma| unit.short(sigma.round() as i64));
        let mut cells = match (self.base, offender.base) {
            (None, _) => vec![unit.short(offender.current), sigma],
            (Some(_), None) => vec!["new".to_owned(), unit.short(offender.current), String::new(), sigma],
            (Some(_), Some(base)) => {
                let change = unit.signed_short(offender.delta());
                vec![unit.short(base), unit.short(offender.current), change, sigma]
            }
        };
        let path = offender.site.map(|site| rows::path(&self.subject, site, SHOWN + 1)).unwrap_or_default();
        let callers = path.split_once(" < ").map_or("", |(_, callers)| callers);
        cells.extend([named(&safe_str(&offender.name)).to_owned(), callers.to_owned()]);
        cells
    }
}

/// A change with its sign; exactly, where it passes 64 bits.
fn signed(unit: &Unit, change: i128) -> String {
    i64::try_from(change).map_or_else(|_| format!("{change:+}"), |change| unit.signed_long(change))
}

/// The object of `heapglass.check/1`.
#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    ok: bool,
    rules: Vec<RuleFacts<'a>>,
}

#[derive(Serialize)]
struct RuleFacts<'a> {
    rule: &'static str,
    limit: &'a str,
    actual: i128,
    ok: bool,
    offenders: Vec<OffenderFacts<'a>>,
}

#[derive(Serialize)]
struct OffenderFacts<'a> {
    name: &'a str,
    base: Option<i64>,
    current: i64,
    delta: Option<i64>,
    sigma: Option<f64>,
}
