use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The same body that the service takes.
#[derive(Debug, Deserialize)]
pub(super) struct Signup {
    pub email: String,
    pub name: Option<String>,
    pub campaign: String,
    pub consent: Consent,
    pub touch: Option<Touch>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Consent {
    pub updates: bool,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Touch {
    pub utm_source: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_content: Option<String>,
    pub referrer: Option<String>,
    pub landing_page: Option<String>,
}

/// The same answer.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub id: Uuid,
    pub status: &'static str,
}

impl Answer {
    pub(super) fn new(id: Uuid) -> Self {
        Self {
            id,
            status: "accepted",
        }
    }
}
