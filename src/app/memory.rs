//! Memory of the process: the account of each snapshot in the window, and a default what-if estimate.

use crate::analysis::{Account, WhatIf, WhatIfRequest, Window};
use crate::app::App;
use crate::view::overlay::Layer;

/// Maximum number of snapshots whose accounts are drawn over time.
const MAX_SNAPSHOTS: usize = 1000;

/// Opens the popup.
pub fn open(app: &mut App) {
    let answer = &app.document.answer;
    let (series, window, instance) = (&answer.series, answer.query.window, answer.query.instance);
    let first = window.last.saturating_sub(MAX_SNAPSHOTS).max(window.first);
    let recent = Window { first, ..window };
    let accounts = recent.members(series, instance).filter_map(|at| Account::of(series, at));
    let accounts: Vec<Account> = accounts.collect();
    let shown = accounts.last().map_or(window.last, |account| account.snapshot);
    let place = (shown - window.first + 1, window.count());
    let estimate = WhatIf::of(series, &answer.timeline, &answer.query, &WhatIfRequest::usual()).ok();
    app.views.memory.open(&accounts, place, estimate);
    app.views.stack.push(Layer::Memory);
}
