//! Actions of keys and commands: those of the views, and those of the program itself.

use crate::view::command::{CommandRow, actions, footer_row, row};
use crate::view::nav::Move;
use crate::view::{
    details, explains, filters, health, help, icicle, instances, labels, memory, navigation, page, palette, prompt,
    sandwich, source, table, trend,
};

/// Action of a key or command, by the module that handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Move in the focused list or text.
    Move(Move),
    /// Action of the icicle.
    Icicle(icicle::Action),
    /// Action of the table.
    Table(table::Action),
    /// Sort order of the table.
    Sort(table::Sort),
    /// Action of the trend view.
    Trend(trend::Action),
    /// Action of the sandwich view.
    Sandwich(sandwich::Action),
    /// Action of the source view.
    Source(source::Action),
    /// Action of the labels view.
    Labels(labels::Action),
    /// Action of the instances view.
    Instances(instances::Action),
    /// Zoom.
    Zoom(navigation::Action),
    /// Action of the full details.
    Details(details::Action),
    /// Action of the health list.
    Health(health::Action),
    /// Action of the memory of the process.
    Memory(memory::Action),
    /// Action of the help.
    Help(help::Action),
    /// Action of a prompt.
    Prompt(prompt::Action),
    /// Search.
    Find(Find),
    /// Filters and the granularity of frames.
    Filter(Filter),
    /// Action on the filter chips.
    Chips(filters::Action),
    /// Action of the filter prompt.
    FilterPrompt(filters::FilterPromptAction),
    /// Sample type, views and names.
    Show(Show),
    /// Comparison of two windows.
    Diff(Diff),
    /// Action of the list of call sites that explain the change.
    Explains(explains::Action),
    /// Window of the series.
    Windows(Windows),
    /// Both windows at once.
    Sides(Sides),
    /// Copy and export.
    CopyExport(CopyExport),
    /// Action of the command palette.
    Palette(palette::Action),
    /// Action of a text page.
    Page(page::Action),
    /// Tour of the demo.
    Tour(Tour),
    /// Panes, views, reload, quit.
    Program(Program),
}

/// Implements `From` for each kind of action.
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
    Instances(instances::Action),
    Zoom(navigation::Action),
    Details(details::Action),
    Health(health::Action),
    Memory(memory::Action),
    Help(help::Action),
    Prompt(prompt::Action),
    Find(Find),
    Filter(Filter),
    Chips(filters::Action),
    FilterPrompt(filters::FilterPromptAction),
    Show(Show),
    Diff(Diff),
    Explains(explains::Action),
    Windows(Windows),
    Sides(Sides),
    CopyExport(CopyExport),
    Palette(palette::Action),
    Page(page::Action),
    Tour(Tour),
    Program(Program),
);

actions! {
    /// Actions of the search.
    Find {
        /// Opens the prompt.
        Open = "find",
        /// Selects the next smaller match.
        Next = "next-match",
        /// Selects the next larger match.
        Previous = "previous-match",
        /// Searches for the name of the selected function.
        This = "find-this",
    }
}

/// Keys of the search.
pub const FIND: &[CommandRow<Find>] = &[
    footer_row(&["/"], Find::Open, "find (regex, smart case)", "find"),
    footer_row(&["n"], Find::Next, "next match, by size", "next"),
    footer_row(&["N"], Find::Previous, "previous match", "next"),
    row(&["*"], Find::This, "find this function"),
];

actions! {
    /// Actions that change the filters or the granularity.
    Filter {
        /// Opens the filter prompt.
        Open = "filter",
        /// Excludes the stacks with the selected function.
        Exclude,
        /// Switches to the next granularity.
        Granularity = "next-granularity",
        /// Shows or hides inlined calls.
        Inlines = "toggle-inlines",
        /// Folds or unfolds recursion.
        Recursion = "fold-recursion",
        /// Reverses stacks that are upside down.
        Flip = "flip-stacks",
    }
}

/// Keys of the filters.
pub const FILTER: &[CommandRow<Filter>] = &[
    row(&["&"], Filter::Open, "filter: paths, labels"),
    row(&["X"], Filter::Exclude, "exclude this function"),
    row(&["v"], Filter::Granularity, "by file, line, package"),
    row(&["I"], Filter::Inlines, "toggle inlined calls"),
    row(&["r"], Filter::Recursion, "toggle recursion folding"),
    footer_row(&["F"], Filter::Flip, "flip inverted stacks", "flip"),
];

