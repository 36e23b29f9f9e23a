//! The notification service from outside: its real `App`, with a database, topics and a mailbox of its own for each
//! test. Events go in, mails and events come out.

mod acknowledgements;
mod admin_api;
mod bounces;
mod command_line;
mod database_faults;
mod dead_letters;
mod deliveries;
mod dkim;
mod dkim_keys;
mod dns_server;
mod doctor;
mod documents;
mod enquiries;
mod erasure;
mod events;
mod every_endpoint;
mod explain;
mod hostile_text;
mod housekeeping;
mod leases;
mod ledger;
mod lmtp;
mod offers;
mod operator_commands;
mod pipelining;
mod redirected;
mod relay_faults;
mod relays;
mod repetitions;
mod replicas;
mod samples;
mod suppression;
mod test_app;
mod tls;
mod webhooks;
