//! Promises that a program can be made to break, so that a test is seen failing without them.
//!
//! A crate depends on this by its feature `broken` alone, and asks [`by`] where it would break. Without that feature
//! nothing of it is in a program; with it, the setting `LEADSTREAM_BREAK` names what is broken.

#[cfg(all(feature = "on", not(debug_assertions)))]
compile_error!("a program that can be broken on purpose is never a release");

/// The setting that names the break.
pub const SETTING: &str = "LEADSTREAM_BREAK";

/// What can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// signup and enquiry answer 202 when a request is about to be written, not when it is durable.
    ReplyBeforeCommit,
    /// A publisher deletes its rows before Kafka has acknowledged them.
    RowDeletedBeforeAck,
    /// A consumer's offsets count as handled when its handler gets the records.
    OffsetBeforeEffect,
    /// notification takes every delivery of an event for another event.
    NoInbox,
    /// A sender takes its next mail before the outcome of the last one is durable.
    OutcomeNotAwaited,
    /// A lease that notification takes does not run out.
    LeaseForEver,
    /// A relay's own fault is the end of a mail.
    RelayFaultFinal,
    /// A record that cannot be read is asked for again and again, and never set aside.
    PoisonTriedAgain,
    /// Every signup has a budget of mails of its own.
    BudgetForEachRequest,
    /// notification confirms erasures that it has not carried out.
    ErasureConfirmedOnly,
    /// signup publishes nothing again.
    NothingPublishedAgain,
    /// signup logs whom it has heard from.
    AddressLogged,
    /// signup's events do not say which request they come from.
    TraceCut,
    /// signup dates what it stamps by its own clock, and not by its database's.
    OwnClock,
}

impl Break {
    /// The word for it in the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReplyBeforeCommit => "reply-before-commit",
            Self::RowDeletedBeforeAck => "row-deleted-before-ack",
            Self::OffsetBeforeEffect => "offset-before-effect",
            Self::NoInbox => "no-inbox",
            Self::OutcomeNotAwaited => "outcome-not-awaited",
            Self::LeaseForEver => "lease-for-ever",
            Self::RelayFaultFinal => "relay-fault-final",
            Self::PoisonTriedAgain => "poison-tried-again",
            Self::BudgetForEachRequest => "budget-for-each-request",
            Self::ErasureConfirmedOnly => "erasure-confirmed-only",
            Self::NothingPublishedAgain => "nothing-published-again",
            Self::AddressLogged => "address-logged",
            Self::TraceCut => "trace-cut",
            Self::OwnClock => "own-clock",
        }
    }
}

/// Whether this process is to be broken so.
#[cfg(feature = "on")]
#[must_use]
pub fn by(one: Break) -> bool {
    named().is_some_and(|named| named == one.as_str())
}

/// What the setting names.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "no program has this setting: it is there for tests alone"
)]
pub fn named() -> Option<String> {
    std::env::var(SETTING).ok()
}
