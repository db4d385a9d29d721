//! Names of functions, shortened for display by the language that they are in.
