//! Arguments become a request, a request becomes a report or the explorer, and either an exit code.
