//! `heapglass check`: verdict on each limit, and the functions that exceed it.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::amount::Amount;
use crate::analysis::gate::{Limit, Offender, Threshold};
use crate::analysis::{GateSums, Method, Outcome, Per, Verdict, WindowSum};
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::{Unit, signed_percent};
use crate::profile::{Sampling, sampling_of};

use super::condition::{ConditionFacts, ConditionResult};
use super::text::{Align, Page};
use super::{ReportFormat, Subject, head, json, markdown, rows};

/// Maximum number of frames of a call path in a line; the frames at the allocating end are the most informative.
const MAX_PATH_FRAMES: usize = 4;

/// Contents of the report of a check.
pub struct CheckResult<'a> {
    /// Answer that was checked, with the settings of the output.
    pub subject: Subject<'a>,
    /// Sums of the window that was checked.
    pub current: &'a GateSums,
    /// Sums of the base; `None` without a base.
    pub base: Option<&'a GateSums>,
    /// Numbers of instances in the baseline and now, if they differ; both sums are then per instance.
    pub instances: Option<[usize; 2]>,
    /// Verdict on every rule.
    pub verdicts: &'a [Verdict<'a>],
    /// Result of the condition; `None` without one.
    pub condition: Option<&'a ConditionResult>,
    /// Standard deviations that growth had to pass to count; 0 if all growth counts.
    pub sigma: f64,
    /// Warnings that touch the verdicts, a line each; they may quote files and are not safe to print.
    pub warnings: &'a [String],
}

