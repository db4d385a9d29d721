//! Columns of a table by priority: choice of the columns that fit a width, and the cells of each.

use std::ops::Range;

/// Column with its cells, without the blank after it.
pub type PlacedColumn<C> = (C, Range<usize>);

/// Chooses columns in the order of their priority, up to the first that does not fit.
///
/// `cells` is the width of a column with the blank after it. Returns the columns and the cells that remain of `room`.
pub fn choose<C: Copy>(
    mut room: usize,
    by_priority: impl IntoIterator<Item = C>,
    cells: impl Fn(C) -> usize,
) -> (Vec<C>, usize) {
    let mut chosen = Vec::new();
    for column in by_priority {
        let Some(rest) = room.checked_sub(cells(column)) else { break };
        room = rest;
        chosen.push(column);
    }
    (chosen, room)
}

/// Places columns side by side from cell `start` on, cut at `width`. `cells` includes the blank after a column.
pub fn place<C: Copy>(
    start: usize,
    width: usize,
    columns: impl IntoIterator<Item = C>,
    cells: impl Fn(C) -> usize,
) -> Vec<PlacedColumn<C>> {
    let mut x = start.min(width);
    let mut placed = Vec::new();
    for column in columns {
        let end = (x + cells(column)).saturating_sub(1).min(width);
        placed.push((column, x.min(end)..end));
        x = (x + cells(column)).min(width);
    }
    placed
}

/// Adds a last column that takes the rest of `width`, with one more blank between its text and the figure before it.
pub fn fill<C>(mut placed: Vec<PlacedColumn<C>>, start: usize, width: usize, column: C) -> Vec<PlacedColumn<C>> {
    let x = placed.last().map_or(start, |(_, cells)| cells.end + 2);
    placed.push((column, x.min(width)..width));
    placed
}

/// Asserts that columns stand side by side within `width`.
#[cfg(test)]
pub fn assert_side_by_side<C: std::fmt::Debug>(placed: &[PlacedColumn<C>], width: usize) {
    let mut end = 0;
    for (column, cells) in placed {
        let is_in_place = end <= cells.start && cells.start <= cells.end && cells.end <= width;
        assert!(is_in_place, "{column:?} at {cells:?} of {width}");
        end = cells.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_without_room_ends_the_choice() {
        let cells = |column: usize| column;
        assert_eq!(choose(10, [4, 3, 9, 1], cells), (vec![4, 3], 3));
        assert_eq!(choose(3, [4, 3], cells), (vec![], 3));
    }

    #[test]
    fn columns_are_cut_at_the_width() {
        for width in 0..20 {
            let placed = place(2, width, [5, 4, 7], |column| column);
            assert_side_by_side(&fill(placed, 2, width, 0), width);
        }
        assert_eq!(fill(place(2, 20, [5, 4], |column| column), 2, 20, 0), [(5, 2..6), (4, 7..10), (0, 12..20)]);
        assert_eq!(fill(Vec::new(), 2, 20, 0), [(0, 2..20)]);
    }
}
