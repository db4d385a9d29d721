//! Draws the prompt.
