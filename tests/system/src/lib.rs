//! Leadstream as an installation runs it: the three binaries as processes, with real Postgres and Kafka and a mailbox.

mod broker;
mod engine_process;
pub mod faults;
mod fleet;
mod private;
mod rows;
mod server;
mod service;
mod visitor;

pub use broker::{Broker, Cluster};
pub use fleet::{Fleet, Network};
pub use private::Private;
pub use rows::{all_rows, holds};
pub use server::Server;
pub use service::Service;
pub use visitor::{link_in, mails_to, send_form};
