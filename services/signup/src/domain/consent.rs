//! Consent as evidence: what was shown, when, where and how it was given or withdrawn.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;
use sha2::{Digest, Sha256};

const USER_AGENT_BYTES: usize = 256;
const PAGE_BYTES: usize = 256;

/// What an address may be used for. Getting the file never depends on the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To mail what was asked for.
    Delivery,
    /// To mail news.
    Updates,
}

impl Purpose {
    /// The word for it in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Updates => "updates",
        }
    }
}

/// How the consent, or its end, was expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The landing page's form; the box for updates starts unticked.
    Form,
    /// The JSON API.
    Api,
    /// The button behind the link in the mail.
    ConfirmPage,
    /// The button behind the unsubscribe link.
    UnsubscribePage,
    /// A mail program's one-click unsubscribe (RFC 8058).
    OneClick,
    /// "This was not me."
    NotMe,
}

impl Method {
    /// The word for it in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Api => "api",
            Self::ConfirmPage => "confirm_page",
            Self::UnsubscribePage => "unsubscribe_page",
            Self::OneClick => "one_click",
            Self::NotMe => "not_me",
        }
    }
}

/// Who said it and where. Personal data: `Debug` shows only the method.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    pub method: Method,
    /// Path of the page or of the API, without its query.
    page: String,
    client: IpAddr,
    user_agent: Option<String>,
}

impl Evidence {
    /// Keeps at most 256 bytes of the page and of the user agent, and nothing that Postgres refuses.
    #[must_use]
    pub fn new(method: Method, page: &str, client: IpAddr, user_agent: Option<&str>) -> Self {
        Self {
            method,
            page: capped(page, PAGE_BYTES),
            client,
            user_agent: user_agent.map(|text| capped(text, USER_AGENT_BYTES)),
        }
    }

    /// Path of the page.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Address of the client. Call it only where it is stored.
    #[must_use]
    pub fn client(&self) -> IpAddr {
        self.client
    }

    /// The client's `User-Agent`. Call it only where it is stored.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

fn capped(text: &str, bytes: usize) -> String {
    let mut kept = String::with_capacity(text.len().min(bytes));
    for c in text.chars().filter(|c| !c.is_control()) {
        if kept.len() + c.len_utf8() > bytes {
            break;
        }
        kept.push(c);
    }
    kept
}

/// A SHA-256 sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256Sum(pub [u8; 32]);

impl Sha256Sum {
    /// The sum of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// Lower-case hex.
impl fmt::Display for Sha256Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_capped_at_a_character_and_holds_nothing_that_cannot_be_stored() {
        let client = IpAddr::from([192, 0, 2, 1]);
        let evidence = Evidence::new(Method::Form, "/c/x\0", client, Some(&"ä".repeat(200)));
        assert_eq!(evidence.page(), "/c/x");
        assert_eq!(evidence.user_agent().map(str::len), Some(256));
        assert_eq!(format!("{evidence:?}"), "Evidence { method: Form, .. }");
    }
}
