//! SQL, and nothing else: one file a table. Every function takes part in the caller's transaction.

pub mod attempts;
pub mod database;
pub mod due_notifications;
pub mod erased_people;
pub mod file_chunks;
pub mod intake;
pub mod notifications;
pub mod offers;
pub mod sender_connection;
pub mod suppressions;
pub mod waiting_notifications;
