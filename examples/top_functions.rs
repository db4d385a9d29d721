//! The library in a few lines: loads profiles and prints the ten functions with the largest self.
//!
//! `cargo run --example top_functions -- heap.pb.gz`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::cmp::Reverse;
use std::env;
use std::error::Error;
use std::sync::Arc;

use heapglass::analysis::{Query, derive};
use heapglass::base::limits::Limits;
use heapglass::base::units::Unit;
use heapglass::load::{Progress, load};
use heapglass::source::Address;

fn main() -> Result<(), Box<dyn Error>> {
    let sources: Vec<Address> = env::args_os().skip(1).map(Address::parse).collect();
    let loaded = load(&sources, &Limits::default(), &Arc::new(Progress::default()))?;
    let series = Arc::new(loaded.series);

    let sample_type = series.default_sample_type();
    let answer = derive(&series, &Query::default_for(&series), None)?;
    let (frames, flat) = (answer.tree.frames(), answer.flat(sample_type).ok_or("no figures")?);

    // Frame 0 is the root, above all functions.
    let mut functions: Vec<_> = frames.ids().skip(1).collect();
    functions.sort_by_key(|frame| Reverse(flat.own(*frame)));
    let unit = Unit::of(series.sample_types()[sample_type].unit.raw());
    for frame in functions.into_iter().take(10) {
        println!("{:>10} {:>10}  {}", unit.long(flat.own(frame)), unit.long(flat.total(frame)), frames.shown(frame));
    }
    Ok(())
}
