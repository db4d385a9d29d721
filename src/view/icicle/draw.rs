//! Draws the icicle.
