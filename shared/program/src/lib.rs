#![doc = include_str!("../README.md")]

mod confirmation;
pub mod dead_letters;
mod elapsed;
mod failure;
mod healthcheck;
mod outbox_status;
mod republish;
mod runtime;
mod serve;

pub use confirmation::Confirmation;
pub use elapsed::elapsed;
pub use failure::{Failure, Outcome, finish, with_causes};
pub use healthcheck::{Healthcheck, healthcheck};
pub use outbox_status::OutboxCommand;
pub use republish::Republish;
pub use runtime::block_on;
pub use serve::{Ports, ServeArgs, Site, limits, serve};
