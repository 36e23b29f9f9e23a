#![doc = include_str!("../README.md")]

mod failure;
mod healthcheck;
mod runtime;
mod serve;

pub use failure::{Failure, Outcome, finish, with_causes};
pub use healthcheck::{Healthcheck, healthcheck};
pub use runtime::block_on;
pub use serve::{Ports, ServeArgs, Site, limits, serve};
