//! The signup service: a visitor asks for an offer, is owed its mail, and stays master of what is kept.
//!
//! In → command → out: HTTP enters by `routes`, Kafka by `consumers`, time by `tasks`; each calls one command.

pub mod app;
pub mod command_line;
pub mod commands;
pub mod config;
pub mod consumers;
pub mod domain;
pub mod error;
pub mod events;
pub mod metrics;
pub mod routes;
pub mod state;
pub mod store;
pub mod tasks;

pub use app::{App, MIGRATOR, migrate};
pub use config::{Config, Settings};
pub use error::Error;
pub use state::State;
