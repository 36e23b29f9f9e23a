//! The mailbox over real sockets and a real folder.

mod api;
mod client;
mod durability;
mod faults;
mod pages;
mod running;
mod smtp;
