//! From what a mail says to a relay that took it. The mailer's library is known here alone.
//!
//! `render` fills templates, `compose` makes the bytes, `attachment` holds a file ready to send; `relay` knows where the
//! relay is, `session` opens a session with it (over `tls` and `wire`), `connection` hands mails over, `line` keeps
//! connections for the next mail. `dkim` signs.

pub mod attachment;
mod automatic;
pub mod compose;
pub mod connection;
pub mod dkim;
pub mod from;
pub mod host_name;
pub mod line;
pub mod offer_mail;
pub mod relay;
pub mod relay_plan;
pub mod render;
pub(crate) mod session;
mod tls;
mod wire;
