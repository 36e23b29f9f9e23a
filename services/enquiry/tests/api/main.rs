//! The enquiry service from outside: its real `App` on real ports, with a database of its own for each test.

mod abuse_corpus;
mod acknowledgements;
mod admin_api;
mod bad_input;
mod command_line;
mod contact_page;
mod dead_letters;
mod documents;
mod enquiry_api;
mod erasure;
mod events;
mod every_endpoint;
mod held;
mod idempotency;
mod mail_states;
mod outages;
mod program;
mod republishing;
mod routing;
mod test_app;