actions! {
    /// Actions that change the sample type or the view.
    Show {
        /// Switches to the next sample type.
        NextType = "next-sample-type",
        /// Switches to the previous sample type.
        PreviousType = "previous-sample-type",
        /// Switches to in-use memory.
        InUse,
        /// Switches to allocated memory.
        Allocated,
        /// Switches between objects and bytes.
        Measure = "toggle-measure",
        /// Opens the full details.
        Details,
        /// Opens the list of health findings.
        Health,
        /// Opens the memory of the whole process.
        Memory,
        /// Opens callers and callees of the selected function.
        Callers,
        /// Opens the source of the selected function.
        Source,
        /// Opens the labels.
        Labels,
        /// Folds or unfolds chains of functions that only call the next one.
        Chains = "fold-chains",
        /// Switches between short and full names.
        Names = "toggle-names",
        /// Switches to the next meaning of the fill colours.
        Fills = "next-fills",
        /// Switches between reading the sample type as a level, a counter or a change.
        Role = "next-role",
    }
}

/// Keys for sample types and views.
pub const SHOW: &[CommandRow<Show>] = &[
    footer_row(&["t"], Show::NextType, "next sample type", "type"),
    row(&["T"], Show::PreviousType, "previous sample type"),
    row(&["i"], Show::InUse, "in-use memory"),
    row(&["a"], Show::Allocated, "allocated memory"),
    row(&["o"], Show::Measure, "objects or bytes"),
    footer_row(&["D"], Show::Details, "full details, advice", "details"),
    row(&["H"], Show::Health, "health: warnings"),
    footer_row(&["7"], Show::Memory, "account: RSS, limit, OOM", "memory"),
    footer_row(&["f"], Show::Callers, "callers and callees of it", "callers"),
    row(&["O"], Show::Source, "source, line by line"),
    row(&["L"], Show::Labels, "labels and their values"),
    row(&["J"], Show::Chains, "fold or unfold chains"),
    row(&["p"], Show::Names, "short or full names"),
    row(&["c"], Show::Fills, "colour by package, self"),
    row(&["V"], Show::Role, "as level, counter, change"),
];

actions! {
    /// Actions of a comparison.
    Diff {
        /// Turns the comparison on or off.
        Toggle = "diff",
        /// Turns the comparison on.
        On = "view-diff",
        /// Switches to the next meaning of the widths.
        Width = "next-width",
        /// Turns scaling of both totals to the same value on or off.
        Normalize,
        /// Switches the colours of changes between absolute size and size relative to the frame's base value.
        Scale = "change-scale",
        /// Selects the next smaller change.
        Next = "next-change",
        /// Selects the next larger change.
        Previous = "previous-change",
        /// Swaps A and B.
        Swap = "swap-windows",
        /// Opens the fewest call sites that explain the change.
        Explain,
    }
}

/// Keys of a comparison.
pub const DIFF: &[CommandRow<Diff>] = &[
    footer_row(&["."], Diff::Next, "next change by size", "change"),
    footer_row(&[","], Diff::Previous, "previous change by size", "change"),
    footer_row(&["w"], Diff::Width, "widths: A|B, B, A, change", "width"),
    footer_row(&["d"], Diff::Toggle, "toggle the comparison", "diff"),
    footer_row(&["e"], Diff::Explain, "sites that explain it", "explain"),
    row(&["3"], Diff::On, "what changed"),
    row(&["z"], Diff::Normalize, "normalize the totals"),
    row(&["%"], Diff::Scale, "colours: absolute, of A"),
    row(&["x"], Diff::Swap, "swap A and B"),
];

actions! {
    /// Actions that move or resize the window.
    Windows {
        /// Moves the window one snapshot back.
        Back = "window-back",
        /// Moves the window one snapshot forward.
        Forward = "window-forward",
        /// Shortens the window.
        Shrink = "shrink-window",
        /// Lengthens the window.
        Grow = "grow-window",
        /// Marks the window as A.
        Mark = "mark-window",
    }
}

