//! The rules, without any database or network.

pub mod delivery;
pub mod enquiry;
pub mod explanation;
pub mod idempotency;
pub mod reachability;
pub mod reference;
pub mod route;
pub mod routes_file;
pub mod touch;
pub mod words;
