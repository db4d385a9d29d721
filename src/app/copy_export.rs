//! Copy and export: names and call paths to the clipboard, made safe to print, and files.

use crate::analysis::{CallTree, StackOrder};
use crate::app::action::CopyExport;
use crate::app::effect::Exported;
use crate::app::{App, Effect, invocation, nav, palette};
use crate::base::units::Unit;
use crate::view::keys::KeyRef;
use crate::view::notice::Notice;

/// Handles a key that copies or exports.
pub fn handle(app: &mut App, action: CopyExport) -> Vec<Effect> {
    if action == CopyExport::CommandLine {
        invocation::show(app);
        return vec![Effect::Copy(invocation::explorer(app))];
    }
    if action == CopyExport::File {
        open_export_prompt(app);
        return Vec::new();
    }
    let Some(node) = nav::named_node(app) else { return Vec::new() };
    if node == CallTree::ROOT {
        app.notice = Some(Notice::Info("select a function first: its name or path is copied".to_owned()));
        return Vec::new();
    }
    let tree = &app.document.answer.tree;
    let name = |node| app.context().name(tree.frame(node));
    let text = match action {
        CopyExport::Name => name(node).to_owned(),
        CopyExport::Path => {
            let mut path: Vec<&str> = tree.path(node).into_iter().skip(1).map(name).collect();
            if app.document.answer.query.order == StackOrder::BottomUp {
                path.reverse();
            }
            path.join(" > ")
        }
        // Handled above.
        CopyExport::CommandLine | CopyExport::File => return Vec::new(),
    };
    vec![Effect::Copy(text)]
}

/// Opens the palette with the command for the most common export.
fn open_export_prompt(app: &mut App) {
    if app.environment.setup.is_secure {
        app.notice = Some(Notice::Failed("`HEAPGLASS_SECURE` disables writing".to_owned()));
        return;
    }
    palette::open_with(app, "export ");
}

/// Shows the result of an export. For an existing file, opens the palette with the command that replaces it.
pub fn exported(app: &mut App, path: &str, exported: Exported) {
    match exported {
        Exported::Written(bytes) => {
            let bytes = Unit::Bytes.long(i64::try_from(bytes).unwrap_or(i64::MAX));
            app.notice = Some(Notice::Info(format!("wrote {path}, {bytes}")));
        }
        Exported::Failed(reason) => app.notice = Some(Notice::Failed(reason)),
        Exported::Exists(known) => {
            palette::open_with(app, &format!("overwrite {path}"));
            let [accept, cancel] = [KeyRef::Accept, KeyRef::Cancel].map(|key| app.environment.keys.of(key));
            let error = format!("the file exists: {accept} replaces it, {cancel} keeps it; {known}");
            palette::show_error(app, error);
        }
    }
}
