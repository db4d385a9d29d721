//! Draws the help.
