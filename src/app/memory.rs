//! Memory of the process: the account of each snapshot in the window, and a default what-if estimate.

use crate::analysis::{Account, WhatIf, WhatIfRequest, Window};
use crate::app::App;
use crate::base::safe_text::display_name;
use crate::view::memory::AccountOrigin;
use crate::view::overlay::Layer;

/// Maximum number of snapshots whose accounts are drawn over time.
const MAX_SNAPSHOTS: usize = 1000;

/// Opens the popup.
pub fn open(app: &mut App) {
    let answer = &app.document.answer;
    let (series, window, instance) = (&answer.series, answer.query.window, answer.query.instance);
    let first = window.last.saturating_sub(MAX_SNAPSHOTS).max(window.first);
    let recent = Window { first, ..window };
    // Memory is that of a process: of several instances, that of the last snapshot with figures.
    let last = Account::last(series, recent, instance);
    let instance = last.map(|account| series.snapshots()[account.snapshot].membership.instance);
    let accounts = recent.members(series, instance).filter_map(|at| Account::of(series, at));
    let accounts: Vec<Account> = accounts.collect();
    let origin = accounts.last().zip(instance).map(|(account, instance)| {
        let members = || window.members(series, Some(instance));
        let name = display_name(series.instance_label(instance).shown()).to_owned();
        AccountOrigin {
            number: members().take_while(|at| *at <= account.snapshot).count(),
            snapshots: members().count(),
            instance: (series.instances().len() > 1).then_some(name),
        }
    });
    let estimate = WhatIf::of(series, &answer.timeline, &answer.query, &WhatIfRequest::usual()).ok();
    app.views.memory.open(&accounts, origin, estimate);
    app.views.stack.push(Layer::Memory);
}
