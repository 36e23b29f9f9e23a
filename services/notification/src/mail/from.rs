//! Who a mail comes from.

pub use lettre::message::Mailbox;

/// Reads what can stand in From: `name@example.org` or `Name <name@example.org>`, one address on one line.
#[must_use]
pub fn parse(text: &str) -> Option<Mailbox> {
    let one_line = !text.chars().any(char::is_control);
    text.parse().ok().filter(|_| one_line)
}
