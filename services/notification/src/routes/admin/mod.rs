//! The admin API; `routes/mod.rs` has its paths.

pub(super) mod notifications;
