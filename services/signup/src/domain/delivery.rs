//! How far the mail that a request owes has come, as signup sees it.

/// What becomes of a request's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Its event was, or will be, published; no outcome is known.
    Owed,
    /// The address has had its mails for now: stored, not mailed.
    OverBudget,
    /// It looks like a robot's: stored, and mailed when somebody releases it.
    Held,
    /// Notification has told the outcome.
    Done,
    /// Published again and again without an outcome: somebody has to look.
    Stuck,
}

impl Delivery {
    /// The word for it in tables and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::OverBudget => "over_budget",
            Self::Held => "held",
            Self::Done => "done",
            Self::Stuck => "stuck",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Owed, Self::OverBudget, Self::Held, Self::Done, Self::Stuck]
            .into_iter()
            .find(|delivery| delivery.as_str() == word)
    }
}
