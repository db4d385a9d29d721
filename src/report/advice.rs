//! What to try, beside a report: the rules that fit its functions and are worth doing.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::advice::{Adviser, Part, Rules, Worth};
use crate::base::clean::named;
use crate::base::ids::FrameId;
use crate::base::names::readable;
use crate::base::units::percent;
use crate::base::width;

use super::Subject;
use super::markdown;
use super::rows::Row;
use super::text::{Align, Page};

/// Cells of a line of what to try: a text that is read is no wider.
const CELLS: usize = 96;
/// Functions that are named for one rule; the helpers below the first share its figure more often than not.
const MOST_NAMED: usize = 4;

/// One rule at one function, as machines read it.
#[derive(Clone, Serialize)]
pub(super) struct Advice<'a> {
    rule: &'a str,
    metric: &'static str,
    of: &'static str,
    figure: i64,
    whole: i64,
    text: &'a str,
    source: &'a str,
}

/// Puts beside each row what is worth trying there, the largest share first, where that was asked for.
pub(super) fn attach<'a>(subject: &Subject<'a>, rows: &mut [Row<'a>]) {
    let Some(rules) = subject.advice else { return };
    let mut adviser = Adviser::new(Arc::clone(rules));
    let functions = functions(subject);
    for row in rows {
        let advised = functions[row.index].map(|frame| adviser.of_function(subject.answer, frame));
        let said = advised.unwrap_or_default().into_iter().map(|advised| said(rules, advised.rule, &advised.worth));
        row.advice = Some(said.collect());
    }
}

/// The cells that a row of comma-separated values has for its advice: of the rule with the largest share.
pub(super) fn cells(row: &Row<'_>) -> [String; HEADS.len()] {
    let Some(first) = row.advice.as_ref().and_then(|advice| advice.first()) else { return Default::default() };
    [first.rule, first.metric, &first.figure.to_string(), first.text, first.source].map(str::to_owned)
}

/// The heads of these cells.
pub(super) const HEADS: [&str; 5] = ["advice_rule", "advice_metric", "advice_figure", "advice", "advice_source"];

fn said<'a>(rules: &'a Rules, rule: usize, worth: &Worth) -> Advice<'a> {
    let terms = &rules.all()[rule].terms;
    Advice {
        rule: &terms.id,
        metric: worth.metric.word(),
        of: if worth.part == Part::Own { "self" } else { "total" },
        figure: worth.figure,
        whole: worth.whole,
        text: &terms.text,
        source: &terms.source,
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
    at: Vec<(&'a str, Worth)>,
}

/// The rules that are worth doing somewhere, the largest share first. A limit on rows does not count: what a function
/// holds by what it calls is no figure of its own, and such a row stands far down.
fn groups<'a>(subject: &Subject<'a>, rules: &Arc<Rules>) -> Vec<Group<'a>> {
    let mut adviser = Adviser::new(Arc::clone(rules));
    let frames = subject.tree().frames();
    let mut at: BTreeMap<usize, Vec<(&'a str, Worth)>> = BTreeMap::new();
    for frame in functions(subject).into_iter().flatten() {
        for advised in adviser.of_function(subject.answer, frame) {
            at.entry(advised.rule).or_default().push((frames.name(frame), advised.worth));
        }
    }
    let sorted = |(rule, mut at): (usize, Vec<(&'a str, Worth)>)| {
        at.sort_by(|one, other| other.1.figure.cmp(&one.1.figure).then_with(|| one.0.cmp(other.0)));
        Group { rule, at }
    };
    let mut groups: Vec<Group<'a>> = at.into_iter().map(sorted).collect();
    groups.sort_by(|one, other| other.at[0].1.percent().total_cmp(&one.at[0].1.percent()));
    groups
}

/// What is said of a report in which no rule is worth doing.
const NOTHING: &str = "no advice: no rule fits a function that is large enough";

/// Writes the advice under a text, where it was asked for.
pub(super) fn write(page: &mut Page<'_>, subject: &Subject<'_>) -> io::Result<()> {
    let Some(rules) = subject.advice else { return Ok(()) };
    let groups = groups(subject, rules);
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

/// Writes the advice under a table for a pull request, where it was asked for.
pub(super) fn write_markdown(subject: &Subject<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(rules) = subject.advice else { return Ok(()) };
    let groups = groups(subject, rules);
    if groups.is_empty() {
        return writeln!(out, "\n{NOTHING}");
    }
    writeln!(out)?;
    let columns =
        [("function", Align::Left), ("worth it", Align::Left), ("what to try", Align::Left), ("source", Align::Left)];
    let cells = groups.iter().map(|group| {
        let terms = &rules.all()[group.rule].terms;
        let names = group.at.iter().take(MOST_NAMED).map(|(name, _)| named(&readable(name)).to_owned());
        let names: Vec<String> = names.chain(more(group)).collect();
        vec![names.join(", "), figure(subject, &group.at[0].1), terms.text.clone(), terms.source.clone()]
    });
    markdown::table(out, &columns, cells)
}

fn figure(subject: &Subject<'_>, worth: &Worth) -> String {
    let whole = if subject.answer.sieved.is_all() { "of all" } else { "of what is left" };
    let own = if worth.part == Part::Own { " self" } else { "" };
    let (figure, share) = (subject.unit().long(worth.figure), percent(worth.figure, worth.whole));
    format!("{}{own} {figure}, {share} {whole}", worth.metric.word())
}

fn more(group: &Group<'_>) -> Option<String> {
    let more = group.at.len().checked_sub(MOST_NAMED).filter(|more| *more > 0)?;
    Some(format!("and {more} more"))
}
