//! What the tests of other crates rely on.

mod databases;
mod faults;
mod mails;
mod processes;
mod topics;
mod waiting;
