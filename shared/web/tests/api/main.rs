//! The web crate from outside: real servers on ports of their own, real clients.

mod admin;
mod bodies;
mod connections;
mod forms;
mod limits;
mod logs;
mod metrics;
mod problems;
mod site;
mod stop;
