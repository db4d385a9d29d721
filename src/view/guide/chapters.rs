//! Chapters of the guide: a title and a function that writes the paragraphs for the open profile.

use crate::analysis::Shares;
use crate::base::units::commas_u64;
use crate::profile::{Input, Measure, MemoryKind};
use crate::view::context::ViewContext;
use crate::view::guide::facts;
use crate::view::keys::KeyRef;
use crate::view::page::{Block, PageState};
use crate::view::words;

/// Title of the page.
pub const TITLE: &str = "How to read a heap profile";

/// Chapter.
struct Chapter {
    title: &'static str,
    tell: fn(&ViewContext) -> Vec<String>,
}

/// Chapters in reading order for a newcomer.
const CHAPTERS: &[Chapter] = &[
    Chapter { title: "What you are looking at", tell: picture },
    Chapter { title: "Colours and letters", tell: colours },
    Chapter { title: "Self and total", tell: self_and_total },
    Chapter { title: "In-use and allocated", tell: kinds },
    Chapter { title: "Bytes and objects", tell: measures },
    Chapter { title: "What a share is a share of", tell: shares },
    Chapter { title: "Sampling and ±", tell: sampling },
    Chapter { title: "Growth", tell: growth },
    Chapter { title: "Instances", tell: instances },
    Chapter { title: "Where to begin", tell: begin },
];

/// Creates the page for the open profile.
pub fn page(context: &ViewContext) -> PageState {
    let mut blocks = Vec::new();
    for chapter in CHAPTERS {
        blocks.push(Block::Title(chapter.title));
        for paragraph in (chapter.tell)(context) {
            blocks.push(Block::Prose(paragraph));
        }
        blocks.push(Block::Gap);
    }
    blocks.pop();
    PageState::new(TITLE, blocks)
}

fn instances(context: &ViewContext) -> Vec<String> {
    let count = context.answer.series.instances().len();
    let open = match count {
        0 | 1 => "This is one instance. A directory of several pods, several addresses, or several files with `--each` are more."
            .to_owned(),
        count => format!("There are {count}, and {} puts them side by side.", key(context, KeyRef::ViewInstances)),
    };
    let outlier = "A pod, host or process is an instance. An outlier is far from the median in units of the spread of all \
                   instances, further than chance and sampling explain.";
    vec![format!("{outlier} {open}")]
}

fn key(context: &ViewContext, key: KeyRef) -> String {
    context.keys.of(key).into_owned()
}

/// Total with its unit and kind.
fn whole(context: &ViewContext) -> String {
    let kind = words::long(context.answer.series.sample_types(), context.answer.query.sample_type);
    format!("{} ({kind})", context.unit().long(context.share_base()))
}

fn picture(context: &ViewContext) -> Vec<String> {
    let amount = if context.is_empty() {
        "This profile has nothing of the sample type that is chosen.".to_owned()
    } else {
        format!(
            "Here it adds up to {}, from {} such records.",
            whole(context),
            commas_u64(facts::records(context) as u64)
        )
    };
    vec![
        format!(
            "A heap profile says which code asked for memory. While the program ran, its allocations (or a sample of \
             them) were written down with the call path that led there: which function asked, who had called it, and \
             so on up to the start. {amount}"
        ),
        "The icicle draws these paths. The row on top is everything; below a function stand those that it called; the \
         wider a frame, the more memory came by it. The table lists the same functions one by one."
            .to_owned(),
    ]
}

fn colours(context: &ViewContext) -> Vec<String> {
    let next = key(context, KeyRef::NextFills);
    vec![format!(
        "A colour says whose code a frame is, and the legend names it: own code (O) is the main module, package or crate, \
         third party (T) other modules, then the standard library (S) and the runtime (R). The letters stand where there \
         are no colours. {next} colours by package or by self instead."
    )]
}

fn self_and_total(context: &ViewContext) -> Vec<String> {
    let told = "Self is what a function asked for in its own lines. Total is that and what everything that it called \
                asked for. Self says which code to change, total says on whose behalf it ran."
        .to_owned();
    let example = facts::example(context).map(|example| {
        let [own, total] = [example.own, example.total].map(|value| context.unit().long(value));
        format!("Here {} has {own} itself (self), and {total} with what it calls (total).", example.name)
    });
    std::iter::once(told).chain(example).collect()
}

fn kinds(context: &ViewContext) -> Vec<String> {
    let types = context.answer.series.sample_types();
    let told = "In-use is what was allocated and not yet freed when the profile was taken: it is why a process is \
                large. Allocated is all that was asked for, freed or not: it is what a garbage collector and the \
                allocator are busy with. Freed is the difference."
        .to_owned();
    let [held, made] = [MemoryKind::InUse, MemoryKind::Allocated].map(|kind| facts::sum(context, kind, Measure::Space));
    let [in_use, allocated] = [KeyRef::InUse, KeyRef::Allocated].map(|name| key(context, name));
    let here = match (held, made) {
        (Some(held), Some(made)) => {
            let freed = facts::freed(context).map(|freed| format!(", and {freed} were freed")).unwrap_or_default();
            format!(
                "Here {} are in use and {} were allocated{freed}. {in_use} shows the one, {allocated} the other.",
                held.text, made.text
            )
        }
        _ if types.len() == 1 => {
            let only = words::long(types, 0);
            match facts::kind(context) {
                MemoryKind::InUse => {
                    format!("This profile has in-use figures alone ({only}): what was freed is not in it.")
                }
                MemoryKind::Allocated => {
                    format!("This profile has allocated figures alone ({only}): what is still held is not in it.")
                }
                MemoryKind::Other => format!("This profile has one sample type, {only}."),
            }
        }
        _ => {
            let names: Vec<String> = (0..types.len()).map(|index| words::long(types, index)).collect();
            let next = key(context, KeyRef::NextType);
            format!("The sample types of this profile are {}; {next} goes from one to the next.", names.join(", "))
        }
    };
    vec![told, here]
}

