//! Layout: computes rectangles of whole cells from answers and a size. No colour, no text, no terminal.

pub mod chart;
pub mod columns;
pub mod fit;
pub mod icicle;
pub mod instances;
pub mod panes;
pub mod plot;
pub mod trend;
pub mod viewport;
