//! Profiles and a query become answers: call tree, columns, flat figures, hits.
//!
//! No width, no colour and no clock: an answer is the same whoever looks at it.
