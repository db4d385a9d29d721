//! Where bytes come from: a file, standard input, the built-in demo. What the bytes mean is not known here.
