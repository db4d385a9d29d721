//! Advice in reports: rules that fit the listed functions, and are worth following.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::advice::{AdviceRules, Adviser, FigureKind, RuleWorth};
use crate::analysis::find::function_frames;
use crate::base::compact_sort::CompactSort;
use crate::base::ids::FrameId;
use crate::base::names::readable;
use crate::base::safe_text::display_name;
use crate::base::units::percent;
use crate::base::width::{self, cut_middle};

use super::Subject;
use super::markdown;
use super::text::Page;

/// Width in cells to which the text of a rule is wrapped; wider lines are hard to read.
const CELLS: usize = 96;
/// Maximum width of a name in Markdown, in cells.
const NAME_CELLS: usize = 60;
/// Maximum number of functions named for one rule; the helpers below the first one often have the same figure.
const MOST_NAMED: usize = 4;

/// JSON entry of a rule that applies to at least one function.
#[derive(Serialize)]
pub(super) struct AdviceEntry<'a> {
    rule: &'a str,
    metric: &'static str,
    of: &'static str,
    whole: i64,
    functions: Vec<AdvisedFunction<'a>>,
    text: &'a str,
    source: &'a str,
}

/// JSON entry of a function that a rule applies to.
#[derive(Serialize)]
struct AdvisedFunction<'a> {
    name: &'a str,
    figure: i64,
}

/// Returns the advice, the largest share first; `None` unless it was requested. The advice is not a part of the rows: a
/// function without memory in use has no row, but may make the most garbage.
pub(super) fn list<'a>(subject: &Subject<'a>) -> Option<Vec<AdviceEntry<'a>>> {
    let rules: &'a AdviceRules = subject.advice?;
    let of_group = |group: Group<'a>| {
        let (attributes, worth) = (&rules.all()[group.rule].attributes, group.at[0].1);
        AdviceEntry {
            rule: &attributes.id,
            metric: worth.metric.word(),
            of: if worth.part == FigureKind::Own { "self" } else { "total" },
            whole: worth.total,
            functions: group.at.iter().map(|(name, worth)| AdvisedFunction { name, figure: worth.figure }).collect(),
            text: &attributes.text,
            source: &attributes.source,
        }
    };
    Some(groups(subject).into_iter().map(of_group).collect())
}

/// Advice for the rows of a report.
pub(super) struct RowAdvice<'a> {
    subject: Subject<'a>,
    rules: &'a AdviceRules,
    adviser: Adviser,
    functions: Vec<Option<FrameId>>,
}

impl<'a> RowAdvice<'a> {
    /// Column heads of the advice cells of a row.
    pub(super) const HEADS: [&'static str; 5] =
        ["advice_rule", "advice_metric", "advice_figure", "advice", "advice_source"];

    /// Prepares the advice for the rows; `None` unless it was requested.
    pub(super) fn new(subject: &Subject<'a>) -> Option<Self> {
        let rules = subject.advice?;
        let adviser = Adviser::new(Arc::clone(rules));
        Some(Self { subject: *subject, rules, adviser, functions: function_frames(subject.tree().frames()) })
    }

    /// Returns the cells of a row: the rule with the largest share there; empty cells without a rule.
    pub(super) fn cells(&mut self, row: usize) -> [String; 5] {
        let advised = self.functions[row].map(|frame| self.adviser.of_function(self.subject.answer, frame));
        let Some(first) = advised.and_then(|advised| advised.first().copied()) else { return Default::default() };
        let (attributes, figure) = (&self.rules.all()[first.rule].attributes, first.worth.figure.to_string());
        [&attributes.id, first.worth.metric.word(), &figure, &attributes.text, &attributes.source].map(str::to_owned)
    }
}

/// Rule with the functions that it applies to, the largest figure first.
struct Group<'a> {
    rule: usize,
    at: Vec<(&'a str, RuleWorth)>,
}

/// Returns the rules that apply to some function, the largest share first. The limit on rows is ignored: a rule can
/// apply to a function whose row is far down in the order, such as one with memory only in what it calls.
fn groups<'a>(subject: &Subject<'a>) -> Vec<Group<'a>> {
    let Some(rules) = subject.advice else { return Vec::new() };
    let mut adviser = Adviser::new(Arc::clone(rules));
    let frames = subject.tree().frames();
    let mut at: BTreeMap<usize, Vec<(&'a str, RuleWorth)>> = BTreeMap::new();
    for frame in function_frames(frames).into_iter().flatten() {
        for advised in adviser.of_function(subject.answer, frame) {
            at.entry(advised.rule).or_default().push((frames.name(frame), advised.worth));
        }
    }
    let sorted = |(rule, mut at): (usize, Vec<(&'a str, RuleWorth)>)| {
        at.compact_sort_by(|one, other| other.1.figure.cmp(&one.1.figure).then_with(|| one.0.cmp(other.0)));
        Group { rule, at }
    };
    let mut groups: Vec<Group<'a>> = at.into_iter().map(sorted).collect();
    groups.compact_sort_by(|one, other| other.at[0].1.percent().total_cmp(&one.at[0].1.percent()));
    groups
}

/// Rule that applies to some function, in the form of a digest.
pub(super) struct DigestAdvice<'a> {
    /// Names of the functions, the largest figure first, safe to show.
    pub(super) names: Vec<String>,
    /// Figure of the first function in words.
    pub(super) figure: String,
    /// Figure of the first function.
    pub(super) value: i64,
    /// Share of the first function, in percent.
    pub(super) percent: f64,
    pub(super) text: &'a str,
}

