//! Leadstream on one machine: engines, mailbox, demo offer and the three services in one process.

pub mod command_line;
pub mod config;
mod databases;
mod demo;
mod engine_room;
mod keys;
mod offers;
mod ports;
mod serve;
mod services;
mod start_page;
mod terminal;
