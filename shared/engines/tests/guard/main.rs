//! The engines as a program sees them: the real guard, real Postgres, real Kafka.

mod lives;
mod places;
mod refusals;
mod scratch;
mod shared;
