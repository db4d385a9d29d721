//! The `heapglass` command.

fn main() {}
