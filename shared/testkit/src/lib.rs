//! What tests of all crates share: real Postgres and Kafka, a mailbox, processes, and faults on demand.
//!
//! Everything here panics with a sentence when it cannot do its work: a test then fails and says why.

mod built;
mod database;
mod engines;
mod fault_proxy;
pub mod hostile;
mod http;
mod kafka;
mod mailbox;
mod owner;
mod process;
mod proxied_broker;
mod site;
mod template;
mod topic_tail;
mod used_topics;
mod wait;

pub use built::{binary, broken_binary};
pub use database::{TestDatabase, database, empty_database};
pub use engines::{Engines, engines};
pub use fault_proxy::{Fault, FaultProxy, Upstream};
pub use http::http_client;
pub use kafka::{TestKafka, kafka};
pub use mailbox::{TestMailbox, mailbox};
pub use process::Process;
pub use proxied_broker::ProxiedBroker;
pub use site::{ADMIN_TOKEN, Served, serve};
pub use topic_tail::TopicTail;
pub use wait::{wait_for, wait_until};
