//! Draws the table.
