//! SQL, and nothing else: one file a table. Every function takes part in the caller's transaction.

pub mod attempts;
pub mod bounces;
pub mod due_notifications;
pub mod erased_people;
pub mod feedback;
pub mod file_chunks;
pub mod intake;
pub mod ledger;
pub mod notifications;
pub mod offers;
pub mod sender_connection;
pub mod suppressions;
pub mod waiting_notifications;

/// This service's database: transactions in tasks of their own, each with an end.
pub type Database = postgres::Database<crate::Error>;