/// Advice for a digest, the largest share first; empty unless it was requested.
pub(super) fn for_digest<'a>(subject: &Subject<'a>) -> Vec<DigestAdvice<'a>> {
    let Some(rules) = subject.advice else { return Vec::new() };
    let rules: &'a AdviceRules = rules;
    let advice = groups(subject).into_iter().map(|group| DigestAdvice {
        names: group.at.iter().take(MOST_NAMED).map(|(name, _)| display_name(&readable(name)).to_owned()).collect(),
        figure: figure(subject, &group.at[0].1),
        value: group.at[0].1.figure,
        percent: group.at[0].1.percent(),
        text: &rules.all()[group.rule].attributes.text,
    });
    advice.collect()
}

/// Message of a report in which no rule applies.
const NOTHING: &str = "no advice: no rule fits a function that is large enough";

/// Writes the advice under a text, if it was requested.
pub(super) fn write(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let Some(rules) = subject.advice else { return Ok(()) };
    let groups = groups(subject);
    page.line("")?;
    page.heading(if groups.is_empty() { NOTHING } else { "advice" })?;
    for group in &groups {
        let attributes = &rules.all()[group.rule].attributes;
        page.line("")?;
        for (name, worth) in group.at.iter().take(MOST_NAMED) {
            page.line(&format!("{}: {}", display_name(&readable(name)), figure(subject, worth)))?;
        }
        if let Some(more) = more(group) {
            page.line(&more)?;
        }
        for line in width::wrap(&attributes.text, CELLS) {
            page.line(&format!("  {line}"))?;
        }
        page.line(&format!("  {}", attributes.source))?;
    }
    Ok(())
}

/// Writes the advice under a table for a pull request, if it was requested.
pub(super) fn write_markdown(subject: &Subject<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(rules) = subject.advice else { return Ok(()) };
    let groups = groups(subject);
    if groups.is_empty() {
        return writeln!(out, "\n{NOTHING}");
    }
    writeln!(out)?;
    for group in &groups {
        let attributes = &rules.all()[group.rule].attributes;
        let names = group.at.iter().take(MOST_NAMED).map(|(name, _)| display_name(&readable(name)).to_owned());
        let names: Vec<String> =
            names.map(|name| cut_middle(&name, NAME_CELLS).into_owned()).chain(more(group)).collect();
        let (names, figure) = (markdown::escaped(&names.join(", ")), figure(subject, &group.at[0].1));
        markdown::paragraph(out, &format!("- **{names}** ({figure}): {}", markdown::escaped(&attributes.text)))?;
        markdown::paragraph(out, &format!("  {}", attributes.source))?;
    }
    Ok(())
}

fn figure(subject: &Subject<'_>, worth: &RuleWorth) -> String {
    let whole = if subject.answer.filtered.keeps_all() { "of all" } else { "of what is left" };
    let own = if worth.part == FigureKind::Own { " self" } else { "" };
    let (figure, share) = (subject.unit().long(worth.figure), percent(worth.figure, worth.total));
    format!("{}{own} {figure}, {share} {whole}", worth.metric.word())
}

fn more(group: &Group<'_>) -> Option<String> {
    let more = group.at.len().checked_sub(MOST_NAMED).filter(|more| *more > 0)?;
    Some(format!("and {more} more"))
}
