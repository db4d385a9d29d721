//! Heat map: functions by snapshots, an alternative form of the trend.

pub mod draw;
