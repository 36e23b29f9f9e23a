//! Black-box tests of the signup service on its real `App`, a database each, and a real Kafka where one matters.

mod budget;
mod command_line;
mod consent;
mod consumers;
mod erasure;
mod held;
mod idempotency;
mod links_by_mail;
mod offers;
mod outage;
mod republish;
mod service;
mod writer;
