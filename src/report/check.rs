//! `heapglass check`: verdict on each limit, and the functions that exceed it.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::amount::Amount;
use crate::analysis::derive::Side;
use crate::analysis::gate::{Limit, Offender, Threshold};
use crate::analysis::{GateSums, Outcome, Per, Verdict, WindowSum};
use crate::base::safe_text::{display_name, safe_str};
use crate::base::units::{Unit, two_sigma};
use crate::profile::{Sampling, sampling_of};

use super::amounts::{AmountNumber, long, noise, part, short, signed_long, signed_short};
use super::condition::{ConditionFacts, ConditionResult};
use super::level_range::LevelRange;
use super::text::{Align, Page, TextColumn};
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
            let limit = self.limit(verdict);
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
            bound: AmountNumber(verdict.rule.limit.bound(verdict.base)),
            actual: AmountNumber(verdict.actual),
            base: verdict.base.map(AmountNumber),
            percent: verdict.base.and_then(|base| percent(verdict.actual, base)),
            ok: verdict.outcome.is_ok(),
            verdict: verdict.outcome.word(),
            by_chance: (verdict.by_chance > 0.0).then_some(verdict.by_chance),
            sigma: verdict.sigma,
            offenders: verdict.offenders.iter().map(|offender| facts(verdict, offender)).collect(),
        });
        let (sum, [base_range, window_range]) = (self.window_sum(), self.ranges());
        let check = Check {
            schema: "heapglass.check/1",
            ok: self.ok(),
            sample_type: self.subject.sample_type().name.raw(),
            unit: self.subject.sample_type().unit.raw(),
            total: AmountNumber(self.current.total),
            base_total: self.base.map(|base| AmountNumber(base.total)),
            aggregate: sum.method.word(),
            range: window_range,
            base_range,
            per: if self.instances.is_some() { Per::Instance.word() } else { sum.per.word() },
            snapshots: sum.snapshots,
            instances: sum.instances,
            warnings: self.warnings,
            condition: self.condition.map(ConditionResult::facts),
            rules: rules.collect(),
        };
        json::write(out, &check)
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
            page.heading(&format!("{} {}", verdict.rule.name, self.limit(verdict)))?;
            let (columns, rows) = self.table(verdict);
            page.table(&columns, || rows.iter().cloned())?;
        }
        Ok(())
    }

    fn write_markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let word = if self.ok() { "held" } else { ["not judged", "broken"][usize::from(self.is_broken())] };
        markdown::paragraph(out, &format!("**Memory gate {word}** ({})\n", markdown::escaped(&self.headline())))?;
        if let Some(condition) = self.condition {
            markdown::paragraph(out, &format!("{}\n", markdown::escaped(&condition.verdict_line())))?;
        }
        markdown::warnings(out, self.warnings)?;
        if !self.warnings.is_empty() {
            writeln!(out)?;
        }
        let heads = [("", Align::Left), ("rule", Align::Left), ("limit", Align::Left), ("actual", Align::Left)];
        markdown::table(out, &heads, self.verdicts.iter().map(|verdict| self.ruled(verdict)))?;
        for verdict in self.broken() {
            let limit = markdown::escaped(&self.limit(verdict));
            markdown::paragraph(out, &format!("\n**{} {limit}**\n", markdown::escaped(verdict.rule.name)))?;
            let (columns, rows) = self.table(verdict);
            markdown::table(out, &columns, rows.into_iter())?;
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
            None => [self.window_sum().words(), self.base_divisor()].concat(),
            Some([then, now]) => {
                let words = WindowSum { per: Per::Instance, instances: now, ..self.window_sum().clone() }.words();
                format!("{words}, {then} in the baseline")
            }
        };
        if words.is_empty() { name.to_owned() } else { format!("{name}, {words}") }
    }

    /// Divisor of the base in words, if it is another number than that of the window; else empty.
    fn base_divisor(&self) -> String {
        let base = self.subject.answer.base.as_ref();
        let words = base.and_then(|base| base.window_sums[self.subject.query().sample_type].units_words());
        let is_other = words != self.window_sum().units_words();
        words.filter(|_| is_other).map_or_else(String::new, |words| format!(", the base {words}"))
    }

    /// Sample type, aggregation, and total beside the base's: `in-use bytes, mean of 3 snapshots: 5.20 MiB to 14.7 MiB,
    /// +9.52 MiB (+183%) ±1.10 MiB (2σ)`.
    fn headline(&self) -> String {
        let unit = self.subject.unit();
        let what = self.judged_words();
        let now = long(&unit, self.current.total);
        match self.base {
            None => {
                format!("{what}: {now}{}{}", noise(&unit, self.current.variance.map(f64::sqrt)), self.range_words())
            }
            Some(base) => {
                let growth = self.current.total.minus(base.total);
                let change = format!("{}{}", signed_long(&unit, growth), part(growth, Some(base.total)));
                let mut noises = self.verdicts.iter().filter(|verdict| matches!(verdict.rule.limit, Limit::Growth(_)));
                let sigma = noises.find_map(|verdict| verdict.sigma);
                format!(
                    "{what}: {} to {now}, {change}{}{}",
                    long(&unit, base.total),
                    noise(&unit, sigma),
                    self.range_words()
                )
            }
        }
    }

    /// Ranges of the snapshots behind a mean: of the base, and of the window.
    fn ranges(&self) -> [Option<LevelRange>; 2] {
        let parts = self.instances.map_or(1, |[_, now]| now);
        [(Side::A, 1), (Side::B, parts)].map(|(side, parts)| LevelRange::of(self.subject.answer, side, parts))
    }

    /// Words for the ranges of the snapshots behind means; empty without a mean.
    fn range_words(&self) -> String {
        let (unit, [base, window]) = (self.subject.unit(), self.ranges());
        let window = window.map(|range| format!("; snapshots {}", range.words(&unit)));
        let base = base.map(|range| format!("; those of the base {}", range.words(&unit)));
        [window, base].into_iter().flatten().collect()
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
        vec![word, verdict.rule.name.to_owned(), self.limit(verdict), actual]
    }

    /// Limit as it was written, with its unit where that was left out.
    fn limit(&self, verdict: &Verdict<'_>) -> String {
        let text = safe_str(&verdict.rule.text);
        let has_unit = text.ends_with(|letter: char| !letter.is_ascii_digit()) || self.subject.unit().bytes().is_none();
        if has_unit { text.into_owned() } else { format!("{text} B") }
    }

    /// Figure of a rule with its noise.
    fn actual(&self, verdict: &Verdict<'_>) -> String {
        let unit = self.subject.unit();
        let actual = match &verdict.rule.limit {
            Limit::AllocRate(_) => {
                let noise = noise(&Unit::Bytes, verdict.sigma).replace(" (2σ)", "/s (2σ, at most)");
                return format!("{}/s{noise}", long(&Unit::Bytes, verdict.actual));
            }
            Limit::Growth(_) | Limit::Function(_, Threshold::Percent(_)) => {
                format!("{}{}", signed_long(&unit, verdict.actual), part(verdict.actual, verdict.base))
            }
            Limit::Total(_) | Limit::New(_) | Limit::Owner(..) | Limit::Function(_, Threshold::Size(_)) => {
                long(&unit, verdict.actual)
            }
        };
        let by_chance = match verdict.by_chance.round() as i64 {
            0 => String::new(),
            expected => format!(", {} expected by chance", unit.long(expected)),
        };
        format!("{actual}{}{by_chance}", noise(&unit, verdict.sigma))
    }

    /// Sampling rate with which a rule could be judged.
    fn wanted_rate(&self, verdict: &Verdict<'_>) -> String {
        let query = self.subject.query();
        let header = &self.subject.series().snapshots()[query.window.last].header;
        let Sampling::Bytes(period) = sampling_of(header).0 else { return String::new() };
        let wanted = (period as f64 / verdict.rate_factor()).max(1.0);
        format!(", too noisy to judge: one sample in {} would do", Unit::Bytes.long(wanted as i64))
    }

    /// Columns and rows of the functions that exceed a limit, without the column of noise where none is known.
    fn table(&self, verdict: &Verdict<'_>) -> (Vec<TextColumn<'static>>, Vec<Vec<String>>) {
        let offenders = &verdict.offenders;
        let mut columns = columns(verdict);
        let mut rows: Vec<Vec<String>> = offenders.iter().map(|offender| self.cells(verdict, offender)).collect();
        let noise = columns.iter().position(|(head, _)| *head == NOISE_HEAD);
        if let Some(at) = noise.filter(|_| offenders.iter().all(|offender| offender.sigma.is_none())) {
            columns.remove(at);
            for row in &mut rows {
                row.remove(at);
            }
        }
        (columns, rows)
    }

    /// Cells of a function that exceeds a limit: its figures, its name, and the callers at its largest call site.
    fn cells(&self, verdict: &Verdict<'_>, offender: &Offender) -> Vec<String> {
        let unit = self.subject.unit();
        let sigma = offender.sigma.map_or_else(String::new, |sigma| unit.short(two_sigma(sigma)));
        let mut cells = match (verdict.has_base, offender.base) {
            (false, _) => vec![short(&unit, offender.current), sigma],
            (true, None) => vec!["new".to_owned(), short(&unit, offender.current), String::new(), sigma],
            (true, Some(base)) => {
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

/// Columns of the functions that exceed a limit.
fn columns(verdict: &Verdict<'_>) -> Vec<TextColumn<'static>> {
    let figures: &[&str] =
        if verdict.has_base { &["base", "now", "change", NOISE_HEAD] } else { &["self", NOISE_HEAD] };
    let names = [("function", Align::Left), ("called by", Align::Left)];
    figures.iter().map(|head| (*head, Align::Right)).chain(names).collect()
}

fn facts<'o>(verdict: &Verdict<'_>, offender: &'o Offender) -> OffenderFacts<'o> {
    OffenderFacts {
        name: &offender.name,
        base: offender.base.filter(|_| verdict.has_base).map(AmountNumber),
        current: AmountNumber(offender.current),
        delta: verdict.has_base.then(|| AmountNumber(offender.delta())),
        sigma: offender.sigma,
    }
}

/// Head of the column with two standard deviations.
const NOISE_HEAD: &str = "±2σ";

/// Change in percent of the base; `None` for a base that is not above 0.
fn percent(change: Amount, base: Amount) -> Option<f64> {
    (base > Amount::ZERO).then(|| change.as_f64() / base.as_f64() * 100.0)
}

/// The object of `heapglass.check/1`.
#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    ok: bool,
    sample_type: &'a str,
    unit: &'a str,
    /// Sum of the window, per instance if `per` says so.
    total: AmountNumber,
    /// Sum of the base; `None` without a base.
    base_total: Option<AmountNumber>,
    /// Levels behind a mean; `None` for another method, and where a snapshot has no figure of its own.
    range: Option<LevelRange>,
    /// Levels behind the mean of the base; `None` without a base too.
    base_range: Option<LevelRange>,
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
    /// Limit as it was typed.
    limit: &'a str,
    /// Limit in the unit of the sample type, as `actual` is.
    bound: AmountNumber,
    actual: AmountNumber,
    /// Sum in the base to which a growth is related; `None` for a limit on a sum.
    base: Option<AmountNumber>,
    /// Growth in percent of `base`; `None` without a base, or for a base that is not above 0.
    percent: Option<f64>,
    ok: bool,
    verdict: &'static str,
    /// Part of `actual` that sampling alone is expected to give; `None` if there is none.
    by_chance: Option<f64>,
    sigma: Option<f64>,
    offenders: Vec<OffenderFacts<'a>>,
}

#[derive(Serialize)]
struct OffenderFacts<'a> {
    name: &'a str,
    base: Option<AmountNumber>,
    current: AmountNumber,
    delta: Option<AmountNumber>,
    sigma: Option<f64>,
}
