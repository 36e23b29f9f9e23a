//! Leadstream as an installation runs it: the three binaries as processes, with real Postgres and Kafka and a mailbox.

mod broken_build;
mod broker;
mod engine_process;
mod entrance;
pub mod faults;
mod fleet;
mod memory_limit;
mod previous_release;
mod private;
mod request;
mod rows;
mod server;
mod service;
mod small_disk;
mod traffic;
mod visitor;
mod wrong_clock;

pub use broken_build::each_is_noticed;
pub use broker::{Broker, Cluster};
pub use entrance::{Choice, Entrance};
pub use fleet::{Fleet, Network};
pub use memory_limit::MemoryLimit;
pub use previous_release::previous_release;
pub use private::Private;
pub use rows::{all_rows, holds};
pub use server::Server;
pub use service::Service;
pub use small_disk::SmallDisk;
pub use traffic::{Traffic, Verdict};
pub use visitor::{link_in, mails_to, send_form};
pub use wrong_clock::WrongClock;

/// Says aloud that a test does not run on this machine.
#[expect(clippy::print_stdout, reason = "whoever reads the tests' output shall know")]
fn skipped(why: &str) {
    println!("skipped: {why}");
}
