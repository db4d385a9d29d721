//! Options of the server as defaults of its tools.

use serde_json::{Map, Value};

use super::super::args::{LoadArgs, McpArgs, ReportArgs};

/// Sets the options of a call that no argument of the tool gives to those of the server.
pub(super) fn set_defaults(args: &mut ReportArgs, server: &McpArgs, arguments: &Map<String, Value>) {
    let is_free = |name: &str| arguments.get(name).is_none_or(Value::is_null);
    // The account of a process has no sample type.
    if is_free("sample_type") && args.kind != "memory" {
        args.view.sample_type.clone_from(&server.sample_type);
    }
    set_load_defaults(&mut args.load, &server.load, is_free);
}

fn set_load_defaults(load: &mut LoadArgs, server: &LoadArgs, is_free: impl Fn(&str) -> bool) {
    if is_free("window") {
        load.window.clone_from(&server.window);
    }
    if is_free("base_window") {
        load.base_window.clone_from(&server.base_window);
    }
    // The base belongs to the instance that it is compared with.
    if is_free("instance") {
        load.instances.instance.clone_from(&server.instances.instance);
        if is_free("base_instance") {
            load.instances.base_instance.clone_from(&server.instances.base_instance);
        }
    }
    if is_free("per") {
        load.per.clone_from(&server.per);
    }
    load.owners.clone_from(&server.owners);
    if is_free("as") {
        load.role = server.role;
    }
    if is_free("aggregate") {
        load.aggregate = server.aggregate;
    }
    if is_free("normalize") {
        load.normalize = server.normalize;
    }
    if is_free("explain") {
        load.explain = server.explain;
    }
    if is_free("match") {
        load.matching = server.matching;
    }
}
