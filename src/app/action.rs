//! Everything that a key can do: what the views have of their own, and what belongs to none of them.

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::Move;
use crate::view::{
    details, explains, filters, health, help, icicle, labels, navigation, page, palette, prompt, sandwich, source,
    table, trend,
};

/// What a key does, by who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A move in the list or text that is focused.
    Move(Move),
    /// The icicle.
    Icicle(icicle::Action),
    /// The table.
    Table(table::Action),
    /// The table's order.
    Sort(table::Sort),
    /// The trend.
    Trend(trend::Action),
    /// The sandwich.
    Sandwich(sandwich::Action),
    /// The source.
    Source(source::Action),
    /// The labels.
    Labels(labels::Action),
    /// The zoom.
    Zoom(navigation::Action),
    /// The details in full.
    Details(details::Action),
    /// The health.
    Health(health::Action),
    /// The help.
    Help(help::Action),
    /// The prompt.
    Prompt(prompt::Action),
    /// The search.
    Find(Find),
    /// The filters, and what is one frame.
    Filter(Filter),
    /// The chips of the filters.
    Chips(filters::Action),
    /// The prompt of a filter.
    Ask(filters::Ask),
    /// What is shown, and how.
    Show(Show),
    /// What changed.
    Diff(Diff),
    /// What explains the growth.
    Explains(explains::Action),
    /// The windows of a series.
    Windows(Windows),
    /// Both windows at once.
    Sides(Sides),
    /// What is taken away.
    Take(Take),
    /// The command palette.
    Palette(palette::Action),
    /// A page of text.
    Page(page::Action),
    /// The tour.
    Tour(Tour),
    /// The program.
    Program(Program),
}

/// Wraps each kind of action.
macro_rules! wraps {
    ($($kind:ident($inner:ty)),+ $(,)?) => {
        $(impl From<$inner> for Action {
            fn from(action: $inner) -> Self {
                Self::$kind(action)
            }
        })+
    };
}
wraps!(
    Move(Move),
    Icicle(icicle::Action),
    Table(table::Action),
    Sort(table::Sort),
    Trend(trend::Action),
    Sandwich(sandwich::Action),
    Source(source::Action),
    Labels(labels::Action),
    Zoom(navigation::Action),
    Details(details::Action),
    Health(health::Action),
    Help(help::Action),
    Prompt(prompt::Action),
    Find(Find),
    Filter(Filter),
    Chips(filters::Action),
    Ask(filters::Ask),
    Show(Show),
    Diff(Diff),
    Explains(explains::Action),
    Windows(Windows),
    Sides(Sides),
    Take(Take),
    Palette(palette::Action),
    Page(page::Action),
    Tour(Tour),
    Program(Program),
);

actions! {
    /// What the search keys do.
    Find {
        /// Opens the prompt.
        Open = "find",
        /// To the next match.
        Next = "next-match",
        /// To the match before.
        Previous = "previous-match",
        /// Finds the selected function everywhere.
        This = "find-this",
    }
}

/// The keys of the search.
pub const FIND: &[CommandRow<Find>] = &[
    footer_row(&["/"], Find::Open, "find (regex, smart case)", "find"),
    footer_row(&["n"], Find::Next, "next match, by size", "next"),
    footer_row(&["N"], Find::Previous, "match before", "next"),
    row(&["*"], Find::This, "find this function"),
];

actions! {
    /// What the keys do that choose what counts, and what is one frame.
    Filter {
        /// Opens the prompt.
        Open = "filter",
        /// Drops the stacks with the selected function.
        Exclude,
        /// The next granularity.
        Granularity = "next-granularity",
        /// Inlined calls, or not.
        Inlines = "toggle-inlines",
        /// Recursion folded, or not.
        Recursion = "fold-recursion",
    }
}

/// The keys of the filters.
pub const FILTER: &[CommandRow<Filter>] = &[
    row(&["&"], Filter::Open, "filter: paths, labels"),
    row(&["X"], Filter::Exclude, "exclude this function"),
    row(&["v"], Filter::Granularity, "by file, line, package"),
    row(&["I"], Filter::Inlines, "inlined calls, or not"),
    row(&["r"], Filter::Recursion, "fold recursion, or not"),
];

actions! {
    /// What the keys do that choose what is shown.
    Show {
        /// The next sample type.
        NextType = "next-sample-type",
        /// The sample type before.
        PreviousType = "previous-sample-type",
        /// In-use.
        InUse,
        /// Allocated.
        Allocated,
        /// Objects instead of bytes, or bytes instead of objects.
        Measure = "toggle-measure",
        /// The details in full.
        Details,
        /// What changes how figures are to be read.
        Health,
        /// Callers and callees of the selected function.
        Callers,
        /// The source of the selected function.
        Source,
        /// What stands on each label.
        Labels,
        /// Short names or full ones.
        Names = "toggle-names",
        /// What the fills tell.
        Fills = "next-fills",
    }
}

/// The keys that choose what is shown.
pub const SHOW: &[CommandRow<Show>] = &[
    footer_row(&["t"], Show::NextType, "next sample type", "type"),
    row(&["T"], Show::PreviousType, "sample type before"),
    row(&["i"], Show::InUse, "in-use: what is held"),
    row(&["a"], Show::Allocated, "allocated: what was made"),
    row(&["o"], Show::Measure, "objects or bytes"),
    footer_row(&["D"], Show::Details, "details in full, advice", "details"),
    row(&["H"], Show::Health, "health: how to read it"),
    row(&["f"], Show::Callers, "its callers and callees"),
    row(&["O"], Show::Source, "source, line by line"),
    row(&["L"], Show::Labels, "labels and their values"),
    row(&["p"], Show::Names, "short or full names"),
    row(&["c"], Show::Fills, "colour by package, self"),
];

