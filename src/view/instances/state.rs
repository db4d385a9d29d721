//! State of the instances view: the table, the order of both lists, and the selected rows.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::analysis::{Answer, InstanceFigures, InstanceFunction, InstanceTable};
use crate::base::compact_sort::CompactSort;
use crate::base::file_names::natural_cmp;
use crate::base::limits::LimitError;
use crate::base::safe_text::{SafeText, display_name};
use crate::base::width;
use crate::layout::fit::PlacedColumn;
use crate::layout::instances::{
    FunctionColumn, InstanceAreas, InstanceColumn, InstanceList, ValueColumns, function_columns, instance_columns,
    split,
};
use crate::layout::panes::Area;
use crate::view::instances::Action;
use crate::view::nav::{ListCursor, Move};
use crate::view::table::state::SortDirection;

/// Table of instances, or the reason why it is absent.
#[derive(Clone, Debug, Default)]
pub enum InstancesData {
    #[default]
    Pending,
    Missing(LimitError),
    Table(Arc<InstanceTable>),
}

/// Order of the functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FunctionOrder {
    /// Functions with outliers first, then by the greatest distance from the median.
    #[default]
    Outliers,
    /// Value in the selected instance.
    Value,
    Median,
    Spread,
    Name,
}

impl FunctionOrder {
    const ALL: [Self; 5] = [Self::Outliers, Self::Value, Self::Median, Self::Spread, Self::Name];

    /// Words for the order.
    pub fn words(self) -> &'static str {
        match self {
            Self::Outliers => "outliers",
            Self::Value => "value",
            Self::Median => "median",
            Self::Spread => "spread",
            Self::Name => "name",
        }
    }
}

/// State of the instances view.
#[derive(Clone, Debug, Default)]
pub struct InstancesState {
    data: InstancesData,
    /// Names of the instances, by position in the table.
    names: Vec<SafeText>,
    list: InstanceList,
    instance_order: InstanceColumn,
    function_order: FunctionOrder,
    /// Directions of both lists.
    directions: [SortDirection; 2],
    /// Positions of the instances in the table, in the order of the list.
    instances: Vec<usize>,
    /// Positions of the functions in the table, in the order of the list.
    functions: Vec<usize>,
    cursors: [ListCursor; 2],
    area: Area,
}

impl InstancesState {
    /// Table, or the reason why it is absent.
    pub fn data(&self) -> &InstancesData {
        &self.data
    }

    /// Table; `None` while it is pending, and if it exceeds a limit.
    pub fn table(&self) -> Option<&Arc<InstanceTable>> {
        if let InstancesData::Table(table) = &self.data { Some(table) } else { None }
    }

    /// Focused list.
    pub fn list(&self) -> InstanceList {
        self.list
    }

    /// Column that the instances are sorted by.
    pub fn instance_order(&self) -> InstanceColumn {
        self.instance_order
    }

    /// Figure that the functions are sorted by.
    pub fn function_order(&self) -> FunctionOrder {
        self.function_order
    }

    /// Direction of a list.
    pub fn direction(&self, list: InstanceList) -> SortDirection {
        self.directions[list as usize]
    }

    /// Cursor of a list.
    pub fn cursor(&self, list: InstanceList) -> ListCursor {
        self.cursors[list as usize]
    }

    /// Number of rows of a list.
    pub fn len(&self, list: InstanceList) -> usize {
        match list {
            InstanceList::Instances => self.instances.len(),
            InstanceList::Functions => self.functions.len(),
        }
    }

    /// Figures and name of an instance of the list.
    pub fn instance(&self, at: usize) -> Option<(&InstanceFigures, &SafeText)> {
        let position = *self.instances.get(at)?;
        Some((self.table()?.instances.get(position)?, self.names.get(position)?))
    }

    /// Columns of the functions in `width` cells.
    pub fn function_columns(&self, width: usize) -> Vec<PlacedColumn<FunctionColumn>> {
        let names = self.names.iter().map(|name| width::width(display_name(name.shown())));
        let (instances, selected) = (self.instances.len(), self.cursors[0].at);
        function_columns(width, ValueColumns { instances, selected, name_width: names.max().unwrap_or(0) })
    }

    /// Function of the list.
    pub fn function(&self, at: usize) -> Option<&InstanceFunction> {
        self.table()?.functions.get(*self.functions.get(at)?)
    }

