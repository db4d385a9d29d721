//! Command lines for the current view: the query as options, and sources and other options as they were given.
//!
//! State without an option is left out: zoom, selection, search, and the display settings of a comparison. Options are
//! written relative to the built-in defaults, not to a settings file, so that the command line also works elsewhere.

use crate::analysis::query::TreeShape;
use crate::analysis::{Inlines, Matching, Query, Recursion, StackDirection, StackOrder, Window, opening_granularity};
use crate::app::App;
use crate::app::setup::Invocation;
use crate::base::shell::quoted;
use crate::layout::panes::{ActiveView, Pane};
use crate::profile::{Input, Series};
use crate::view::overlay::Layer;
use crate::view::page::PageState;

/// Command line that opens the explorer in this state.
pub fn explorer(app: &App) -> String {
    let query = app.tasks.jobs.wanted();
    let mut words = vec!["heapglass".to_owned()];
    words.extend((app.environment.setup.query_options)(
        query,
        app.series(),
        Matching::Moved,
        &app.environment.setup.given,
    ));
    words.extend(app.environment.setup.given.explorer.iter().cloned());
    line(words, query, app.series(), &app.environment.setup.given)
}

/// Command line that prints the view in front as a report.
pub fn report(app: &App) -> String {
    let ViewReport { kind, function } = view_report(app);
    // The trend covers all snapshots, whatever the window is.
    let all = app.views.trend.trends().map(|trends| trends.window).filter(|_| kind == "leaks");
    let query = &match all {
        Some(window) => Query { window, ..app.tasks.jobs.wanted().clone() },
        None => app.tasks.jobs.wanted().clone(),
    };
    // Options of a comparison are refused where they have no effect.
    let is_compared = query.base.is_some() && !matches!(kind, "leaks" | "instances" | "memory");
    let query = if is_compared { query } else { &query.without_comparison() };
    // The table has all instances, whichever is selected.
    let query = if kind == "instances" { &Query { instance: None, ..query.clone() } } else { query };
    let query = if kind == "labels" { &without_frames(query, app.series()) } else { query };
    let mut words = vec!["heapglass".to_owned(), "report".to_owned(), kind.to_owned()];
    if kind == "tree" && query.order == StackOrder::BottomUp {
        words.push("--bottom-up".to_owned());
    }
    if let (ActiveView::Labels, Some(key)) = (app.views.front, app.views.labels.key()) {
        option(&mut words, "--key", key);
    }
    // The explorer starts with in-use memory, whatever the profile's default sample type is.
    let usual_type = app.series().default_sample_type();
    if matches!(kind, "leaks" | "instances") && query.sample_type == usual_type {
        option(&mut words, "--sample-type", &sample_type_word(app.series(), usual_type));
    }
    let usual = if kind == "diff" { Matching::Moved } else { Matching::Raw };
    words.extend((app.environment.setup.query_options)(query, app.series(), usual, &app.environment.setup.given));
    line_of_function(words, function, query, app.series(), &app.environment.setup.given)
}

/// Query without the options of frames, which have no effect on labels.
fn without_frames(query: &Query, series: &Series) -> Query {
    let shape = TreeShape {
        granularity: opening_granularity(series),
        inlines: Inlines::default(),
        recursion: Recursion::default(),
        ..query.shape
    };
    Query { shape, direction: StackDirection::default(), ..query.clone() }
}

/// Report that corresponds to a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewReport<'a> {
    /// Kind of report.
    pub kind: &'static str,
    /// Function that the report is about; `None` for a report of all functions.
    pub function: Option<&'a str>,
}

/// Report that corresponds to the view in front, or to the memory popup over it.
pub fn view_report(app: &App) -> ViewReport<'_> {
    let all = |kind| ViewReport { kind, function: None };
    let of = |kind, function| ViewReport { kind, function: Some(function) };
    if app.views.stack.iter().any(|layer| matches!(layer, Layer::Memory)) {
        return all("memory");
    }
    let function = match app.views.front {
        ActiveView::Sandwich => app.views.sandwich.middle_name().map(|name| of("callers", name)),
        ActiveView::Source => app.views.source.function().map(|function| of("source", &function.shown)),
        _ => None,
    };
    function.unwrap_or_else(|| match (app.views.front, app.views.pane) {
        (ActiveView::Trend, _) => all("leaks"),
        (ActiveView::Labels, _) => all("labels"),
        (ActiveView::Instances, _) => all("instances"),
        _ if app.tasks.jobs.wanted().base.is_some() => all("diff"),
        (ActiveView::Icicle, Pane::Icicle) => all("tree"),
        (ActiveView::Icicle | ActiveView::Sandwich | ActiveView::Source, _) => all("top"),
    })
}

