//! Filters against a naive model over stacks.
