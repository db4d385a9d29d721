//! Writes a large heap profile for experiments; equal options give equal profiles.
//!
//! `cargo run --release --example make_profile -- --samples 1000000 large.pb.gz`

mod heap;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Parser;

use heap::Heap;

/// Write a synthetic heap profile, or a series of them, such as a large Go service would.
#[derive(Parser)]
struct Options {
    /// Output file; a directory for several snapshots
    output: PathBuf,
    /// Snapshots of the same service, a minute apart
    #[arg(long, default_value_t = 1)]
    snapshots: u64,
    /// Samples
    #[arg(long, default_value_t = 300_000)]
    samples: u64,
    /// Functions
    #[arg(long, default_value_t = 5_000)]
    functions: u64,
    /// Frames of a usual stack
    #[arg(long, default_value_t = 40)]
    depth: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options { output, snapshots, samples, functions, depth, seed } = Options::parse();
    if snapshots > 1 {
        std::fs::create_dir_all(&output)?;
    }
    for snapshot in 0..snapshots {
        let path = if snapshots > 1 { output.join(format!("heap-{snapshot:05}.pb.gz")) } else { output.clone() };
        let mut out = BufWriter::new(File::create(path)?);
        Heap { samples, functions, depth, seed, snapshot }.write(&mut out)?;
        out.flush()?;
    }
    Ok(())
}
