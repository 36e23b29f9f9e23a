//! Why a person is not mailed: a word, so that nothing about the person gets into it.

use std::borrow::Cow;
use std::fmt;

use contracts::Slug;

use crate::domain::bounce::BounceClass;

/// The word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(Cow<'static, str>);

/// The text is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a word such as asked-by-phone: a-z, 0-9 and -")]
pub struct NoReason;

impl Reason {
    /// "This was not me", said the person.
    pub const NOT_ME: Self = Self(Cow::Borrowed("not_me"));
    /// The person said so.
    pub const UNSUBSCRIBED: Self = Self(Cow::Borrowed("unsubscribed"));
    /// Of what is lifted: the person wants updates.
    pub const CONFIRMED: Self = Self(Cow::Borrowed("confirmed"));
    /// Of a list that gives no reason.
    pub const IMPORTED: Self = Self(Cow::Borrowed("imported"));
    /// The reasons that an operator's word does not replace, the weakest first: what the person said, what their mail system
    /// said, and a complaint, which is for ever.
    pub const BY_STRENGTH: [&'static str; 5] = ["unsubscribed", "not_me", "soft", "hard", "complaint"];

    /// What a bounce or a complaint is a reason of.
    #[must_use]
    pub const fn of(class: BounceClass) -> Self {
        Self(Cow::Borrowed(class.as_str()))
    }

    /// Reads what an operator gives: one of our own words, or a slug.
    ///
    /// # Errors
    /// [`NoReason`].
    pub fn parse(text: &str) -> Result<Self, NoReason> {
        if let Some(own) = Self::BY_STRENGTH.into_iter().find(|own| *own == text) {
            return Ok(Self(Cow::Borrowed(own)));
        }
        let slug = Slug::parse(text).map_err(|_| NoReason)?;
        Ok(Self(Cow::Owned(slug.as_str().to_owned())))
    }

    /// Reads what a list gives: those of others often have `_` for `-`.
    ///
    /// # Errors
    /// [`NoReason`].
    pub fn of_list(text: &str) -> Result<Self, NoReason> {
        Self::parse(text).or_else(|_| Self::parse(&text.replace('_', "-")))
    }

    /// What the table holds.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can only be about all mails to a person.
    #[must_use]
    pub fn is_of_a_mail_system(&self) -> bool {
        ["soft", "hard", "complaint"].contains(&self.as_str())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_word_of_ours_or_a_slug() {
        for (text, word) in [
            ("complaint", "complaint"),
            ("not_me", "not_me"),
            ("asked-by-phone", "asked-by-phone"),
            ("spam_trap", "spam-trap"),
        ] {
            assert_eq!(Reason::of_list(text).expect("a reason").as_str(), word);
        }
        assert_eq!(Reason::parse("spam_trap"), Err(NoReason));
        for text in ["", "two words", "anna@example.com", "Complaint", &"a".repeat(65)] {
            assert_eq!(Reason::of_list(text), Err(NoReason), "{text}");
        }
    }
}