impl CheckResult<'_> {
    /// Returns true if every limit holds, and the condition of an alert does not.
    pub fn ok(&self) -> bool {
        let is_quiet = self.condition.is_none_or(|condition| !condition.holds);
        is_quiet && self.verdicts.iter().all(|verdict| verdict.outcome.is_ok())
    }

    /// Returns true if a limit is exceeded, or if the condition of an alert holds.
    pub fn is_broken(&self) -> bool {
        let is_alerting = self.condition.is_some_and(|condition| condition.holds);
        is_alerting || self.verdicts.iter().any(|verdict| verdict.outcome == Outcome::Broken)
    }

    /// Everything that is broken, in one line: `inuse_space, mean of 3 snapshots: +9.52 MiB (+183%) ±1.10 MiB (2σ),
    /// limit 5%: broken`. Empty if nothing is.
    pub fn broken_line(&self) -> String {
        let broken = self.verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Broken);
        let lines = broken.map(|verdict| {
            let limit = safe_str(&verdict.rule.text);
            format!("{}: {}, limit {limit}: broken", self.judged_words(), self.actual(verdict))
        });
        let condition = self.condition.filter(|condition| condition.holds).map(ConditionResult::line);
        condition.into_iter().chain(lines).collect::<Vec<_>>().join("; ")
    }

    /// Writes the result. A format that a check does not have is written as text.
    ///
    /// # Errors
    /// The error of the writer.
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
            actual: verdict.actual.units(),
            ok: verdict.outcome.is_ok(),
            verdict: verdict.outcome.word(),
            sigma: verdict.sigma,
            offenders: verdict.offenders.iter().map(|offender| self.facts(offender)).collect(),
        });
        let sum = self.window_sum();
        let check = Check {
            schema: "heapglass.check/1",
            ok: self.ok(),
            sample_type: self.subject.sample_type().name.raw(),
            aggregate: sum.method.word(),
            per: if self.instances.is_some() { Per::Instance.word() } else { sum.per.word() },
            snapshots: sum.snapshots,
            instances: sum.instances,
            warnings: self.warnings,
            condition: self.condition.map(ConditionResult::facts),
            rules: rules.collect(),
        };
        json::write(out, &check)
    }

    fn facts<'o>(&self, offender: &'o Offender) -> OffenderFacts<'o> {
        OffenderFacts {
            name: &offender.name,
            base: self.base.and(offender.base).map(Amount::units),
            current: offender.current.units(),
            delta: self.base.map(|_| offender.delta().units()),
            sigma: offender.sigma,
        }
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let page = &mut Page::new(out, self.subject.style);
        if let Some(condition) = self.condition {
            page.line(&condition.verdict_line())?;
        }
        page.line(&self.headline())?;
        for warning in self.warnings {
            page.line(&format!("warning: {}", safe_str(warning)))?;
        }
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
        let word = if self.ok() { "held" } else { ["not judged", "broken"][usize::from(self.is_broken())] };
        markdown::paragraph(out, &format!("**Memory gate {word}** ({})\n", markdown::escaped(&self.headline())))?;
        if let Some(condition) = self.condition {
            markdown::paragraph(out, &format!("{}\n", markdown::escaped(&condition.verdict_line())))?;
        }
        for warning in self.warnings {
            markdown::paragraph(out, &format!("- warning: {}", markdown::escaped(&safe_str(warning))))?;
        }
        if !self.warnings.is_empty() {
            writeln!(out)?;
        }
        let heads = [("", Align::Left), ("rule", Align::Left), ("limit", Align::Left), ("actual", Align::Left)];
        markdown::table(out, &heads, self.verdicts.iter().map(|verdict| self.ruled(verdict)))?;
        for verdict in self.broken() {
            let limit = markdown::escaped(&safe_str(&verdict.rule.text));
            markdown::paragraph(out, &format!("\n**{} {limit}**\n", markdown::escaped(verdict.rule.name)))?;
            markdown::table(out, &self.columns(), verdict.offenders.iter().map(|offender| self.cells(offender)))?;
        }
        Ok(())
    }

    /// Weighted sum of the window that was checked.
    fn window_sum(&self) -> &WindowSum {
        &self.subject.answer.window_sums[self.subject.query().sample_type]
    }

    /// Sample type and aggregation of the sums: `inuse_space, mean of 3 snapshots`.
    fn judged_words(&self) -> String {
        let name = display_name(self.subject.sample_type().name.shown());
        let words = match self.instances {
            None => self.window_sum().words(),
            Some([then, now]) => {
                let words = WindowSum { per: Per::Instance, instances: now, ..self.window_sum().clone() }.words();
                format!("{words}, {then} in the baseline")
            }
        };
        if words.is_empty() { name.to_owned() } else { format!("{name}, {words}") }
    }

    /// Sample type, aggregation, and total beside the base's: `in-use bytes, mean of 3 snapshots: 5.20 MiB to 14.7 MiB,
    /// +9.52 MiB (+183%) ±1.10 MiB (2σ)`.
    fn headline(&self) -> String {
        let unit = self.subject.unit();
        let what = self.judged_words();
        let now = long(&unit, self.current.total);
        match self.base {
            None => format!("{what}: {now}{}{}", noise(&unit, self.current.variance.map(f64::sqrt)), self.range()),
            Some(base) => {
                let growth = self.current.total.minus(base.total);
                let change = format!("{}{}", signed_long(&unit, growth), part(growth, Some(base.total)));
                let mut noises = self.verdicts.iter().filter(|verdict| matches!(verdict.rule.limit, Limit::Growth(_)));
                let sigma = noises.find_map(|verdict| verdict.sigma);
                format!("{what}: {} to {now}, {change}{}{}", long(&unit, base.total), noise(&unit, sigma), self.range())
            }
        }
    }

    /// Words for the smallest, largest and last total of the snapshots behind a mean; empty for one snapshot, another
    /// method or several instances.
    fn range(&self) -> String {
        let (series, query) = (self.subject.series(), self.subject.query());
        let is_one = query.window.count() == 1;
        if is_one || self.window_sum().method != Method::Mean || self.window_sum().instances > 1 {
            return String::new();
        }
        let unit = self.subject.unit();
        let totals = || {
            self.window_sum().terms.iter().map(|(at, _)| {
                let snapshot = &series.snapshots()[*at];
                let total = snapshot.totals[query.sample_type];
                i64::try_from(total).map_or(total, |total| i128::from(snapshot.level_converter()(total)))
            })
        };
        let (Some(least), Some(most), Some(last)) = (totals().min(), totals().max(), totals().next_back()) else {
            return String::new();
        };
        let [least, most, last] = [least, most, last].map(|total| head::plainly(&unit, total));
        format!("; snapshots from {least} to {most}, the last one {last}")
    }

    /// Verdicts that name functions which exceed the limit.
    fn broken(&self) -> impl Iterator<Item = &Verdict<'_>> {
        self.verdicts.iter().filter(|verdict| !verdict.offenders.is_empty())
    }

    /// Cells of a rule: verdict, rule, limit and actual figure in one unit.
    fn ruled(&self, verdict: &Verdict<'_>) -> Vec<String> {
        let word = match verdict.outcome {
            Outcome::Holds => "ok".to_owned(),
            Outcome::WithinNoise => format!("ok, within {}σ", self.sigma),
            Outcome::Broken => "BROKEN".to_owned(),
            Outcome::Unjudged => "UNJUDGED".to_owned(),
        };
        let mut actual = self.actual(verdict);
        if verdict.outcome == Outcome::Unjudged {
            actual.push_str(&self.wanted_rate(verdict));
        }
        vec![word, verdict.rule.name.to_owned(), safe_str(&verdict.rule.text).into_owned(), actual]
    }

    /// Figure of a rule with its noise.
    fn actual(&self, verdict: &Verdict<'_>) -> String {
        let unit = self.subject.unit();
        let actual = match &verdict.rule.limit {
            Limit::AllocRate(_) => format!("{}/s", long(&Unit::Bytes, verdict.actual)),
            Limit::Growth(_) | Limit::Function(_, Threshold::Percent(_)) => {
                format!("{}{}", signed_long(&unit, verdict.actual), part(verdict.actual, verdict.base))
            }
            Limit::Total(_) | Limit::New(_) | Limit::Owner(..) | Limit::Function(_, Threshold::Size(_)) => {
                long(&unit, verdict.actual)
            }
        };
        format!("{actual}{}", noise(&unit, verdict.sigma))
    }

    /// Sampling rate with which a rule could be judged.
    fn wanted_rate(&self, verdict: &Verdict<'_>) -> String {
        let half_of_base = self.base.map_or(0.0, |base| base.total.as_f64().abs() / 2.0);
        let limit = match &verdict.rule.limit {
            Limit::Growth(Threshold::Size(most)) | Limit::New(most) => *most as f64,
            _ => 0.0,
        };
        let query = self.subject.query();
        let header = &self.subject.series().snapshots()[query.window.last].header;
        let Sampling::Bytes(period) = sampling_of(header).0 else { return String::new() };
        let wanted = (period as f64 / verdict.rate_factor(half_of_base, limit)).max(1.0);
        format!(", too noisy to judge: one sample in {} would do", Unit::Bytes.long(wanted as i64))
    }

    fn columns(&self) -> Vec<(&'static str, Align)> {
        let figures: &[&str] =
            if self.base.is_some() { &["base", "now", "change", "±2σ"] } else { &["self", "±2σ"] };
        let names = [("function", Align::Left), ("called by", Align::Left)];
        figures.iter().map(|head| (*head, Align::Right)).chain(names).collect()
    }

    /// Cells of a function that exceeds a limit: its figures, its name, and the callers at its largest call site.
    fn cells(&self, offender: &Offender) -> Vec<String> {
        let unit = self.subject.unit();
        let sigma = offender.sigma.map_or_else(String::new, |sigma| unit.short((2.0 * sigma).round() as i64));
        let mut cells = match (self.base, offender.base) {
            (None, _) => vec![short(&unit, offender.current), sigma],
            (Some(_), None) => vec!["new".to_owned(), short(&unit, offender.current), String::new(), sigma],
            (Some(_), Some(base)) => {
                let change = signed_short(&unit, offender.delta());
                vec![short(&unit, base), short(&unit, offender.current), change, sigma]
            }
        };
        let path = offender.site.map(|site| rows::path(&self.subject, site, MAX_PATH_FRAMES + 1));
        let callers =
            path.as_deref().map_or("", |path| path.split_once(" < ").map_or(head::NO_CALLER, |(_, callers)| callers));
        cells.extend([display_name(&safe_str(&offender.name)).to_owned(), callers.to_owned()]);
        cells
    }
}

