//! The enquiry service: a visitor asks, the right team gets it, and nobody's question is forgotten.
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
