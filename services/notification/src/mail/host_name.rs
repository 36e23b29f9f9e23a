//! Names that can stand after an @.

use lettre::address::Address;

/// Whether this is a domain such as mail.example.org, and no address literal.
#[must_use]
pub fn is_host_name(text: &str) -> bool {
    text.is_ascii() && !text.contains(['[', '@']) && Address::new("b", text).is_ok()
}
