//! Settings and themes as plain data, with their built-in values from `assets`. No terminal, no file.
