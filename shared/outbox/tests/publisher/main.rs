//! The outbox against a real Postgres and a real broker, and against either out of reach.

#![expect(
    clippy::unwrap_used,
    reason = "what helps a test may panic as the test itself may"
)]

mod appending;
mod fixture;
mod leadership;
mod outage;
mod publishing;
mod status;
