//! Against a real broker, and against one that is out of reach.

#![expect(
    clippy::unwrap_used,
    reason = "what helps a test may panic as the test itself may"
)]

mod consuming;
mod dead_letters;
mod handlers;
mod outage;
mod parking;
mod producing;
mod rebalancing;
mod topics;
