//! SQL, and nothing else: one file for each table. Functions work on the connection of the caller's transaction.
//!
//! Locks are taken in this order: person, idempotency key, budget, enquiry and what hangs on it, outbox. Only a release
//! and an erasure come to a budget after their enquiries; whoever holds a budget never waits for one of those.

pub mod enquiries;
pub mod enquiry_list;
pub mod erased_people;
pub mod idempotency_keys;
pub mod mail_budgets;
pub mod mails;
pub mod outbox_rows;
pub mod republishing;
pub mod status_changes;

/// This service's database: transactions in tasks of their own, each with an end.
pub type Database = postgres::Database<crate::Error>;
