#![doc = include_str!("../README.md")]

mod clock;
mod config;
mod create;
mod database;
mod failure;
mod migrate;
mod pool;
mod writer;

pub use clock::ServerClock;
pub use config::{DatabaseConfig, PostgresError, connect_options};
pub use create::ensure_database;
pub use database::{Database, Unknown, Work};
pub use failure::{is_data_error, is_serialization, is_unavailable};
pub use migrate::migrate;
pub use pool::{ping, pool};
pub use writer::{WRITER_STATEMENT_TIMEOUT, connect, writer_connection};
