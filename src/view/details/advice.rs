//! Advice for the selection, in words: the recommendation, the figures that make it worthwhile, and a reference.

use crate::analysis::advice::{AdviceRule, Advised, FigureKind, Metric, RuleWorth};
use crate::base::ids::FrameId;
use crate::base::safe_text;
use crate::base::units::percent;
use crate::base::width;
use crate::profile::MemoryKind;
use crate::view::context::ViewContext;
use crate::view::details::DetailsState;
use crate::view::details::fact::{Fact, fact};
use crate::view::keys::KeyRef;

/// All advice for a function, after an empty line; empty without advice.
pub fn facts(context: &ViewContext, state: &DetailsState, frame: FrameId) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (index, advised) in state.advised().iter().enumerate() {
        if index == 0 {
            facts.push(Fact::gap());
        }
        let attributes = &rule(state, advised).attributes;
        let mut about = "advice";
        if index == 0 && advised.frame != frame {
            facts.push(fact(about, format!("for its caller {}", safe_text::display_name(context.name(advised.frame)))));
        }
        if index > 0 || advised.frame != frame {
            about = "";
        }
        facts.push(fact(about, attributes.text.clone()));
        facts.push(fact("", reason(context, attributes.metric, &advised.worth)));
        facts.push(fact("", attributes.source.clone()));
    }
    facts
}

/// Advice for the function itself in one line of `cells`: the gain, then the beginning of the text; `None` without
/// advice for the function, or without room.
pub fn brief(context: &ViewContext, state: &DetailsState, frame: FrameId, cells: usize) -> Option<String> {
    let advised = state.advised().first().filter(|advised| advised.frame == frame)?;
    let worth = format!("{} {}  ", figure(context, &advised.worth), share(&advised.worth));
    let more = format!("  {} shows all", context.keys.of(KeyRef::Details));
    let room = cells.checked_sub(width::width(&worth) + more.len()).filter(|room| *room >= MIN_CELLS)?;
    let text = width::cut_end(&rule(state, advised).attributes.text, room).into_owned();
    Some(format!("{worth}{text}{more}"))
}

/// Minimum width of the beginning of a text, in cells.
const MIN_CELLS: usize = 20;

fn rule<'a>(state: &'a DetailsState, advised: &Advised) -> &'a AdviceRule {
    &state.rules().all()[advised.rule]
}

/// Figures that make the advice worthwhile, and the key that shows them.
fn reason(context: &ViewContext, asked: Metric, worth: &RuleWorth) -> String {
    let whole = if context.answer.filtered.keeps_all() { "of all" } else { "of what is left" };
    let side = if context.answer.base.is_some() { " in B" } else { "" };
    let lacks = match asked {
        _ if worth.metric == asked => "",
        Metric::InUse => "; in-use memory is unknown here",
        Metric::Allocated => "; allocated memory is unknown here",
        Metric::Freed => "; freed memory is unknown here",
    };
    let chosen = context.sample_type().map(crate::profile::SampleType::kind);
    let key = match worth.metric {
        Metric::InUse if chosen != Some(MemoryKind::InUse) => format!("; {} shows it", context.keys.of(KeyRef::InUse)),
        Metric::Allocated if chosen != Some(MemoryKind::Allocated) => {
            format!("; {} shows it", context.keys.of(KeyRef::Allocated))
        }
        Metric::Freed if chosen != Some(MemoryKind::Allocated) => {
            format!("; {} shows what was allocated", context.keys.of(KeyRef::Allocated))
        }
        _ => String::new(),
    };
    format!("worth it{side}: {}, {} {whole}{lacks}{key}", figure(context, worth), share(worth))
}

fn figure(context: &ViewContext, worth: &RuleWorth) -> String {
    let own = if worth.part == FigureKind::Own { " self" } else { "" };
    format!("{}{own} {}", worth.metric.word(), context.unit().long(worth.figure))
}

fn share(worth: &RuleWorth) -> String {
    percent(worth.figure, worth.total)
}
