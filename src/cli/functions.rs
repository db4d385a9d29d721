//! Functions, nodes and orders named in a request, looked up in the answer.

use crate::analysis::find::{find_rows, function_frames};
use crate::analysis::lines::name_of;
use crate::analysis::node_id::PathId;
use crate::analysis::{Answer, Flat, SourceLines};
use crate::base::compact_sort::CompactSort;
use crate::base::ids::NodeId;
use crate::base::names::readable;
use crate::base::safe_text::display_name;
use crate::report::{Listing, RowOrder};
use crate::source::source_files::SourceFinder;

use super::exit::Exit;
use super::function_selector::FunctionSelector;
use super::message::CliFailure;
use super::query_failure::refused;

/// Maximum number of functions whose lines are listed. A pattern may match all functions, and each takes a pass over
/// the tree.
const MOST_LISTED: usize = 10;

/// Rows of the functions of a report, largest total first.
///
/// # Errors
/// [`CliFailure`] with similar names if no function matches.
pub(crate) fn find(answer: &Answer, selector: &FunctionSelector) -> Result<Vec<usize>, CliFailure> {
    find_rows(answer, &selector.name).map_err(|error| CliFailure::input(error.to_string(), Some(error.hint())))
}

/// Lines of the first functions, with the text of their files if found.
///
/// # Errors
/// [`CliFailure`] if none of the functions has lines, or the tree of lines does not fit the limits.
pub(crate) fn listings(answer: &Answer, rows: &[usize], finder: &SourceFinder) -> Result<Vec<Listing>, CliFailure> {
    let (series, frames) = (&answer.series, answer.tree.frames());
    let headers = answer.query.window.snapshots().map(|at| series.snapshots()[at].header.time_nanos);
    let taken = headers.max().unwrap_or(0);
    let mut listings: Vec<Listing> = Vec::new();
    let mut before = None;
    let functions = function_frames(frames);
    for row in rows {
        let frame = functions.get(*row).copied().flatten();
        let Some(name) = frame.and_then(|frame| name_of(series, frames, frame)) else { continue };
        let lines = SourceLines::new(answer, &name, before.as_ref()).map_err(|error| refused(error, &answer.query))?;
        before = Some(lines.answer.clone());
        let text = |file: &str| if file.is_empty() { None } else { finder.find(file, taken).ok() };
        let texts = lines.files.iter().map(|file| text(file.file.raw())).collect();
        listings.push(Listing { row: *row, lines, texts });
        if listings.len() == MOST_LISTED {
            break;
        }
    }
    match (rows.first(), listings.is_empty()) {
        (Some(row), true) => {
            let name = display_name(&readable(frames.rows()[*row].name.raw())).to_owned();
            let hint = "the profile has no symbols for it; `--binary PROGRAM` reads them".to_owned();
            Err(CliFailure::input(format!("no lines are known of `{name}`"), Some(hint)))
        }
        _ => Ok(listings),
    }
}

/// Lines of the functions with the largest self values, or the largest changes of self; empty if no function has lines.
///
/// # Errors
/// [`CliFailure`] if the tree of lines does not fit the limits.
pub(crate) fn largest_listings(answer: &Answer, finder: &SourceFinder) -> Result<Vec<Listing>, CliFailure> {
    let now = answer.rows();
    let base = answer.base.as_ref().map(|base| Flat::by_row(&answer.tree, &base.column));
    let size = |row: &usize| now.selfs()[*row].abs_diff(base.as_ref().map_or(0, |base| base.selfs()[*row]));
    // The first row is that of the root.
    let mut rows: Vec<usize> = (1..answer.tree.frames().rows().len()).filter(|row| size(row) > 0).collect();
    rows.compact_sort_by_key(|row| (std::cmp::Reverse(size(row)), *row));
    rows.truncate(MOST_LISTED);
    match listings(answer, &rows, finder) {
        Err(failure) if failure.exit == Exit::Limit => Err(failure),
        listings => Ok(listings.unwrap_or_default()),
    }
}

/// First node to show; `None` for the root.
///
/// # Errors
/// [`CliFailure`] if the tree has no node of this id.
pub(crate) fn top(answer: &Answer, id: Option<PathId>) -> Result<Option<NodeId>, CliFailure> {
    let find = |id: PathId| {
        id.find(&answer.tree).ok_or_else(|| {
            let hint =
                "ids are of names: a filter or another granularity changes them; `report tree --ids` prints them";
            CliFailure::input(format!("no node has the id `{id}`"), Some(hint.to_owned()))
        })
    };
    id.map(find).transpose()
}

/// Requested order of rows; `None` for the default.
///
/// # Errors
/// [`CliFailure`] if the order needs a base and there is none.
pub(crate) fn order(answer: &Answer, order: Option<RowOrder>) -> Result<Option<RowOrder>, CliFailure> {
    if order.is_some_and(RowOrder::needs_base) && answer.base.is_none() {
        let hint = "`--base FILE` names a profile to compare with".to_owned();
        return Err(CliFailure::input("this order of rows is of a comparison", Some(hint)));
    }
    Ok(order)
}