/// Shows both command lines.
pub fn show(app: &mut App) {
    let given = &app.environment.setup.given;
    let mut lines = vec!["To open this again:".to_owned(), explorer(app), String::new()];
    lines.extend(["To print it as a report:".to_owned(), report(app), String::new()]);
    if given.sources.iter().any(|source| source == "-") {
        lines.push("- is standard input: pipe the same profile in again.".to_owned());
    }
    if given.is_redacted {
        lines.push("Passwords and values of headers are left out.".to_owned());
    }
    lines.extend(left_out(app));
    app.views.stack.push(Layer::Page(PageState::of_lines("The command line", &lines)));
}

/// Sentences about the state of the screen that the command lines leave out.
fn left_out(app: &App) -> Vec<String> {
    let state = "zoom, selection, search, order of rows, colours and widths of frames";
    match (app.tasks.jobs.wanted().order, view_report(app).kind) {
        (StackOrder::BottomUp, "tree") => {
            vec![format!("Left out: {state}."), "Only the report can begin bottom-up.".to_owned()]
        }
        (StackOrder::BottomUp, _) => vec![format!("Left out: bottom-up, {state}.")],
        (StackOrder::CallersFirst, _) => vec![format!("Left out: {state}.")],
    }
}

/// Appends an option. A value that starts with `-` is joined to the name with `=`.
fn option(words: &mut Vec<String>, name: &str, value: &str) {
    if value.starts_with('-') {
        words.push(format!("{name}={value}"));
    } else {
        words.extend([name.to_owned(), value.to_owned()]);
    }
}

/// Sample type by its name, or by its number if the name is ambiguous.
pub fn sample_type_word(series: &Series, chosen: usize) -> String {
    let name = series.sample_types().get(chosen).map_or("", |chosen| chosen.name.raw());
    match series.find_sample_type(name) {
        Ok(found) if found == chosen && !name.is_empty() => name.to_owned(),
        _ => chosen.to_string(),
    }
}

/// Joins words, other options and sources to a shell command line. If the windows are swapped, base sources and profile
/// sources are swapped too.
pub fn line(words: Vec<String>, query: &Query, series: &Series, given: &Invocation) -> String {
    line_of_function(words, None, query, series, given)
}

/// Same as [`line`], for a report of a function, which precedes the sources.
fn line_of_function(
    mut words: Vec<String>,
    function: Option<&str>,
    query: &Query,
    series: &Series,
    given: &Invocation,
) -> String {
    words.extend(given.options.iter().cloned());
    let of_base = |window: Window| series.range_of(Input::Base).contains(&window.first);
    let is_swapped = of_base(query.window) && !given.base.is_empty();
    let (sources, base) = if is_swapped { (&given.base, &given.sources) } else { (&given.sources, &given.base) };
    if query.base.is_some_and(|base| of_base(base) != is_swapped) {
        words.extend(base.iter().map(|base| format!("--base={base}")));
    }
    let operands: Vec<&str> = function.into_iter().chain(sources.iter().map(String::as_str)).collect();
    // A lone `-` is standard input, and no option.
    if operands.iter().any(|operand| operand.starts_with('-') && *operand != "-") {
        words.push("--".to_owned());
    }
    words.extend(operands.into_iter().map(str::to_owned));
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::Budget;
    use crate::profile::Profile;

    #[test]
    fn a_value_is_never_taken_for_an_option() {
        let mut words = Vec::new();
        option(&mut words, "--key", "bytes");
        option(&mut words, "--key", "-o");
        assert_eq!(words, ["--key", "bytes", "--key=-o"]);
    }

    #[test]
    fn a_function_is_never_taken_for_an_option() {
        let series = Series::new(Profile::default(), Budget::new(1 << 20));
        let given = Invocation { sources: vec!["heap.pb.gz".to_owned()], ..Invocation::default() };
        let words = ["heapglass", "report", "callers"].map(str::to_owned).to_vec();
        let line = line_of_function(words, Some("-rf x"), &Query::default(), &series, &given);
        assert_eq!(line, "heapglass report callers -- '-rf x' heap.pb.gz");
    }
}
