//! The notification service from outside: its real `App`, with a database, topics and a mailbox of its own for each
//! test. Events go in, mails and events come out.

mod admin_api;
mod command_line;
mod database_faults;
mod deliveries;
mod documents;
mod enquiries;
mod erasure;
mod events;
mod explain;
mod hostile_text;
mod housekeeping;
mod leases;
mod offers;
mod relay_faults;
mod repetitions;
mod replicas;
mod samples;
mod suppression;
mod test_app;
mod tls;
