//! The notification service: mails that are owed are written into a ledger once, and sent until a relay has taken them.
//!
//! In → command → out: Kafka enters by `consumers`, time by `tasks`, HTTP by `routes`, bounces also by `lmtp`; each calls a
//! command. Mails leave by `tasks::deliver_due` and `mail`.

pub mod app;
pub mod command_line;
pub mod commands;
pub mod config;
pub mod consumers;
pub mod doctor;
pub mod domain;
pub mod error;
pub mod events;
pub mod lmtp;
pub mod mail;
pub mod metrics;
pub mod routes;
pub mod state;
pub mod store;
pub mod tasks;

pub use app::{App, MIGRATOR, migrate};
pub use config::{Config, Settings};
pub use error::Error;
