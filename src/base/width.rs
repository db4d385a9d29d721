//! How many cells a text takes, and cutting it to fewer.
