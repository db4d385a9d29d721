//! Layout of the trend view: table, plot, and the columns of the table.

use crate::layout::fit::{PlacedColumn, choose, place};
use crate::layout::panes::Area;

/// Rows below which a plot would take space that the table needs.
const LOW: u16 = 11;
/// Minimum and maximum number of rows of a plot with its axes.
const PLOT: (u16, u16) = (5, 22);

/// Areas of the trend view; an area without cells is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrendAreas {
    /// Table of functions with its head.
    pub table: Area,
    /// Rule with the name of the plotted function.
    pub rule: Area,
    /// Plot with its axes.
    pub plot: Area,
}

/// Splits the area for a table of `rows` functions: two fifths for the plot, plus the rows that the table cannot fill.
pub fn split(area: Area, rows: usize) -> TrendAreas {
    if area.height < LOW {
        return TrendAreas { table: area, ..TrendAreas::default() };
    }
    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(1);
    let least = (area.height * 2 / 5).clamp(PLOT.0, PLOT.1);
    let table = wanted.clamp(2, area.height - 1 - least);
    let plot = (area.height - 1 - table).min(PLOT.1);
    // The plot is at the bottom, so that it does not move while the table is narrowed.
    let rule = area.height - 1 - plot;
    TrendAreas {
        table: Area { height: rule, ..area },
        rule: Area { y: area.y + rule, height: 1, ..area },
        plot: Area { y: area.y + rule + 1, height: plot, ..area },
    }
}

/// Column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrendColumn {
    /// Function.
    Name,
    /// Line over the snapshots.
    Line,
    /// Value in the first snapshot.
    First,
    /// Value in the last snapshot.
    Last,
    /// Slope.
    Slope,
    /// Kendall's tau.
    Tau,
    /// Shape of the line, in a word.
    Shape,
    /// Evidence for the trend.
    Evidence,
}

/// Cells of the selection mark and the suspect mark before the first column.
const MARKS: usize = 4;
/// Width of a name in cells: minimum, limit before lines and evidence are widened, and maximum.
const NAME_WIDTHS: (usize, usize, usize) = (20, 28, 46);
/// Width of a line in cells: minimum, limit before other columns are chosen, and maximum.
const LINE: (usize, usize, usize) = (8, 18, 44);
/// Minimum width of the evidence in cells.
const EVIDENCE: usize = 38;

/// Columns that fit `width`, from left to right, for a series of `snapshots`.
pub fn columns(width: usize, snapshots: usize) -> Vec<PlacedColumn<TrendColumn>> {
    use TrendColumn::{Evidence, First, Last, Line, Name, Shape, Slope, Tau};
    let line = snapshots.clamp(LINE.0, LINE.1);
    let cells = |column| {
        1 + match column {
            Line => line,
            First | Last => 6,
            Tau => 5,
            Slope => 8,
            // `cause 96.3%`.
            Shape => 11,
            Evidence => EVIDENCE,
            Name => 0,
        }
    };
    let by_priority = [Slope, Last, Line, Shape, First, Tau, Evidence];
    let (chosen, mut room) = choose(width.saturating_sub(MARKS + NAME_WIDTHS.0), by_priority, cells);
    let mut grow = |cells: &mut usize, most: usize| {
        let more = most.saturating_sub(*cells).min(room);
        *cells += more;
        room -= more;
    };
    let (mut name, mut line) = (NAME_WIDTHS.0.min(width.saturating_sub(MARKS)), line);
    grow(&mut name, NAME_WIDTHS.1);
    if chosen.contains(&Line) {
        grow(&mut line, snapshots.min(LINE.2));
    }
    grow(&mut name, if chosen.is_empty() { width } else { NAME_WIDTHS.2 });
    let left_to_right = [Name, Line, First, Last, Slope, Tau, Shape, Evidence];
    let columns = left_to_right.into_iter().filter(|column| *column == Name || chosen.contains(column));
    place(MARKS, width, columns, |column| match column {
        Name => name + 1,
        Line => line + 1,
        Evidence => cells(Evidence) + room,
        _ => cells(column),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fit::assert_side_by_side;

    fn names(width: usize) -> Vec<TrendColumn> {
        columns(width, 14).into_iter().map(|(column, _)| column).collect()
    }

    #[test]
    fn every_cause_fits_its_column() {
        let placed = columns(120, 14);
        let shape = placed.iter().find(|(column, _)| *column == TrendColumn::Shape);
        assert_eq!(shape.map(|(_, cells)| cells.len()), Some("cause 96.3%".len()));
    }

    #[test]
    fn room_brings_columns() {
        assert_eq!(names(30), [TrendColumn::Name]);
        assert_eq!(names(40), [TrendColumn::Name, TrendColumn::Last, TrendColumn::Slope]);
        let at_80 = [
            TrendColumn::Name,
            TrendColumn::Line,
            TrendColumn::First,
            TrendColumn::Last,
            TrendColumn::Slope,
            TrendColumn::Tau,
            TrendColumn::Shape,
        ];
        assert_eq!(names(80), at_80);
        assert!(names(120).contains(&TrendColumn::Evidence));
    }

    #[test]
    fn columns_stand_side_by_side_within_the_width() {
        for width in 0..260 {
            for snapshots in [2, 14, 1000] {
                assert_side_by_side(&columns(width, snapshots), width);
            }
        }
    }

    #[test]
    fn the_parts_cover_the_area() {
        for height in 0..90 {
            for rows in [0, 1, 5, 500] {
                let area = Area { x: 0, y: 2, width: 80, height };
                let parts = split(area, rows);
                let all = parts.table.height + parts.rule.height + parts.plot.height;
                assert_eq!(all, height, "{rows} rows in {height}");
                assert!(parts.plot.height == 0 || parts.plot.y + parts.plot.height == area.y + height);
            }
        }
    }
}
