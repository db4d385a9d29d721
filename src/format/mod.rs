//! Bytes become a profile: one file a format, and the table that tells them apart.
//!
//! Nothing here opens a file or a socket, and nothing here adds up a stack.
