//! Advice in reports: rules that fit the listed functions, and are worth following.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::advice::{AdviceRules, Adviser, FigureKind, RuleWorth};
use crate::base::ids::FrameId;
use crate::base::names::readable;
use crate::base::safe_text::named;
use crate::base::units::percent;
use crate::base::width::{self, cut_middle};

use super::Subject;
use super::markdown;
use super::text::Page;

/// Cells of a line of what to try: a text that is read is no wider.
const CELLS: usize = 96;
/// Columns of a name in Markdown.
const NAME_CELLS: usize = 60;
/// Functions that are named for one rule; the helpers below the first share its figure more often than not.
const MOST_NAMED: usize = 4;

/// One rule that is worth doing, as machines read it.
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

/// A function that a rule is worth doing at, as machines read it.
#[derive(Serialize)]
struct AdvisedFunction<'a> {
    name: &'a str,
    figure: i64,
}

/// Advice, the largest share first; `None` unless it was requested. It is separate from the rows: a function without
/// memory in use has no row among those, and may make the most garbage.
pub(super) fn list<'a>(subject: &Subject<'a>) -> Option<Vec<AdviceEntry<'a>>> {
    let rules: &'a AdviceRules = subject.advice?;
    let of_group = |group: Group<'a>| {
        let (terms, worth) = (&rules.all()[group.rule].terms, group.at[0].1);
        AdviceEntry {
            rule: &terms.id,
            metric: worth.metric.word(),
            of: if worth.part == FigureKind::Own { "self" } else { "total" },
            whole: worth.whole,
            functions: group.at.iter().map(|(name, worth)| AdvisedFunction { name, figure: worth.figure }).collect(),
            text: &terms.text,
            source: &terms.source,
        }
    };
    Some(groups(subject).into_iter().map(of_group).collect())
}

/// Advice of each row.
pub(super) struct RowAdvice<'a> {
    subject: Subject<'a>,
    rules: &'a AdviceRules,
    adviser: Adviser,
    functions: Vec<Option<FrameId>>,
}

impl<'a> RowAdvice<'a> {
    /// The heads of the cells of a row.
    pub(super) const HEADS: [&'static str; 5] =
        ["advice_rule", "advice_metric", "advice_figure", "advice", "advice_source"];

    /// Advice of the rows; `None` unless it was requested.
    pub(super) fn new(subject: &Subject<'a>) -> Option<Self> {
        let rules = subject.advice?;
        let adviser = Adviser::new(Arc::clone(rules));
        Some(Self { subject: *subject, rules, adviser, functions: functions(subject) })
    }

    /// Cells of the row of this index: the rule with the largest share there.
    pub(super) fn cells(&mut self, row: usize) -> [String; 5] {
        let advised = self.functions[row].map(|frame| self.adviser.of_function(self.subject.answer, frame));
        let Some(first) = advised.and_then(|advised| advised.first().copied()) else { return Default::default() };
        let (terms, figure) = (&self.rules.all()[first.rule].terms, first.worth.figure.to_string());
        [&terms.id, first.worth.metric.word(), &figure, &terms.text, &terms.source].map(str::to_owned)
    }
}

/// A function of each row; none where a row is of no function.
fn functions(subject: &Subject<'_>) -> Vec<Option<FrameId>> {
    let frames = subject.tree().frames();
    let mut functions = vec![None; frames.rows().len()];
    for frame in frames.ids().skip(1).filter(|frame| frames.function(*frame).is_some()) {
        functions[frames.row(frame)].get_or_insert(frame);
    }
    functions
}

/// A rule with the functions that it is worth doing at, the largest figure first.
struct Group<'a> {
    rule: usize,
    at: Vec<(&'a str, RuleWorth)>,
}

/// The rules that are worth doing somewhere, the largest share first. A limit on rows does not count: what a function
/// holds by what it calls is no figure of its own, and such a row is far down in the order.
fn groups<'a>(subject: &Subject<'a>) -> Vec<Group<'a>> {
    let Some(rules) = subject.advice else { return Vec::new() };
    let mut adviser = Adviser::new(Arc::clone(rules));
    let frames = subject.tree().frames();
    let mut at: BTreeMap<usize, Vec<(&'a str, RuleWorth)>> = BTreeMap::new();
    for frame in functions(subject).into_iter().flatten() {
        for advised in adviser.of_function(subject.answer, frame) {
            at.entry(advised.rule).or_default().push((frames.name(frame), advised.worth));
        }
    }
    let sorted = |(rule, mut at): (usize, Vec<(&'a str, RuleWorth)>)| {
        at.sort_by(|one, other| other.1.figure.cmp(&one.1.figure).then_with(|| one.0.cmp(other.0)));
        Group { rule, at }
    };
    let mut groups: Vec<Group<'a>> = at.into_iter().map(sorted).collect();
    groups.sort_by(|one, other| other.at[0].1.percent().total_cmp(&one.at[0].1.percent()));
    groups
}

/// Rule that is worth doing, for a digest.
pub(super) struct DigestAdvice<'a> {
    /// Functions, the largest figure first, safe to show.
    pub(super) names: Vec<String>,
    /// Figure of the first function in words.
    pub(super) figure: String,
    /// Figure of the first function.
    pub(super) value: i64,
    /// Its share, in percent.
    pub(super) percent: f64,
    pub(super) text: &'a str,
}

