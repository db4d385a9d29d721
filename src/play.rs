//! The program with no terminal: keys in, screen out.
