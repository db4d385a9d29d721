//! The frame: which pane stands where, the status line and the footer.
