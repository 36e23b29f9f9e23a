//! The admin API; `routes/mod.rs` has its paths.

pub(super) mod bounces;
pub(super) mod notification;
pub(super) mod notifications;
pub(super) mod suppressions;
