//! Areas of the panes at a screen size.
//!
//! ```text
//! 120 columns and more       fewer, 24 rows and more      fewer rows
//! header                     header                       header
//! crumbs                     crumbs                       crumbs
//! icicle    ║ table          icicle                       icicle or table
//!           ║                table
//! ── status ────────         ── status ────────           ── status ────────
//! details                    details                      details
//! footer                     footer                       footer
//! ```
//!
//! Status, details and footer never move at a given size.

/// Columns from which the panes are side by side.
const WIDE: u16 = 120;
/// Rows from which both panes fit above each other.
const TALL: u16 = 24;
/// Rows below which a timeline would take space that the icicle needs.
const LOW: u16 = 20;
/// Minimum columns and rows of a screen; a smaller one shows only a line with this size.
pub const MIN_SCREEN: (u16, u16) = (40, 10);
/// Minimum number of rows of a table: its head and three functions.
const TABLE_ROWS: u16 = 4;
/// Minimum number of rows of an icicle.
const ICICLE_ROWS: u16 = 3;
/// Minimum number of rows of each of two stacked icicles: head and six levels. With fewer, only one icicle is shown.
const SIDE_ROWS: u16 = 7;

/// Rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Number of columns.
    pub width: u16,
    /// Number of rows.
    pub height: u16,
}

impl Area {
    /// Splits off the first `height` rows; returns them and the rest.
    fn split_top(self, height: u16) -> (Self, Self) {
        let height = height.min(self.height);
        (Self { height, ..self }, Self { y: self.y + height, height: self.height - height, ..self })
    }

    /// Splits off the last `height` rows; returns the rest and them.
    fn split_bottom(self, height: u16) -> (Self, Self) {
        self.split_top(self.height.saturating_sub(height))
    }
}

/// Pane that can be focused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pane {
    /// Icicle.
    #[default]
    Icicle,
    /// Table of functions.
    Table,
}

/// Shift of the border between icicle and table, in steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split(i8);

impl Split {
    /// Maximum number of steps to either side.
    const MAX_STEPS: i8 = 5;

    /// Border one step further to the right or down: a larger icicle.
    #[must_use]
    pub fn grown(self) -> Self {
        Self((self.0 + 1).min(Self::MAX_STEPS))
    }

    /// Border one step further to the left or up: a larger table.
    #[must_use]
    pub fn shrunk(self) -> Self {
        Self((self.0 - 1).max(-Self::MAX_STEPS))
    }
}

/// View in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ActiveView {
    /// Icicle and table.
    #[default]
    Icicle,
    /// Trends over the snapshots.
    Trend,
    /// Callers and callees of one function.
    Sandwich,
    /// Source of one function.
    Source,
    /// Labels and their values.
    Labels,
    /// Instances side by side.
    Instances,
}

/// Inputs for the areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaneRequest {
    /// Columns of the screen.
    pub width: u16,
    /// Rows of the screen.
    pub height: u16,
    /// Pane that is shown if only one fits.
    pub front: Pane,
    /// Rows that the icicle can fill with one row for each level.
    pub icicle_rows: usize,
    /// Rows that the icicle can fill with two rows for each level.
    pub tall_icicle_rows: usize,
    /// Rows that the table can fill.
    pub table_rows: usize,
    /// Rows of the timeline.
    pub timeline_rows: u16,
    /// Wanted rows of the header; a low screen gives only one.
    pub header_rows: u16,
    /// Rows of the tour below the header; 0 without one.
    pub strip_rows: u16,
    /// Content of the middle.
    pub body: Body,
    /// Border between icicle and table.
    pub split: Split,
}

/// Content of the middle of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// Icicle and table.
    #[default]
    Single,
    /// Two icicles, one of them focused.
    Sides {
        /// 0 or 1.
        focused: usize,
    },
}

