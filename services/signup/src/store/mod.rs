//! SQL, one file per table, and the batch writer of the hot path.

pub mod allowed_origins;
pub mod campaign_cache;
pub mod campaigns;
pub mod clock;
pub mod consents;
pub mod downloads;
pub mod erased_people;
pub mod expired;
pub mod held;
pub mod leads;
pub mod listings;
pub mod mail_budgets;
pub mod mail_requests;
pub mod my_data;
pub mod offers;
pub mod requests;
mod signup_answers;
pub mod signup_queue;
pub mod signup_row;
pub mod signup_writer;
pub mod signups;
mod write_signups;

/// This service's database: transactions in tasks of their own, each with an end.
pub type Database = postgres::Database<crate::Error>;
