//! What SMTP says about a mail, apart from the mail itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Sender and recipients as `MAIL FROM` and `RCPT TO` gave them (RFC 5321): the only place that shows a VERP
/// sender, or a recipient that no header names. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    /// The reverse path without its angle brackets; empty for the null sender `<>`.
    pub from: String,
    /// The forward paths without their angle brackets, in the order they came.
    pub to: Vec<String>,
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Envelope(…)")
    }
}
