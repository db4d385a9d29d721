//! The string table of everything loaded.
