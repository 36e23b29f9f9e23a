//! What visitors ask for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A signup or a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Signup,
    Enquiry,
}

impl Kind {
    /// What a visitor of this address posts.
    pub(crate) fn body(self, address: &str) -> Value {
        match self {
            Self::Signup => json!({
                "email": address, "name": "Verysecret", "campaign": "instagram", "consent": { "updates": false },
            }),
            Self::Enquiry => json!({
                "email": address, "name": "Verysecret", "topic": "pricing", "message": "Is my question kept private?",
            }),
        }
    }

    /// How many mails it owes.
    pub(crate) fn mails(self) -> usize {
        match self {
            Self::Signup => 1,
            // To the team, and the acknowledgement.
            Self::Enquiry => 2,
        }
    }
}
