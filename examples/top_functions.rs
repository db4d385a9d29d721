//! Prints the ten functions with the most memory.
//!
//! `cargo run --example top_functions -- heap.pb.gz`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use heapglass::{Answer, Loader, Query};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the path of a profile")?;
    let series = Arc::new(Loader::new().load([path])?.series);
    let answer = Answer::new(&series, &Query::default_for(&series))?;
    let unit = answer.unit();
    for function in answer.functions().take(10) {
        println!("{:>10} {:>10}  {}", unit.long(function.own), unit.long(function.total), function.name);
    }
    Ok(())
}
