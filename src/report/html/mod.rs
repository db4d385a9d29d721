//! `report html`: one page that any browser opens without a network.
//!
//! The page has the pruned tree as data, and a script of this crate that draws the tree. No text of a profile is ever
//! markup: the data is JSON without `<`, and the script makes elements with `textContent` alone. A content security
//! policy forbids every other script, style and request.

mod data;
mod policy;
mod pruned;

use std::io::{self, Write};

use crate::analysis::{CallTree, Stacks};

use super::markup::escaped;
use super::palette::Palette;
use super::picture::{head_lines, nothing, width_line};
use super::{Report, ReportFormat, ReportScope, Subject};
use data::PageData;
use pruned::{PageLimits, PageTypes};

/// The row of the table of reports.
pub(super) const REPORT: Report = Report {
    kind: "html",
    about: "a page for a browser: icicle, search, table, sample types, changes, trend",
    scope: ReportScope::Window,
    stacks: Stacks::All,
    formats: &[(ReportFormat::Html, write)],
};

/// Maximum size of a page in bytes: pages are sent by mail and kept as build artifacts.
const MOST_BYTES: usize = 300_000;
/// Limits of a page, tried in this order until it is small enough; a small tree has all of its nodes.
const LIMITS: [PageLimits; 9] = [
    PageLimits { min_share: 0.0, max_depth: 300, max_name_width: 160, max_source_bytes: 60_000 },
    PageLimits { min_share: 0.001, max_depth: 300, max_name_width: 160, max_source_bytes: 60_000 },
    PageLimits { min_share: 0.0015, max_depth: 300, max_name_width: 160, max_source_bytes: 60_000 },
    PageLimits { min_share: 0.0025, max_depth: 300, max_name_width: 160, max_source_bytes: 60_000 },
    PageLimits { min_share: 0.005, max_depth: 300, max_name_width: 120, max_source_bytes: 60_000 },
    PageLimits { min_share: 0.01, max_depth: 300, max_name_width: 120, max_source_bytes: 60_000 },
    PageLimits { min_share: 0.03, max_depth: 300, max_name_width: 80, max_source_bytes: 40_000 },
    PageLimits { min_share: 0.1, max_depth: 300, max_name_width: 80, max_source_bytes: 40_000 },
    PageLimits { min_share: 0.1, max_depth: 60, max_name_width: 40, max_source_bytes: 20_000 },
];
/// Maximum number of nodes of a tree that a page has in full.
const SMALL: usize = 2_000;

const SCRIPT: &str = include_str!("../../../assets/page/page.js");
const STYLE: &str = include_str!("../../../assets/page/page.css");

fn write(subject: &Subject<'_>, out: &mut dyn Write) -> io::Result<()> {
    if subject.answer.widths.weight(CallTree::ROOT) == 0 {
        return Err(nothing());
    }
    let types = PageTypes::new(subject)?;
    let palette = subject.palette.map_or_else(Palette::default, Palette::clone);
    let style = format!("{STYLE}{}", palette.rules(|_| true));
    let head = head(subject, &style);
    let room = MOST_BYTES.saturating_sub(head.len() + SCRIPT.len() + TAIL.len());
    let mut json = Vec::new();
    let first = usize::from(subject.tree().len() > SMALL);
    for limits in &LIMITS[first..] {
        json = PageData::new(subject, &types, *limits).json()?;
        if json.len() <= room {
            break;
        }
    }
    out.write_all(head.as_bytes())?;
    out.write_all(&json)?;
    out.write_all(b"</script>\n<script>")?;
    out.write_all(SCRIPT.as_bytes())?;
    out.write_all(TAIL.as_bytes())
}

const TAIL: &str = "</script>\n</body>\n</html>\n";

/// Beginning of the page, up to its data.
fn head(subject: &Subject<'_>, style: &str) -> String {
    let lines = head_lines(subject);
    let notes: Vec<String> =
        lines[1..].iter().map(|line| format!("<p class=\"note\">{}</p>\n", escaped(line))).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1 id=\"title\">{title}</h1>\n{notes}{BODY}\
         <p class=\"note\">{width}</p>\n{AFTER}</main>\n<script type=\"application/json\" id=\"data\">",
        policy = policy::policy(SCRIPT, style),
        title = escaped(&lines[0]),
        notes = notes.concat(),
        width = escaped(&width_line(subject)),
    )
}

/// Elements that the script fills above the line about the widths; [`AFTER`] has those below that line.
const BODY: &str = "<noscript><p>The figures need the script of this page; it loads nothing.</p></noscript>
<div class=\"tools\" id=\"tools\" hidden>
<span><label for=\"types\">Sample type</label> <select id=\"types\"></select></span>
<span><label for=\"search\">Search</label> <input id=\"search\" type=\"search\" placeholder=\"part of a function name\" \
autocomplete=\"off\" spellcheck=\"false\"></span>
<label id=\"change-label\" hidden><input id=\"change\" type=\"checkbox\">colours by change</label>
<button id=\"reset\" type=\"button\">Reset</button>
</div>
<p class=\"note\" id=\"found\" role=\"status\"></p>
<nav class=\"crumbs\" id=\"crumbs\" aria-label=\"Path to the zoomed frame\"></nav>
<svg id=\"icicle\" role=\"tree\" aria-label=\"Icicle of the call tree\"></svg>
<div id=\"detail\" role=\"status\" aria-live=\"polite\"></div>
<div class=\"legend\" id=\"legend\"></div>
";
const AFTER: &str =
    "<p class=\"note\">click or Enter: zoom · arrows: move · Backspace: zoom out · Home: all · /: search \
· Escape: clear</p>
<h2>Functions</h2>
<div class=\"wide\"><table id=\"table\"></table></div>
<p class=\"note\" id=\"more\"></p>
<section id=\"trend\" hidden>
<h2>Trend</h2>
<p class=\"note\" id=\"trend-words\"></p>
<div id=\"trend-chart\"></div>
<div class=\"wide\"><table id=\"trend-table\"></table></div>
</section>
<section id=\"sources\" hidden>
<h2>Source</h2>
<div id=\"source-list\"></div>
</section>
";
