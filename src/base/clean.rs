//! Text that is safe to send to a terminal, whatever a file says.
