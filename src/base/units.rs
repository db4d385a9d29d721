//! Figures as people read them: bytes, counts, shares, and sizes typed by hand.
