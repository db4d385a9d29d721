//! Heat map: functions by snapshots, the other presentation of the trend.

pub mod draw;