/// Areas of the screen; an area without cells is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Panes {
    /// File, sample type, total.
    pub header: Area,
    /// Strip of the tour.
    pub strip: Area,
    /// Path to the selection.
    pub crumbs: Area,
    /// Filter chips.
    pub chips: Area,
    /// Icicle.
    pub icicle: Area,
    /// Column between icicle and table.
    pub divider: Area,
    /// Table of functions.
    pub table: Area,
    /// Two icicles, each below a row with its name.
    pub sides: [Area; 2],
    /// Timeline of a series, if it fits.
    pub timeline: Area,
    /// Another view, in place of icicle and table.
    pub front: Area,
    /// Rule with the status.
    pub status: Area,
    /// Details of the selection.
    pub details: Area,
    /// Hints.
    pub footer: Area,
}

impl Panes {
    /// Everything between header and footer, for popups.
    pub fn middle(&self) -> Area {
        Area { y: self.crumbs.y, height: self.footer.y.saturating_sub(self.crumbs.y), ..self.header }
    }
}

impl Panes {
    /// Adds a row of chips, taken from the first row of the views.
    #[must_use]
    pub fn with_chips(self) -> Self {
        let y = self.crumbs.y + self.crumbs.height;
        if self.status.y <= y + 1 {
            return self;
        }
        let below = |area: Area| if area.y == y && area.height > 0 { area.split_top(1).1 } else { area };
        let sides = self.sides.map(below);
        // The focused icicle is below the row with the name of its side.
        let own = self.sides.iter().position(|side| side.height > 0 && self.icicle == side.split_top(1).1);
        Self {
            chips: Area { y, height: 1, ..self.header },
            icicle: own.map_or_else(|| below(self.icicle), |side| sides[side].split_top(1).1),
            divider: below(self.divider),
            table: below(self.table),
            front: below(self.front),
            sides,
            ..self
        }
    }

    /// Replaces icicle and table by another view.
    #[must_use]
    pub fn with_front(self) -> Self {
        let y = self.crumbs.y + self.crumbs.height;
        let front = Area { y, height: self.status.y.saturating_sub(y), ..self.header };
        let none = Area::default();
        Self { icicle: none, divider: none, table: none, timeline: none, sides: [none; 2], front, ..self }
    }
}

/// Returns true if only a message fits.
pub fn is_too_small(width: u16, height: u16) -> bool {
    width < MIN_SCREEN.0 || height < MIN_SCREEN.1
}

/// Number of columns of the icicle. They are needed before the rows, which depend on the slots.
pub fn icicle_width(width: u16, split: Split) -> u16 {
    if width < WIDE { width } else { width - table_width(width, split) - 1 }
}

/// Maximum number of rows of the icicle, for any content.
pub fn icicle_room((width, height): (u16, u16), [header_rows, strip_rows, timeline_rows]: [u16; 3]) -> u16 {
    let all = PaneRequest {
        width,
        height,
        front: Pane::Icicle,
        icicle_rows: usize::MAX,
        tall_icicle_rows: usize::MAX,
        table_rows: usize::MAX,
        timeline_rows,
        header_rows,
        strip_rows,
        body: Body::Single,
        split: Split::default(),
    };
    place(&all).icicle.height
}

/// Computes the areas.
pub fn place(request: &PaneRequest) -> Panes {
    let screen = Area { x: 0, y: 0, width: request.width, height: request.height };
    if is_too_small(request.width, request.height) {
        return Panes::default();
    }
    let (header, below) = screen.split_top(if request.height < TALL { 1 } else { request.header_rows.max(1) });
    let (strip, below) = below.split_top(request.strip_rows);
    let (crumbs, below) = below.split_top(1);
    let (above, footer) = below.split_bottom(1);
    let (above, details) = above.split_bottom(details_rows(request.height));
    let (above, status) = above.split_bottom(1);
    let rows = match request.height {
        0..LOW => 0,
        LOW..TALL => request.timeline_rows.min(1),
        _ => request.timeline_rows,
    };
    let (body, timeline) = above.split_bottom(rows);
    let chrome = Panes { header, strip, crumbs, timeline, status, details, footer, ..Panes::default() };
    if let Body::Sides { focused } = request.body {
        both(chrome, body, focused)
    } else if request.width >= WIDE {
        side_by_side(chrome, body, request.split)
    } else if request.height >= TALL {
        stacked(chrome, body, request)
    } else if request.front == Pane::Icicle {
        Panes { icicle: body, ..chrome }
    } else {
        Panes { table: body, ..chrome }
    }
}

