//! Account of a process's memory: the resident memory as a sum of terms, from all sources beside a snapshot.
//!
//! Memory that a runtime has from the system need not be resident: pages that were never written to are not. Anonymous
//! memory less the runtime's is therefore memory outside of the runtime less memory that was never touched, and only
//! the difference is known. A positive difference is a term of its own, a negative one is a negative term.

mod balance;
mod term;

pub use balance::{Account, AccountRemark, AccountTotal, in_use_bytes, in_use_type};
pub use term::{AccountTerm, TermKind, TermOwner};

#[cfg(test)]
mod tests;