/// Two standard deviations in the form that follows a figure; empty if they are unknown or 0.
fn noise(unit: &Unit, sigma: Option<f64>) -> String {
    sigma
        .filter(|sigma| *sigma > 0.0)
        .map_or_else(String::new, |sigma| format!(" ±{} (2σ)", unit.long((2.0 * sigma) as i64)))
}

/// Number of units from which fractions are not written.
const FRACTIONS: i128 = 1000;

/// Amount with two decimals, if it is small and not a whole number.
fn decimals(unit: &Unit, amount: Amount) -> Option<String> {
    let is_whole = amount.millionths() == 0 || amount.units().abs() >= FRACTIONS;
    let suffix = match unit {
        Unit::Bytes => " B",
        Unit::Nanoseconds => " ns",
        Unit::Count => "",
        Unit::BytesTimes(_) | Unit::NanosecondsTimes(_) | Unit::Other(_) => return None,
    };
    (!is_whole).then(|| format!("{:.2}{suffix}", amount.as_f64()))
}

/// Signed change in percent of the base, in parentheses; empty without a base other than 0.
fn part(change: Amount, base: Option<Amount>) -> String {
    let Some(base) = base.filter(|base| *base != Amount::ZERO) else { return String::new() };
    let pairs = [(change.in_millionths(), base.in_millionths()), (change.units(), base.units())];
    let fitting = pairs.into_iter().find_map(|(change, base)| i64::try_from(change).ok().zip(i64::try_from(base).ok()));
    fitting.map_or_else(String::new, |(change, base)| format!(" ({})", signed_percent(change, base)))
}