/// Places two icicles: side by side on a wide screen, stacked on a high one, else only the focused one.
fn both(chrome: Panes, body: Area, focused: usize) -> Panes {
    let mut panes = chrome;
    if body.width >= WIDE {
        let width = (body.width - 1) / 2;
        panes.divider = Area { x: width, width: 1, ..body };
        panes.sides = [Area { width, ..body }, Area { x: width + 1, width: body.width - width - 1, ..body }];
    } else if body.height >= 2 * SIDE_ROWS {
        let (upper, lower) = body.split_top(body.height / 2);
        panes.sides = [upper, lower];
    } else {
        panes.sides[focused.min(1)] = body;
    }
    panes.icicle = panes.sides[focused.min(1)].split_top(1).1;
    panes
}

fn side_by_side(chrome: Panes, body: Area, split: Split) -> Panes {
    let width = icicle_width(body.width, split);
    let icicle = Area { width, ..body };
    let divider = Area { x: width, width: 1, ..body };
    let table = Area { x: width + 1, width: body.width - width - 1, ..body };
    Panes { icicle, divider, table, ..chrome }
}

/// Gives the icicle the rows that it can fill, up to three fifths, and the rest to the table. If the table would leave
/// enough rows blank, each level of the icicle gets two rows.
fn stacked(chrome: Panes, body: Area, request: &PaneRequest) -> Panes {
    let most = (body.height * 3 / 5).max(ICICLE_ROWS).min(body.height.saturating_sub(TABLE_ROWS));
    let cells = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX);
    let wanted = cells(request.icicle_rows).clamp(ICICLE_ROWS.min(most), most);
    let tall = cells(request.tall_icicle_rows);
    let is_roomy = tall > wanted && tall <= body.height.saturating_sub(cells(request.table_rows).max(TABLE_ROWS));
    let wanted = if is_roomy { tall } else { wanted };
    let room = body.height.saturating_sub(TABLE_ROWS).max(ICICLE_ROWS.min(most));
    let rows = wanted.saturating_add_signed(i16::from(request.split.0)).clamp(ICICLE_ROWS.min(most), room);
    let (icicle, table) = body.split_top(rows);
    Panes { icicle, table, ..chrome }
}

/// Width of the table: two fifths of the screen, at most the width of all its columns, moved by `split`.
fn table_width(width: u16, split: Split) -> u16 {
    let usual = (width * 2 / 5).min(110);
    let moved = usual.saturating_add_signed(-i16::from(split.0) * i16::try_from(width / STEP).unwrap_or(0));
    moved.max(LEAST_TABLE.min(usual))
}

/// Minimum width of a table in cells: a name and a figure.
const LEAST_TABLE: u16 = 36;

/// Fraction of the screen's columns that one step of the border moves: one twentieth.
const STEP: u16 = 20;

