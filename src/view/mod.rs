//! One folder a view: its commands (`mod.rs`), its state (`state.rs`) and its drawing (`draw.rs`).
