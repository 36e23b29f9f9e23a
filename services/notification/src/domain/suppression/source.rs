//! Which part decided.

use crate::domain::bounce_report::Via;

/// Which part decided that a person is not mailed (any more).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionSource {
    /// A relay refused the recipient for good.
    SmtpReply,
    /// A bounce or a complaint came in.
    Report(Via),
    /// The person unsubscribed from updates.
    Unsubscribe,
    /// "This was not me", said the person.
    NotMe,
    /// The person confirmed that updates are wanted.
    Confirmation,
    /// By the admin API or a command.
    Operator,
    /// A list that does not say it.
    Import,
    /// A release that did not note it, or one that knows more than this one.
    Unknown,
}

impl SuppressionSource {
    /// The word for it in the table, in lists and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SmtpReply => "smtp_reply",
            Self::Report(via) => via.as_str(),
            Self::Unsubscribe => "unsubscribe",
            Self::NotMe => "not_me",
            Self::Confirmation => "confirmation",
            Self::Operator => "operator",
            Self::Import => "import",
            Self::Unknown => "unknown",
        }
    }

    /// The source that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|source| source.as_str() == word)
    }

    fn all() -> impl Iterator<Item = Self> {
        let own = [
            Self::SmtpReply,
            Self::Unsubscribe,
            Self::NotMe,
            Self::Confirmation,
            Self::Operator,
            Self::Import,
            Self::Unknown,
        ];
        own.into_iter().chain(Via::all().map(Self::Report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_word_of_its_own() {
        for source in SuppressionSource::all() {
            assert_eq!(SuppressionSource::from_word(source.as_str()), Some(source));
        }
        assert_eq!(SuppressionSource::from_word("rumour"), None);
    }
}
