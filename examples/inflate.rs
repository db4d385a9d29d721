//! Inflates a gzip file and does nothing else: the reference of all measurements, since every reader of the file has to
//! inflate it.
//!
//! `cargo run --release --example inflate -- heap.pb.gz`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;

use flate2::read::MultiGzDecoder;

/// Number of bytes that heapglass inflates at a time.
const PIECE: usize = 256 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give a gzip file")?;
    let (mut decoder, mut piece, mut total) = (MultiGzDecoder::new(File::open(path)?), vec![0; PIECE], 0);
    loop {
        let read = decoder.read(&mut piece)?;
        if read == 0 {
            break;
        }
        black_box(&piece[..read]);
        total += read;
    }
    println!("{total} bytes");
    Ok(())
}
