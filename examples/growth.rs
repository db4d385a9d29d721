//! The library in a few lines: loads two profiles and prints the ten functions whose self grew most.
//!
//! `cargo run --example growth -- before.pb.gz after.pb.gz`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use heapglass::analysis::{Query, derive};
use heapglass::base::limits::Limits;
use heapglass::base::units::Unit;
use heapglass::load::{Progress, load_compared};
use heapglass::source::Address;

fn main() -> Result<(), Box<dyn Error>> {
    let mut sources = std::env::args_os().skip(1).map(Address::parse);
    let (before, after) = sources.next().zip(sources.next()).ok_or("give two profiles")?;
    let loaded = load_compared(&[after], &[before], &Limits::default(), &Arc::new(Progress::default()))?;
    let series = Arc::new(loaded.series);
    let query = Query::default_for(&series).compared(&series).ok_or("nothing to compare")?;
    let answer = derive(&series, &query, None)?;
    let (frames, now) = (answer.tree.frames(), answer.flat(query.sample_type).ok_or("no figures")?);
    let compared = answer.base.as_ref().ok_or("no base")?;
    let changes = frames.ids().skip(1).filter_map(|id| Some((compared.frame_own(query.sample_type, now, id)?, id)));
    let mut grown: Vec<_> = changes.map(|(change, frame)| (change.delta(), frame)).collect();
    grown.sort_by_key(|(delta, _)| std::cmp::Reverse(*delta));
    let unit = Unit::of(series.sample_types()[query.sample_type].unit.raw());
    for (delta, frame) in grown.into_iter().take(10) {
        println!("{:>12}  {}", unit.signed_long(delta), frames.shown(frame));
    }
    Ok(())
}
