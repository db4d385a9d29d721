//! The state machine: action, message, effect, update. No clock, file, thread or terminal.
