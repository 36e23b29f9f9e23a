//! Against a real broker, and against one that is out of reach.

mod consuming;
mod handlers;
mod outage;
mod parking;
mod producing;
mod proxied_broker;
mod rebalancing;
mod topics;