fn measures(context: &ViewContext) -> Vec<String> {
    let told = "Space counts bytes, objects counts allocations. A few large objects and very many small ones ask for \
                different remedies, so look at both."
        .to_owned();
    let kind = facts::kind(context);
    let pair = facts::sum(context, kind, Measure::Space).zip(facts::sum(context, kind, Measure::Objects));
    let here = pair.filter(|(_, objects)| objects.value > 0 && kind != MemoryKind::Other).map(|(bytes, objects)| {
        let average = bytes.unit.long(bytes.value / objects.value);
        let switch = key(context, KeyRef::Measure);
        format!("Here {} are {} objects, {average} each on average; {switch} shows them.", bytes.text, objects.text)
    });
    std::iter::once(told).chain(here).collect()
}

fn shares(context: &ViewContext) -> Vec<String> {
    let all = whole(context);
    let filters = &context.answer.query.filters;
    let of = match context.answer.query.shares {
        _ if filters.is_empty() => format!("of everything: 100% is {all}."),
        Shares::Filtered => format!("of what the filters leave: 100% is {all}."),
        Shares::Unfiltered => format!("of everything that was measured, with or without filters: 100% is {all}."),
    };
    vec![
        format!(
            "A percentage beside self or total is a share {of} Two others say so: \"of parent\" is a part of the caller's \
             total, \"of zoom\" of the frame that fills the width."
        ),
        "Shares of self add up to 100%. Shares of total do not: a caller's total contains those of all that it calls."
            .to_owned(),
    ]
}

fn sampling(context: &ViewContext) -> Vec<String> {
    let details = key(context, KeyRef::Details);
    let health = key(context, KeyRef::Health);
    let Some(rate) = facts::rate(context) else {
        return vec![format!(
            "Many runtimes write down only some allocations and scale the figures up. This profile does not say that it \
             is sampled, so its figures are taken as they are. {health} lists what else bears on the reading."
        )];
    };
    let mut told = vec![format!(
        "Not every allocation is written down: here about one for each {rate} allocated, and the figures are scaled up \
         accordingly. They are estimates. Large or frequent allocations are hardly ever missed, rare small ones may be."
    )];
    let example = facts::example(context).filter(|example| example.chance > 0).map(|example| {
        let [total, chance] = [example.total, example.chance].map(|value| context.unit().long(value));
        format!(" Here {} has {total} ±{chance}.", example.name)
    });
    told.push(format!(
        "± in the details ({details}) says how far chance reaches: in 19 of 20 cases the true figure is no further \
         away.{} \"Few samples\" means that the figure is little more than a guess. {health} lists what else bears on \
         the reading.",
        example.unwrap_or_default()
    ));
    told
}

fn growth(context: &ViewContext) -> Vec<String> {
    let snapshots = context.answer.series.range_of(Input::Current).len();
    let [diff, explain, trend] = [KeyRef::Diff, KeyRef::Explain, KeyRef::ViewTrend].map(|name| key(context, name));
    let mut told = vec![
        "Growth is the difference of two windows: + orange is more than before, - blue is less, = is no change or one \
         within sampling noise, new (N) and gone (G) are functions that only one window has. A percentage of a change is of what there \
         was before."
            .to_owned(),
        "Growth is not a leak. A cache that fills, a pool, more traffic grow too, and end; what grows in every snapshot \
         under the same load is the suspect."
            .to_owned(),
    ];
    let here = match (&context.answer.base, snapshots) {
        (Some(base), _) => {
            let delta = context.answer.column.filtered_total().saturating_sub(base.column.filtered_total());
            let delta = context.unit().signed_long(i64::try_from(delta).unwrap_or(i64::MAX));
            format!("Here {delta} from A to B; {explain} lists the fewest call sites that explain it.")
        }
        (None, 0 | 1) if !context.answer.series.range_of(Input::Base).is_empty() => {
            format!("Here {diff} compares with the base.")
        }
        (None, 0 | 1) => "Here is one snapshot, which cannot show growth. Take another one later and open both, the \
                          earlier first."
            .to_owned(),
        (None, count) => {
            format!("Here are {count} snapshots: {diff} compares windows, {trend} draws every function over time.")
        }
    };
    told.push(here);
    told
}

fn begin(context: &ViewContext) -> Vec<String> {
    let [pane, enter, details, callers, help] =
        [KeyRef::NextPane, KeyRef::ZoomIn, KeyRef::Details, KeyRef::Callers, KeyRef::Help]
            .map(|name| key(context, name));
    vec![format!(
        "{pane} to the table: the function with most self is its first row. {enter} shows where it stands in the icicle, \
         {callers} who calls it, {details} everything about it with advice. {help} lists the keys, wherever you are."
    )]
}
