//! Heap profile of the example itself: it allocates with jemalloc, which writes a profile when the program ends, and
//! reads this profile with the library. jemalloc is built from C: this needs a C compiler, make, and the feature
//! `jemalloc`.
//!
//! `cargo run --release --features jemalloc --example jemalloc`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

use heapglass::analysis::{Query, derive};
use heapglass::base::units::Unit;
use heapglass::format::ReadOptions;
use heapglass::load::{LoadInputs, Progress, load_inputs};
use heapglass::source::Address;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Environment variable with the options of jemalloc in Rust programs. jemalloc reads it before `main`, so the program
/// sets the variable and runs itself again.
const OPTIONS: &str = "_RJEM_MALLOC_CONF";

fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(OPTIONS).is_some() {
        let kept = work();
        println!("{} names and {} notes are kept", kept.0.len(), kept.1.len());
        // Memory must be in use at the end to appear in the profile.
        std::mem::forget(kept);
        return Ok(());
    }
    let folder = env::temp_dir().join(format!("heapglass-jemalloc-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let program = env::current_exe()?;
    // A sample every 16 KiB (2^14), and a profile at the end.
    let options = format!("prof:true,prof_final:true,lg_prof_sample:14,prof_prefix:{}", folder.join("self").display());
    let status = Command::new(&program).env(OPTIONS, options).status()?;
    if !status.success() {
        return Err("the program did not end well".into());
    }
    let profile = fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).find(is_profile);
    let profile = profile.ok_or("jemalloc wrote no profile: was it built with profiling?")?;
    show(profile.clone(), program.clone())?;
    println!("\nto explore it:\nheapglass --binary {} {}", program.display(), profile.display());
    Ok(())
}

fn is_profile(path: &PathBuf) -> bool {
    path.extension().is_some_and(|ending| ending == "heap")
}

/// Prints the functions with the largest self values.
fn show(profile: PathBuf, program: PathBuf) -> Result<(), Box<dyn Error>> {
    let (sources, binaries) = ([Address::File(profile)], [Address::File(program)]);
    let inputs = LoadInputs { sources: &sources, binaries: &binaries, ..LoadInputs::default() };
    let loaded = load_inputs(&inputs, &ReadOptions::default(), &Arc::new(Progress::default()))?;
    let series = Arc::new(loaded.series);
    let answer = derive(&series, &Query::default_for(&series), None)?;
    let (frames, flat) = (answer.tree.frames(), answer.flat(answer.query.sample_type).ok_or("no figures")?);
    let mut held: Vec<_> = frames.ids().skip(1).map(|frame| (flat.total(frame), frame)).collect();
    held.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    for (total, frame) in held.into_iter().filter(|(_, frame)| frames.shown(*frame).contains("jemalloc::")).take(10) {
        println!("{:>12}  {}", Unit::Bytes.long(total), frames.shown(frame));
    }
    Ok(())
}

/// Allocates in two functions.
#[inline(never)]
fn work() -> (BTreeMap<u64, String>, Vec<Vec<u8>>) {
    (names(200_000), notes(2_000))
}

#[inline(never)]
fn names(count: u64) -> BTreeMap<u64, String> {
    (0..count).map(|number| (number, format!("name number {number}"))).collect()
}

#[inline(never)]
fn notes(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| vec![number as u8; 4096]).collect()
}