/// Keys of the window.
pub const WINDOWS: &[CommandRow<Windows>] = &[
    footer_row(&["["], Windows::Back, "window back", "window"),
    footer_row(&["]"], Windows::Forward, "window forward", "window"),
    row(&["{"], Windows::Shrink, "shorten the window"),
    row(&["}"], Windows::Grow, "lengthen the window"),
    row(&["m"], Windows::Mark, "mark this window as A"),
];

actions! {
    /// Actions that show both windows of a comparison.
    Sides {
        /// Shows both windows side by side.
        Both = "view-sides",
        /// Switches between one scale for both windows and one scale for each.
        Scale = "sides-scale",
        /// Shows one window in place of the other.
        Blink,
    }
}

/// Keys that show both windows.
pub const SIDES: &[CommandRow<Sides>] = &[
    row(&["4"], Sides::Both, "A and B side by side"),
    footer_row(&["="], Sides::Scale, "common or own scale", "scale"),
    footer_row(&["b"], Sides::Blink, "switch between A and B", "A/B"),
];

actions! {
    /// Actions that copy or export.
    CopyExport {
        /// Copies the name of the function.
        Name = "copy-name",
        /// Copies the call path.
        Path = "copy-path",
        /// Shows and copies the command line for the current view.
        CommandLine,
        /// Exports the current view to a file.
        File = "write",
    }
}

/// Keys that copy or export.
pub const COPY_EXPORT: &[CommandRow<CopyExport>] = &[
    row(&["y"], CopyExport::Name, "copy the function's name"),
    row(&["Y"], CopyExport::Path, "copy the call path"),
    row(&["C"], CopyExport::CommandLine, "show its command line"),
    row(&["W"], CopyExport::File, "export to a file"),
];

actions! {
    /// Actions of the tour.
    Tour {
        /// Skips to the next step.
        Skip = "skip-step",
    }
}

/// Keys of the tour.
pub const TOUR: &[CommandRow<Tour>] = &[row(&["Space"], Tour::Skip, "page down; tour: next")];

actions! {
    /// Actions of the program.
    Program {
        /// Focuses the next pane.
        NextPane,
        /// Focuses the previous pane.
        PreviousPane,
        /// Moves the border to the left: a larger table.
        SplitLeft,
        /// Moves the border to the right: a larger icicle.
        SplitRight,
        /// Shows icicle and table.
        Icicle = "view-icicle",
        /// Switches between the call tree and the bottom-up icicle, which starts with the allocating functions.
        BottomUp = "view-bottom-up",
        /// Shows callers and callees.
        Sandwich = "view-callers",
        /// Shows the trends over the snapshots.
        Trend = "view-trend",
        /// Shows the instances side by side.
        Instances = "view-instances",
        /// Reads the sources again.
        Reload,
        /// Undoes one step: closes, cancels or zooms out.
        Back,
        /// Repaints the screen.
        Redraw,
        /// Suspends the program.
        Suspend,
        /// Quits as if interrupted.
        Interrupt,
        /// Quits.
        Quit,
        /// Opens the help.
        Help,
        /// Opens the command palette.
        Commands,
    }
}

/// Keys of the program.
pub const PROGRAM: &[CommandRow<Program>] = &[
    footer_row(&["Tab"], Program::NextPane, "focus the next pane", "pane"),
    row(&["Shift-Tab"], Program::PreviousPane, "focus the previous pane"),
    row(&["<"], Program::SplitLeft, "a larger table"),
    row(&[">"], Program::SplitRight, "a larger icicle"),
    row(&["1"], Program::Icicle, "icicle and table"),
    row(&["2"], Program::Sandwich, "callers and callees"),
    footer_row(&["8"], Program::BottomUp, "bottom-up, and back", "bottom-up"),
    row(&["5"], Program::Trend, "trends over the snapshots"),
    row(&["6"], Program::Instances, "pods, instances, outliers"),
    row(&["R"], Program::Reload, "reload the sources"),
    footer_row(&["Esc"], Program::Back, "back: popup, find, zoom", "back"),
    row(&["Ctrl-L"], Program::Redraw, "repaint the screen"),
    row(&["Ctrl-Z"], Program::Suspend, "suspend"),
    row(&["Ctrl-C"], Program::Interrupt, "quit"),
    footer_row(&["q"], Program::Quit, "quit", "quit"),
    footer_row(&["?", "F1"], Program::Help, "this help", "help"),
    footer_row(&[":"], Program::Commands, "command palette", "command"),
];