/// Formats an amount with `form`; with two decimals if it is small and not whole, as a bare integer if it exceeds 64
/// bits.
fn amount_words(unit: &Unit, amount: Amount, form: impl Fn(i64) -> String) -> String {
    let whole = || i64::try_from(amount.units()).map_or_else(|_| amount.units().to_string(), form);
    decimals(unit, amount).unwrap_or_else(whole)
}

fn short(unit: &Unit, amount: Amount) -> String {
    amount_words(unit, amount, |figure| unit.short(figure))
}

fn long(unit: &Unit, amount: Amount) -> String {
    amount_words(unit, amount, |figure| unit.long(figure))
}

/// Formats a change with `form`, and with a plus sign if it is positive.
fn change_words(unit: &Unit, change: Amount, form: impl Fn(i64) -> String) -> String {
    let words = amount_words(unit, change, form);
    if change > Amount::ZERO && !words.starts_with('+') { format!("+{words}") } else { words }
}

fn signed_short(unit: &Unit, change: Amount) -> String {
    change_words(unit, change, |figure| unit.signed_short(figure))
}

fn signed_long(unit: &Unit, change: Amount) -> String {
    change_words(unit, change, |figure| unit.signed_long(figure))
}

/// The object of `heapglass.check/1`.
#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    ok: bool,
    sample_type: &'a str,
    aggregate: &'static str,
    per: String,
    snapshots: usize,
    instances: usize,
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<ConditionFacts<'a>>,
    rules: Vec<RuleFacts<'a>>,
}

#[derive(Serialize)]
struct RuleFacts<'a> {
    rule: &'static str,
    limit: &'a str,
    actual: i128,
    ok: bool,
    verdict: &'static str,
    sigma: Option<f64>,
    offenders: Vec<OffenderFacts<'a>>,
}

#[derive(Serialize)]
struct OffenderFacts<'a> {
    name: &'a str,
    base: Option<i128>,
    current: i128,
    delta: Option<i128>,
    sigma: Option<f64>,
}