actions! {
    /// What the keys do that compare two windows.
    Diff {
        /// Lays the changes over the views, or takes them away.
        Toggle = "diff",
        /// Lays the changes over the views.
        On = "view-diff",
        /// The next way to draw widths.
        Width = "next-width",
        /// Makes totals equal, or not.
        Normalize,
        /// Colours by the same figures for all, or by what each frame held.
        Scale = "change-scale",
        /// To the next smaller change.
        Next = "next-change",
        /// To the next larger change.
        Previous = "previous-change",
        /// A for B and B for A.
        Swap = "swap-windows",
        /// The fewest places that explain the growth.
        Explain,
    }
}

/// The keys that compare two windows.
pub const DIFF: &[CommandRow<Diff>] = &[
    footer_row(&["."], Diff::Next, "next biggest change", "change"),
    footer_row(&[","], Diff::Previous, "biggest change before", "change"),
    footer_row(&["w"], Diff::Width, "widths: A|B, B, A, change", "width"),
    footer_row(&["d"], Diff::Toggle, "what changed, on or off", "diff"),
    footer_row(&["e"], Diff::Explain, "what explains the growth", "explain"),
    row(&["3"], Diff::On, "what changed"),
    row(&["z"], Diff::Normalize, "make both totals equal"),
    row(&["%"], Diff::Scale, "colours: absolute, of A"),
    row(&["x"], Diff::Swap, "swap A and B"),
];

actions! {
    /// What the keys do that choose windows of a series.
    Windows {
        /// The window one snapshot back.
        Back = "window-back",
        /// The window one snapshot on.
        Forward = "window-forward",
        /// Fewer snapshots.
        Shrink = "shrink-window",
        /// More snapshots.
        Grow = "grow-window",
        /// Keeps the window as A.
        Mark = "mark-window",
    }
}

/// The keys that choose windows of a series.
pub const WINDOWS: &[CommandRow<Windows>] = &[
    footer_row(&["["], Windows::Back, "window one snapshot back", "window"),
    footer_row(&["]"], Windows::Forward, "window one snapshot on", "window"),
    row(&["{"], Windows::Shrink, "window of fewer snapshots"),
    row(&["}"], Windows::Grow, "window of more snapshots"),
    row(&["m"], Windows::Mark, "mark this window as A"),
];

actions! {
    /// What the keys do that show both windows.
    Sides {
        /// Next to each other.
        Both = "view-sides",
        /// By one scale, or each by its own.
        Scale = "sides-scale",
        /// One after the other in the same place.
        Blink,
    }
}

/// The keys that show both windows.
pub const SIDES: &[CommandRow<Sides>] = &[
    row(&["4"], Sides::Both, "A and B side by side"),
    footer_row(&["="], Sides::Scale, "one scale or each its own", "scale"),
    footer_row(&["b"], Sides::Blink, "A or B in the same place", "A/B"),
];

actions! {
    /// What the keys do that take something away.
    Take {
        /// Copies the name.
        Name = "copy-name",
        /// Copies the call path.
        Path = "copy-path",
        /// Says and copies the command line of what is on the screen.
        CommandLine,
        /// Writes what is on the screen into a file.
        File = "write",
    }
}

/// The keys that take something away.
pub const TAKE: &[CommandRow<Take>] = &[
    footer_row(&["y"], Take::Name, "copy the function's name", "copy"),
    row(&["Y"], Take::Path, "copy the call path"),
    row(&["C"], Take::CommandLine, "its command line"),
    row(&["W"], Take::File, "write it into a file"),
];

actions! {
    /// What the keys do while the tour of the demo is on.
    Tour {
        /// To the next step.
        Skip = "skip-step",
    }
}

/// The keys of the tour.
pub const TOUR: &[CommandRow<Tour>] = &[row(&["Space"], Tour::Skip, "next step of the tour")];

actions! {
    /// What the keys of the program do.
    Program {
        /// The keys to the next pane.
        NextPane,
        /// The keys to the pane before.
        PreviousPane,
        /// Icicle and table.
        Icicle = "view-icicle",
        /// Callers and callees.
        Sandwich = "view-callers",
        /// What grew over the snapshots.
        Trend = "view-trend",
        /// Reads the sources again.
        Reload,
        /// Back one thing.
        Back,
        /// Paints everything again.
        Redraw,
        /// Gives the terminal to the shell for a while.
        Suspend,
        /// Ends, as if interrupted.
        Interrupt,
        /// Ends.
        Quit,
        /// Lists the keys.
        Help,
        /// Opens the command palette.
        Commands,
    }
}

/// The keys of the program.
pub const PROGRAM: &[CommandRow<Program>] = &[
    footer_row(&["Tab"], Program::NextPane, "keys to the other pane", "pane"),
    row(&["Shift-Tab"], Program::PreviousPane, "keys to the pane before"),
    row(&["1"], Program::Icicle, "icicle and table"),
    row(&["2"], Program::Sandwich, "callers and callees"),
    row(&["5"], Program::Trend, "trend: what grew"),
    row(&["R"], Program::Reload, "read the sources again"),
    footer_row(&["Esc"], Program::Back, "back: popup, find, zoom", "back"),
    row(&["Ctrl-L"], Program::Redraw, "paint the screen again"),
    row(&["Ctrl-Z"], Program::Suspend, "suspend"),
    row(&["Ctrl-C"], Program::Interrupt, "quit"),
    footer_row(&["q"], Program::Quit, "quit", "quit"),
    footer_row(&["?"], Program::Help, "this help", "help"),
    footer_row(&[":"], Program::Commands, "a command by its name", "command"),
];
