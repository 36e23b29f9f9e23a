//! From what a mail says to a relay that took it. The mailer's library is known here alone.
//!
//! `render` fills templates, `compose` makes the bytes, `attachment` holds a file ready to send; `relay` knows where the
//! relay is, `connection` talks to it (`tls` helps), `line` keeps a worker's connection.

pub mod attachment;
pub mod compose;
mod connection;
pub mod line;
pub mod offer_mail;
pub mod relay;
pub mod render;
mod tls;
