//! Against a real server, and against one that is out of reach.

#![expect(
    clippy::unwrap_used,
    reason = "what helps a test may panic as the test itself may"
)]

mod clock;
mod connecting;
mod failures;
mod migrating;
mod pooling;
mod transactions;
