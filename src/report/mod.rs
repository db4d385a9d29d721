//! Answers become text for pipes and machines, one file an output. Writes only to the writer that it is given.
