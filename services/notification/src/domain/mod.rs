//! What is true of mails that are owed, whatever the database and the relay say. Nothing here waits for anything.

pub mod attempt;
pub mod auto_reply;
pub mod bounce;
pub mod bounce_address;
pub mod bounce_report;
pub mod budgets;
pub mod circuit;
pub mod claim;
pub mod content;
pub mod domain_group;
pub mod effect;
pub mod fallback;
pub mod incoming_mail;
pub mod ledger;
pub mod notification;
pub mod order;
pub mod provider;
pub mod rate;
pub mod relay_choice;
pub mod reply;
pub mod reply_class;
pub mod retry;
pub mod suppression;
pub mod throttle;
pub mod wording;
