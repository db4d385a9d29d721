//! Where the parts of the trend stand: its table over its plot, and the columns of the table.

use std::ops::Range;

use crate::layout::panes::Area;

/// Rows below which a plot would take what the table needs.
const LOW: u16 = 11;
/// Rows of a plot with its axes, at the least and at the most.
const PLOT: (u16, u16) = (5, 22);

/// The parts of the trend; an area without cells is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrendAreas {
    /// The table of functions, its head first.
    pub table: Area,
    /// The rule that names what is plotted.
    pub rule: Area,
    /// The plot with its axes.
    pub plot: Area,
}

/// Parts for a table of `rows` functions: the plot has two fifths, and what the table cannot fill.
pub fn split(area: Area, rows: usize) -> TrendAreas {
    if area.height < LOW {
        return TrendAreas { table: area, ..TrendAreas::default() };
    }
    let wanted = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(1);
    let least = (area.height * 2 / 5).clamp(PLOT.0, PLOT.1);
    let table = wanted.clamp(2, area.height - 1 - least);
    let plot = (area.height - 1 - table).min(PLOT.1);
    // The plot stands at the foot, so that it stays where it is while the table is narrowed.
    let rule = area.height - 1 - plot;
    TrendAreas {
        table: Area { height: rule, ..area },
        rule: Area { y: area.y + rule, height: 1, ..area },
        plot: Area { y: area.y + rule + 1, height: plot, ..area },
    }
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrendColumn {
    /// The function.
    Name,
    /// Its line over the snapshots.
    Line,
    /// What it held in the first.
    First,
    /// What it held in the last.
    Last,
    /// How fast it grew.
    Slope,
    /// How monotone that was.
    Tau,
    /// What it looks like, in a word.
    Shape,
    /// What speaks for it.
    Evidence,
}

/// The mark of the selected row and that of a suspect stand before the first column.
pub const MARKS: usize = 4;
/// Cells that a name should have before another column is worth its room; and those that it gets before a longer line
/// or evidence does, and at most.
const NAME: (usize, usize, usize) = (20, 28, 46);
/// Cells of a line at the least, before other columns, and at most.
const LINE: (usize, usize, usize) = (8, 18, 44);
/// Cells of evidence below which it would be cut in most rows.
const EVIDENCE: usize = 38;

/// The columns that fit, each with its cells, from left to right, for so many snapshots.
pub fn columns(width: usize, snapshots: usize) -> Vec<(TrendColumn, Range<usize>)> {
    let mut line = snapshots.clamp(LINE.0, LINE.1);
    let mut left = width.saturating_sub(MARKS + NAME.0);
    let mut fitting = Vec::new();
    for column in [
        TrendColumn::Slope,
        TrendColumn::Last,
        TrendColumn::Line,
        TrendColumn::Shape,
        TrendColumn::First,
        TrendColumn::Tau,
        TrendColumn::Evidence,
    ] {
        match left.checked_sub(cells(column, line) + 1) {
            Some(rest) => left = rest,
            None => break,
        }
        fitting.push(column);
    }
    let mut name = NAME.0.min(width.saturating_sub(MARKS));
    grow(&mut name, NAME.1, &mut left);
    if fitting.contains(&TrendColumn::Line) {
        grow(&mut line, snapshots.min(LINE.2), &mut left);
    }
    grow(&mut name, NAME.2, &mut left);
    if fitting.is_empty() {
        grow(&mut name, width, &mut left);
    }
    let in_place = [
        TrendColumn::Line,
        TrendColumn::First,
        TrendColumn::Last,
        TrendColumn::Slope,
        TrendColumn::Tau,
        TrendColumn::Shape,
        TrendColumn::Evidence,
    ];
    let mut x = MARKS.min(width);
    let mut placed = vec![(TrendColumn::Name, x..x + name)];
    x += name + 1;
    for column in in_place.into_iter().filter(|column| fitting.contains(column)) {
        let cells = if column == TrendColumn::Evidence { EVIDENCE + left } else { cells(column, line) };
        placed.push((column, x..x + cells));
        x += cells + 1;
    }
    placed
}

fn grow(cells: &mut usize, most: usize, left: &mut usize) {
    let more = most.saturating_sub(*cells).min(*left);
    *cells += more;
    *left -= more;
}

fn cells(column: TrendColumn, line: usize) -> usize {
    match column {
        TrendColumn::Line => line,
        TrendColumn::First | TrendColumn::Last => 6,
        TrendColumn::Tau => 5,
        TrendColumn::Slope | TrendColumn::Shape => 8,
        TrendColumn::Evidence => EVIDENCE,
        TrendColumn::Name => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(width: usize) -> Vec<TrendColumn> {
        columns(width, 14).into_iter().map(|(column, _)| column).collect()
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
                let mut end = 0;
                for (column, range) in columns(width, snapshots) {
                    assert!(end <= range.start && range.end <= width, "{column:?} at {width}: {range:?}");
                    end = range.end;
                }
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