fn details_rows(height: u16) -> u16 {
    match height {
        0..14 => 1,
        14..30 => 2,
        30..40 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: u16, height: u16) -> Panes {
        place(&PaneRequest {
            width,
            height,
            front: Pane::Icicle,
            icicle_rows: 9,
            tall_icicle_rows: 18,
            table_rows: 99,
            timeline_rows: 0,
            header_rows: 1,
            strip_rows: 0,
            body: Body::Single,
            split: Split::default(),
        })
    }

    #[test]
    fn wide_screens_have_both_panes_side_by_side() {
        let panes = at(160, 45);
        assert_eq!((panes.icicle.width, panes.divider.x, panes.table.width), (95, 95, 64));
        assert_eq!(panes.icicle.height, panes.table.height);
        assert_eq!(panes.details, Area { x: 0, y: 40, width: 160, height: 4 });
    }

    #[test]
    fn narrow_screens_have_the_table_below_with_the_rows_to_spare() {
        let panes = at(80, 24);
        assert_eq!((panes.icicle.height, panes.table.y, panes.table.height), (9, 11, 9));
        let deep = place(&PaneRequest {
            width: 80,
            height: 24,
            front: Pane::Icicle,
            icicle_rows: 999,
            tall_icicle_rows: 999,
            table_rows: 99,
            timeline_rows: 0,
            header_rows: 1,
            strip_rows: 0,
            body: Body::Single,
            split: Split::default(),
        });
        assert_eq!((deep.icicle.height, deep.table.height), (10, 8));
    }

    #[test]
    fn rows_that_the_table_leaves_blank_make_the_levels_taller() {
        let request = |table_rows| PaneRequest {
            width: 80,
            height: 24,
            front: Pane::Icicle,
            icicle_rows: 5,
            tall_icicle_rows: 10,
            table_rows,
            timeline_rows: 0,
            header_rows: 1,
            strip_rows: 0,
            body: Body::Single,
            split: Split::default(),
        };
        let heights = |table_rows| {
            let panes = place(&request(table_rows));
            (panes.icicle.height, panes.table.height)
        };
        assert_eq!([heights(8), heights(9), heights(99)], [(10, 8), (5, 13), (5, 13)]);
    }

    #[test]
    fn low_screens_have_one_pane() {
        let panes = at(80, 23);
        assert_eq!((panes.icicle.height, panes.table.height), (17, 0));
        let table = place(&PaneRequest {
            width: 80,
            height: 23,
            front: Pane::Table,
            icicle_rows: 9,
            tall_icicle_rows: 18,
            table_rows: 99,
            timeline_rows: 0,
            header_rows: 1,
            strip_rows: 0,
            body: Body::Single,
            split: Split::default(),
        });
        assert_eq!((table.icicle.height, table.table.height), (0, 17));
    }

    #[test]
    fn status_details_and_footer_do_not_move_with_what_is_shown() {
        for (width, height) in [(40, 10), (80, 24), (160, 45)] {
            let places = [0, 5, 500].map(|icicle_rows| {
                let panes = place(&PaneRequest {
                    width,
                    height,
                    front: Pane::Table,
                    icicle_rows,
                    tall_icicle_rows: 2 * icicle_rows,
                    table_rows: icicle_rows,
                    timeline_rows: 0,
                    header_rows: 1,
                    strip_rows: 0,
                    body: Body::Single,
                    split: Split::default(),
                });
                (panes.status, panes.details, panes.footer)
            });
            assert!(places.iter().all(|place| *place == places[0]));
        }
    }

    #[test]
    fn another_view_replaces_icicle_and_table() {
        for (width, height) in [(0, 0), (40, 10), (80, 24), (160, 45)] {
            let (before, after) = (at(width, height), at(width, height).with_front());
            assert_eq!((after.status, after.details, after.footer), (before.status, before.details, before.footer));
            let cells = |area: Area| u32::from(area.width) * u32::from(area.height);
            let stood = [before.icicle, before.divider, before.table].map(cells).iter().sum::<u32>();
            assert_eq!(cells(after.front), stood, "{width}x{height}");
        }
    }

    #[test]
    fn every_size_is_covered_once() {
        for width in 0..260 {
            for height in 0..80 {
                let rows = width % 3;
                let body = if height % 2 == 0 { Body::Single } else { Body::Sides { focused: usize::from(width) % 2 } };
                let (front, icicle_rows, header_rows) = (Pane::Icicle, 9, 1 + height % 2);
                let strip_rows = (height % 3).min(2);
                let request = PaneRequest {
                    width,
                    height,
                    front,
                    icicle_rows,
                    tall_icicle_rows: 18,
                    table_rows: usize::from(height / 2),
                    timeline_rows: rows,
                    header_rows,
                    strip_rows,
                    body,
                    split: Split::default(),
                };
                let panes = place(&request);
                let panes = if width % 5 == 0 { panes.with_chips() } else { panes };
                let icicle = if body == Body::Single { panes.icicle } else { Area::default() };
                let areas = [
                    panes.header,
                    panes.strip,
                    panes.crumbs,
                    panes.chips,
                    icicle,
                    panes.sides[0],
                    panes.sides[1],
                    panes.divider,
                    panes.table,
                    panes.timeline,
                    panes.status,
                    panes.details,
                    panes.footer,
                ];
                let cells: u32 = areas.iter().map(|area| u32::from(area.width) * u32::from(area.height)).sum();
                let all = u32::from(width) * u32::from(height);
                assert_eq!(cells, if is_too_small(width, height) { 0 } else { all }, "{width}x{height}");
            }
        }
    }
}
