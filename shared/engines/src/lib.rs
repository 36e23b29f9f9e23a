//! Real Postgres and a real Kafka broker as guarded child processes, for one machine.
//!
//! The program that wants them calls [`start`] and gets their addresses. Between it and the engines stands the
//! *guard*: the same binary started again ([`guard_main`]), which notices through a pipe that its parent is gone,
//! however it died, and stops both engines. The README states the guarantee.
//!
//! No client library is used here: an engine is ready when Postgres answers a handshake and Kafka accepts a
//! connection.

mod account;
mod arguments;
mod engine;
mod environment;
mod error;
mod guard;
mod installation;
mod jars;
mod java;
mod kafka;
mod lock;
mod log_file;
mod owner;
mod place;
mod postgres;
mod report;
mod shared;
mod start;

pub use error::EngineError;
pub use guard::guard_main;
pub use shared::{SharedEngines, join};
pub use start::{EngineSpec, Engines, RunningEngines, start};
