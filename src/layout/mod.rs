//! Answers and a size become rectangles in whole cells. No colour, no text.
