//! The connections of the senders' tasks: one owner each, the same few statements for as long as they live.

use postgres::{DatabaseConfig, connect, connect_options};
use sqlx::PgConnection;

use crate::error::Error;

/// Every statement of the senders finds its rows by key. A plan that was made while the tables were small would read
/// them whole, and be kept while they grow by thousands a second. It is made once: to plan such a statement takes longer
/// than to run it for a few mails.
///
/// Due mails are read in the order of their index: whatever else reads all that are due, to take a few of them.
const SESSION: [(&str, &str); 8] = [
    ("statement_timeout", "1500ms"),
    ("lock_timeout", "1s"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit", "off"),
];

/// A new connection, or an error within 2 s.
///
/// # Errors
/// If the database is out of reach.
pub async fn open(database: &DatabaseConfig) -> Result<PgConnection, Error> {
    Ok(connect(&connect_options(database)?.options(SESSION)).await?)
}
