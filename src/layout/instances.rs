//! Layout of the instances view: the instances above, their functions below, and the columns of both tables.

use crate::layout::fit::{PlacedColumn, choose, place};
use crate::layout::panes::Area;

/// Rows below which only the list with the keys is shown.
const LOW: u16 = 9;
/// Minimum number of rows of the table of instances, including its head.
const MIN_TABLE_ROWS: u16 = 4;

/// Areas of the instances view; an area without cells is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstanceAreas {
    /// Table of instances with its head.
    pub instances: Area,
    /// Rule above the functions.
    pub rule: Area,
    /// Table of functions with its head.
    pub functions: Area,
}

/// List with the keyboard focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstanceList {
    /// Instances.
    #[default]
    Instances,
    /// Functions.
    Functions,
}

/// Splits the area: the instances get the rows that they need, at most half and what the functions leave, and the
/// functions the rest.
pub fn split(area: Area, instances: usize, functions: usize, list: InstanceList) -> InstanceAreas {
    if area.height < LOW {
        return match list {
            InstanceList::Instances => InstanceAreas { instances: area, ..InstanceAreas::default() },
            InstanceList::Functions => InstanceAreas { functions: area, ..InstanceAreas::default() },
        };
    }
    let rows = |count| u16::try_from(count).unwrap_or(u16::MAX).saturating_add(1);
    let left = area.height.saturating_sub(1).saturating_sub(rows(functions).max(MIN_TABLE_ROWS));
    let above = rows(instances).clamp(MIN_TABLE_ROWS, left.max(area.height / 2).max(MIN_TABLE_ROWS));
    InstanceAreas {
        instances: Area { height: above, ..area },
        rule: Area { y: area.y + above, height: 1, ..area },
        functions: Area { y: area.y + above + 1, height: area.height - above - 1, ..area },
    }
}

/// Column of the table of instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InstanceColumn {
    /// Name.
    Name,
    /// Value over the window.
    #[default]
    Total,
    /// Last snapshot less the first one.
    Growth,
    /// Number of snapshots.
    Snapshots,
    /// Number of processes.
    Processes,
    /// Time for which the newest process was seen.
    Uptime,
    /// Build id.
    Build,
}

impl InstanceColumn {
    /// Columns from left to right.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Total, Self::Growth, Self::Snapshots, Self::Processes, Self::Uptime, Self::Build];
}

/// Column of the table of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionColumn {
    /// Function.
    Name,
    /// Median of the values.
    Median,
    /// Spread of the values.
    Spread,
    /// Value in an instance, by its index in the list of instances.
    Value(usize),
}

/// Cells of the selection mark and the mark of an outlier before the first column.
const MARKS: usize = 4;
/// Width of a name in cells: minimum, and maximum beside other columns.
const NAME_WIDTHS: (usize, usize) = (14, 46);
/// Width that the column of names reaches before the columns of values grow.
const COMFORTABLE_NAME: usize = 26;
/// Cells of a figure with the mark of an outlier.
const FIGURE: usize = 8;

/// Columns of the instances that fit `width`, from left to right.
pub fn instance_columns(width: usize) -> Vec<PlacedColumn<InstanceColumn>> {
    use InstanceColumn::{Build, Growth, Name, Processes, Snapshots, Total, Uptime};
    let cells = |column| {
        1 + match column {
            Name => NAME_WIDTHS.0,
            Total | Growth | Uptime => FIGURE + 1,
            Snapshots | Processes => 9,
            Build => 12,
        }
    };
    let by_priority = [Total, Growth, Uptime, Build, Snapshots, Processes];
    let (chosen, room) = choose(width.saturating_sub(MARKS + 1 + NAME_WIDTHS.0), by_priority, cells);
    let name = if chosen.is_empty() { width } else { (NAME_WIDTHS.0 + room).min(NAME_WIDTHS.1) };
    let columns = InstanceColumn::ALL.into_iter().filter(|column| *column == Name || chosen.contains(column));
    place(MARKS, width, columns, |column| if column == Name { name + 1 } else { cells(column) })
}

