//! What a look at one thing came to.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Ok,
    /// Mails arrive, but not as well as they could, or something could not be looked at from here.
    Warning,
    /// Mails will be refused, filed as spam, or not leave at all.
    Problem,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    Settings,
    Spf,
    Dkim,
    Dmarc,
    Bounces,
    Ptr,
    Relay,
    Mail,
    Delivery,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    pub check: Check,
    /// The domain, key or relay that it is about.
    pub about: String,
    pub found: String,
    /// What to do; only where all is well there is none.
    pub advice: Option<String>,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl Check {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Spf => "SPF",
            Self::Dkim => "DKIM",
            Self::Dmarc => "DMARC",
            Self::Bounces => "bounces",
            Self::Ptr => "PTR",
            Self::Relay => "relay",
            Self::Mail => "mail",
            Self::Delivery => "delivery",
        }
    }

    /// All is well.
    pub(super) fn ok(self, about: &str, found: impl Into<String>) -> Finding {
        self.finding(Severity::Ok, about, found.into(), None)
    }

    pub(super) fn warning(self, about: &str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
        self.finding(Severity::Warning, about, found.into(), Some(advice.into()))
    }

    pub(super) fn problem(self, about: &str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
        self.finding(Severity::Problem, about, found.into(), Some(advice.into()))
    }

    fn finding(self, severity: Severity, about: &str, found: String, advice: Option<String>) -> Finding {
        Finding {
            severity,
            check: self,
            about: about.to_owned(),
            found,
            advice,
        }
    }
}
