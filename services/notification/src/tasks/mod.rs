//! What time brings, and what goes on all the time: sending.
//!
//! `deliver_due` are the workers. `claim_due` hands them mails (`fetch` claims, `stock` keeps them for moments) when a relay
//! (`relays`) and the recipient's mail system (`passages`) have room; `record_attempts` commits what became of them. Claims
//! and outcomes of all workers go with one statement at a time.

pub mod claim_due;
pub mod deliver_due;
mod fetch;
pub mod forget_old;
pub mod hang_up_idle;
pub mod measure_backlog;
pub mod passages;
pub mod record_attempts;
pub mod relays;
mod stock;
