//! Compares two profiles and prints the ten functions whose self values grew most.
//!
//! `cargo run --example growth -- before.pb.gz after.pb.gz`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::cmp::Reverse;
use std::error::Error;
use std::sync::Arc;

use heapglass::{Answer, Loader, Query};

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args_os().skip(1);
    let (before, after) = paths.next().zip(paths.next()).ok_or("give the paths of two profiles")?;
    let series = Arc::new(Loader::new().base([before]).load([after])?.series);
    let query = Query::default_for(&series).compared(&series).ok_or("nothing to compare")?;
    let answer = Answer::new(&series, &query)?;
    let growth = answer.functions().map(|function| (function.own - function.base_own.unwrap_or(0), function.name));
    let mut growth: Vec<(i64, &str)> = growth.collect();
    growth.sort_by_key(|(delta, _)| Reverse(*delta));
    for (delta, name) in growth.into_iter().take(10) {
        println!("{:>12}  {name}", answer.unit().signed_long(delta));
    }
    Ok(())
}
