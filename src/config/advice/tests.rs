//! Tests of the rules of advice: what is built in, and files with slips.