/// Advice for a digest, the largest share first; empty unless it was requested.
pub(super) fn for_digest<'a>(subject: &Subject<'a>) -> Vec<DigestAdvice<'a>> {
    let Some(rules) = subject.advice else { return Vec::new() };
    let rules: &'a AdviceRules = rules;
    let advice = groups(subject).into_iter().map(|group| DigestAdvice {
        names: group.at.iter().take(MOST_NAMED).map(|(name, _)| named(&readable(name)).to_owned()).collect(),
        figure: figure(subject, &group.at[0].1),
        value: group.at[0].1.figure,
        percent: group.at[0].1.percent(),
        text: &rules.all()[group.rule].terms.text,
    });
    advice.collect()
}

/// Message of a report in which no rule is worth doing.
const NOTHING: &str = "no advice: no rule fits a function that is large enough";

/// Writes the advice under a text, if it was requested.
pub(super) fn write(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let Some(rules) = subject.advice else { return Ok(()) };
    let groups = groups(subject);
    page.line("")?;
    page.heading(if groups.is_empty() { NOTHING } else { "advice" })?;
    for group in &groups {
        let terms = &rules.all()[group.rule].terms;
        page.line("")?;
        for (name, worth) in group.at.iter().take(MOST_NAMED) {
            page.line(&format!("{}: {}", named(&readable(name)), figure(subject, worth)))?;
        }
        if let Some(more) = more(group) {
            page.line(&more)?;
        }
        for line in width::wrap(&terms.text, CELLS) {
            page.line(&format!("  {line}"))?;
        }
        page.line(&format!("  {}", terms.source))?;
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
        let terms = &rules.all()[group.rule].terms;
        let names = group.at.iter().take(MOST_NAMED).map(|(name, _)| named(&readable(name)).to_owned());
        let names: Vec<String> =
            names.map(|name| cut_middle(&name, NAME_CELLS).into_owned()).chain(more(group)).collect();
        let (names, figure) = (markdown::escaped(&names.join(", ")), figure(subject, &group.at[0].1));
        markdown::paragraph(out, &format!("- **{names}** ({figure}): {}", markdown::escaped(&terms.text)))?;
        markdown::paragraph(out, &format!("  {}", terms.source))?;
    }
    Ok(())
}

fn figure(subject: &Subject<'_>, worth: &RuleWorth) -> String {
    let whole = if subject.answer.filtered.keeps_all() { "of all" } else { "of what is left" };
    let own = if worth.part == FigureKind::Own { " self" } else { "" };
    let (figure, share) = (subject.unit().long(worth.figure), percent(worth.figure, worth.whole));
    format!("{}{own} {figure}, {share} {whole}", worth.metric.word())
}

fn more(group: &Group<'_>) -> Option<String> {
    let more = group.at.len().checked_sub(MOST_NAMED).filter(|more| *more > 0)?;
    Some(format!("and {more} more"))
}
