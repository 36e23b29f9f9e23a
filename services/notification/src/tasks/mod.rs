//! What time brings, and what goes on all the time: sending.
//!
//! `deliver_due` are the workers. `claim_due` hands them mails, `record_attempts` commits what became of those: each
//! serves all workers with one statement at a time. `breaker` stops them while the relay is at fault.

pub mod breaker;
pub mod claim_due;
pub mod deliver_due;
pub mod forget_old;
pub mod measure_backlog;
pub mod record_attempts;
