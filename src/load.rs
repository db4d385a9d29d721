//! Sources and formats together: snapshots folded into one series, one error a file, not for all.