    /// Value of a function in an instance of the list, with the flag of an outlier; `None` if it is not known.
    pub fn value(&self, function: &InstanceFunction, at: usize) -> Option<(i64, bool)> {
        let position = *self.instances.get(at)?;
        Some((self.table()?.value(function, position)?, function.outliers.contains(&position)))
    }

    /// Selected instance, by index in the series.
    pub fn selected_instance(&self) -> Option<usize> {
        Some(self.instance(self.cursors[0].at)?.0.instance)
    }

    /// Selected function.
    pub fn selected_function(&self) -> Option<&InstanceFunction> {
        self.function(self.cursors[1].at)
    }

    /// Areas of both tables within the view.
    pub fn parts(&self) -> InstanceAreas {
        split(self.area, self.instances.len(), self.functions.len(), self.list)
    }

    /// Cell of the selected row within the view; `None` if it is not visible.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        let row = self.cursor(self.list).visible_row(self.len(self.list))?;
        let parts = self.parts();
        let area = if self.list == InstanceList::Instances { parts.instances } else { parts.functions };
        Some((0, usize::from(area.y - self.area.y) + row + 1))
    }

    /// Drops the table after a change of the figures.
    pub fn forget(&mut self) {
        self.data = InstancesData::Pending;
        (self.instances, self.functions) = (Vec::new(), Vec::new());
    }

    /// Sets the table.
    pub fn set_data(&mut self, data: InstancesData, answer: &Answer) {
        self.data = data;
        let names = |table: &Arc<InstanceTable>| {
            table.instances.iter().map(|figures| answer.series.instance_label(figures.instance)).collect()
        };
        self.names = self.table().map(names).unwrap_or_default();
        self.sort(answer);
        for list in [InstanceList::Instances, InstanceList::Functions] {
            let at = self.cursor(list).at.min(self.len(list).saturating_sub(1));
            let len = self.len(list);
            self.cursors[list as usize].select(at, len);
        }
        self.resize(self.area);
    }

    /// Sets the area of the view.
    pub fn resize(&mut self, area: Area) {
        self.area = area;
        let parts = self.parts();
        let rows = |area: Area| usize::from(area.height).saturating_sub(1);
        let (instances, functions) = (self.instances.len(), self.functions.len());
        self.cursors[0].resize(rows(parts.instances), instances);
        self.cursors[1].resize(rows(parts.functions), functions);
    }

    /// Moves in the focused list.
    pub fn move_by(&mut self, answer: &Answer, step: Move) {
        let (list, len) = (self.list, self.len(self.list));
        self.cursors[list as usize].move_by(step, len);
        // Another instance has other values, so the order changes.
        if list == InstanceList::Instances && self.function_order == FunctionOrder::Value {
            self.sort(answer);
        }
    }

    /// Changes the list or its order.
    pub fn handle(&mut self, answer: &Answer, action: Action) {
        let list = self.list;
        match action {
            Action::Open => {}
            Action::Other => {
                self.list = match list {
                    InstanceList::Instances => InstanceList::Functions,
                    InstanceList::Functions => InstanceList::Instances,
                };
                self.resize(self.area);
            }
            Action::Reverse => {
                self.directions[list as usize] = self.directions[list as usize].reversed();
                self.show_order(answer, list);
            }
            Action::Sort => {
                self.directions[list as usize] = SortDirection::Usual;
                match list {
                    InstanceList::Instances => self.instance_order = self.next_column(),
                    InstanceList::Functions => self.function_order = next(&FunctionOrder::ALL, self.function_order),
                }
                self.show_order(answer, list);
            }
        }
    }

    /// Sorts by the column whose heading is at a cell of the view; reverses the direction if the column is sorted
    /// already. Returns false if there is no heading.
    pub fn sort_by_heading_at(&mut self, answer: &Answer, (x, row): (usize, usize)) -> bool {
        let parts = self.parts();
        let is_head = |area: Area| area.height > 0 && row == usize::from(area.y - self.area.y);
        let width = usize::from(self.area.width);
        if is_head(parts.instances) {
            let Some((column, _)) = instance_columns(width).into_iter().find(|(_, cells)| x <= cells.end) else {
                return true;
            };
            let was = std::mem::replace(&mut self.instance_order, column);
            self.directions[0] = if was == column { self.directions[0].reversed() } else { SortDirection::Usual };
            self.show_order(answer, InstanceList::Instances);
            return true;
        }
        if !is_head(parts.functions) {
            return false;
        }
        let selected = self.cursors[0].at;
        let Some((column, _)) = self.function_columns(width).into_iter().find(|(_, cells)| x <= cells.end) else {
            return true;
        };
        let order = match column {
            FunctionColumn::Name => FunctionOrder::Name,
            FunctionColumn::Median => FunctionOrder::Median,
            FunctionColumn::Spread => FunctionOrder::Spread,
            FunctionColumn::Value(_) => FunctionOrder::Value,
        };
        // The values of another instance are another column.
        let is_other_instance = matches!(column, FunctionColumn::Value(at) if at != selected);
        if let FunctionColumn::Value(at) = column {
            let len = self.instances.len();
            self.cursors[0].select(at, len);
        }
        let before = std::mem::replace(&mut self.function_order, order);
        let is_same = before == order && !is_other_instance;
        self.directions[1] = if is_same { self.directions[1].reversed() } else { SortDirection::Usual };
        self.show_order(answer, InstanceList::Functions);
        true
    }

    /// Sorts after a change of the order of a list.
    fn show_order(&mut self, answer: &Answer, list: InstanceList) {
        let selected = self.instances.get(self.cursors[0].at).copied();
        self.sort(answer);
        match list {
            // The selected instance stays selected.
            InstanceList::Instances => {
                let at = self.instances.iter().position(|position| Some(*position) == selected).unwrap_or(0);
                let len = self.instances.len();
                self.cursors[0].select_far(at, len);
            }
            InstanceList::Functions => {
                let len = self.functions.len();
                self.cursors[1].select(0, len);
            }
        }
    }

    /// Next visible column after the one that the instances are sorted by.
    fn next_column(&self) -> InstanceColumn {
        let visible: Vec<InstanceColumn> =
            instance_columns(usize::from(self.area.width)).into_iter().map(|(column, _)| column).collect();
        if visible.contains(&self.instance_order) { next(&visible, self.instance_order) } else { InstanceColumn::Total }
    }

    /// Sorts both lists; equal rows stay in the order of the table.
    fn sort(&mut self, answer: &Answer) {
        let Some(table) = self.table().cloned() else { return };
        let selected = self.instances.get(self.cursors[0].at).copied();
        let ordered = |direction: SortDirection, order: Ordering| match direction {
            SortDirection::Usual => order,
            SortDirection::Reversed => order.reverse(),
        };
        let of = |at: usize| &table.instances[at];
        let names = &self.names;
        let order = |one: usize, other: usize| match self.instance_order {
            InstanceColumn::Name => natural_cmp(names[one].raw(), names[other].raw()),
            InstanceColumn::Total => of(other).total.cmp(&of(one).total),
            InstanceColumn::Growth => of(other).growth.cmp(&of(one).growth),
            InstanceColumn::Snapshots => of(other).snapshots.cmp(&of(one).snapshots),
            InstanceColumn::Processes => of(other).processes.cmp(&of(one).processes),
            InstanceColumn::Uptime => of(other).uptime.cmp(&of(one).uptime),
            InstanceColumn::Build => of(one).build().map(SafeText::raw).cmp(&of(other).build().map(SafeText::raw)),
        };
        let mut instances: Vec<usize> = (0..table.instances.len()).collect();
        instances.compact_sort_by(|one, other| ordered(self.directions[0], order(*one, *other)));
        let (functions, frames) = (&table.functions, answer.tree.frames());
        let value = |at: usize| table.value(&functions[at], selected.or(instances.first().copied()).unwrap_or(0));
        let order = |one: usize, other: usize| match self.function_order {
            FunctionOrder::Outliers => one.cmp(&other),
            FunctionOrder::Value => value(other).cmp(&value(one)),
            FunctionOrder::Median => functions[other].spread.median.total_cmp(&functions[one].spread.median),
            FunctionOrder::Spread => functions[other].spread.deviation.total_cmp(&functions[one].spread.deviation),
            FunctionOrder::Name => frames.name(functions[one].frame).cmp(frames.name(functions[other].frame)),
        };
        let mut sorted: Vec<usize> = (0..functions.len()).collect();
        sorted.compact_sort_by(|one, other| ordered(self.directions[1], order(*one, *other)));
        (self.instances, self.functions) = (instances, sorted);
    }
}

/// Item after `now`; the first item after the last.
fn next<T: Copy + PartialEq + Default>(all: &[T], now: T) -> T {
    let at = all.iter().position(|one| *one == now).map_or(0, |at| at + 1);
    all.get(at).or(all.first()).copied().unwrap_or_default()
}