/// Instances whose values are columns of the functions.
#[derive(Clone, Copy, Debug, Default)]
pub struct ValueColumns {
    /// Number of instances.
    pub instances: usize,
    /// Index of the selected instance, which always has a column.
    pub selected: usize,
    /// Cells of the longest name of an instance.
    pub name_width: usize,
}

/// Columns of the functions that fit `width`: the values of as many instances as fit. Room that is left makes the
/// columns of values wide enough for the names of the instances.
pub fn function_columns(width: usize, values: ValueColumns) -> Vec<PlacedColumn<FunctionColumn>> {
    use FunctionColumn::{Median, Name, Spread, Value};
    let ValueColumns { instances, selected, name_width } = values;
    let cells = |_| FIGURE + 1;
    let least = NAME_WIDTHS.0 + 6;
    let by_priority = [Median].into_iter().chain((0..instances.min(1)).map(Value)).chain([Spread]);
    let by_priority = by_priority.chain((1..instances).map(Value));
    let (chosen, room) = choose(width.saturating_sub(MARKS + 1 + least), by_priority, cells);
    let shown = chosen.iter().filter(|column| matches!(column, Value(_))).count();
    let first = selected.saturating_sub(shown.saturating_sub(1) / 2).min(instances.saturating_sub(shown));
    let of_values = (least + room).saturating_sub(COMFORTABLE_NAME) / shown.max(1);
    // The name has the cells of the figure but the last one, which is for the mark of an outlier.
    let wider = of_values.min((name_width + 1).saturating_sub(FIGURE));
    let (value, room) = (FIGURE + wider, room.saturating_sub(wider * shown));
    let name = if chosen.is_empty() { width } else { (least + room).min(NAME_WIDTHS.1) };
    let fixed = [Name, Median, Spread].into_iter().filter(|column| *column == Name || chosen.contains(column));
    let columns = fixed.chain((first..first + shown).map(Value));
    place(MARKS, width, columns, |column| match column {
        Name => name + 1,
        Value(_) => value + 1,
        Median | Spread => cells(column),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fit::assert_side_by_side;

    #[test]
    fn columns_stand_side_by_side_within_the_width() {
        for width in 0..260 {
            assert_side_by_side(&instance_columns(width), width);
            for instances in [0_usize, 1, 4, 40] {
                for selected in [0, instances / 2, instances.saturating_sub(1)] {
                    let values = ValueColumns { instances, selected, name_width: 20 };
                    assert_side_by_side(&function_columns(width, values), width);
                }
            }
        }
    }

    #[test]
    fn the_selected_instance_has_a_column() {
        for selected in 0..40 {
            let columns = function_columns(100, ValueColumns { instances: 40, selected, name_width: 9 });
            assert!(columns.iter().any(|(column, _)| *column == FunctionColumn::Value(selected)), "{selected}");
        }
        let four = ValueColumns { instances: 4, selected: 0, name_width: 12 };
        assert_eq!(function_columns(120, four).len(), 7, "all four, the median, the spread and the name");
    }

    #[test]
    fn room_widens_the_values_to_the_names_of_the_instances() {
        let widest = |width, name_width| {
            let columns = function_columns(width, ValueColumns { instances: 4, selected: 0, name_width });
            columns.last().map(|(_, cells)| cells.len())
        };
        assert_eq!([80, 120, 200].map(|width| widest(width, 12)), [Some(8), Some(13), Some(13)]);
        assert_eq!(widest(200, 5), Some(8));
    }

    #[test]
    fn instances_take_the_rows_that_functions_leave() {
        let area = Area { x: 0, y: 2, width: 80, height: 31 };
        let heights = |functions| split(area, 20, functions, InstanceList::Instances).instances.height;
        assert_eq!([2, 9, 40].map(heights), [21, 20, 15]);
    }

    #[test]
    fn the_parts_cover_the_area() {
        for height in 0..60 {
            for instances in [0, 1, 4, 400] {
                let area = Area { x: 0, y: 2, width: 80, height };
                for functions in [0, 2, 400] {
                    let parts = split(area, instances, functions, InstanceList::Functions);
                    assert_eq!(parts.instances.height + parts.rule.height + parts.functions.height, height);
                }
            }
        }
    }
}
