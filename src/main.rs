//! The `heapglass` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    heapglass::run()
}
