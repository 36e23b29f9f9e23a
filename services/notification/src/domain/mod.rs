//! What is true of mails that are owed, whatever the database and the relay say. Nothing here waits for anything.

pub mod attempt;
pub mod auto_reply;
pub mod bounce;
pub mod bounce_address;
pub mod circuit;
pub mod claim;
pub mod content;
pub mod effect;
pub mod incoming_mail;
pub mod notification;
pub mod reply;
pub mod reply_class;
pub mod retry;
pub mod wording;
