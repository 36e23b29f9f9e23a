//! Real Postgres and a real Kafka broker as guarded child processes, for one machine.
//!
//! The program that wants them calls [`start`] and gets their addresses. Between it and the engines stands the
//! *guard*: the same binary started again ([`guard_main`]), which stops both engines when its parent is gone. The
//! README says how, and states the guarantee. No client library is used here.

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
