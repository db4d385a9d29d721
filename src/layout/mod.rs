//! Layout: answers and a size become rectangles in whole cells. No colour, no text, no terminal.

pub mod chart;
pub mod columns;
pub mod fit;
pub mod icicle;
pub mod instances;
pub mod panes;
pub mod plot;
pub mod trend;
pub mod viewport;
