//! Draws the details.
