//! What time brings: timer → command.

pub mod forget_expired;
pub mod republish_owed;
