//! The signed time in a form: when the page was made that is now sent back.

use std::time::Duration;

use contracts::SubjectKey;
use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

const PURPOSE: &str = "enquiry form";
const MAC_BYTES: usize = 10;
/// Nobody reads a form and writes a question in less.
const TOO_FAST: Duration = Duration::from_secs(2);
const TOO_OLD: Duration = Duration::from_secs(24 * 3600);

/// Why a form should be sent once more. It is never a reason to lose what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Sent as soon as it was made, as programs do, and people with a form filler.
    TooFast,
    /// Made long ago: the tab was left open.
    TooOld,
    /// Without a stamp of ours.
    Unsigned,
}

impl Unfit {
    /// The word for it in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFast => "too_fast",
            Self::TooOld => "too_old",
            Self::Unsigned => "unsigned",
        }
    }
}

/// The stamp of a page that is made now.
#[must_use]
pub fn sign(key: &SubjectKey, now: OffsetDateTime) -> String {
    let seconds = now.unix_timestamp();
    format!("{seconds}.{}", BASE32_NOPAD.encode(&mac(key, seconds)))
}

/// The stamp of a page that was sent back to be sent once more: it may be sent at once.
#[must_use]
pub fn sign_again(key: &SubjectKey, now: OffsetDateTime) -> String {
    sign(key, now - TOO_FAST)
}

/// Whether a form with this stamp may be taken now.
///
/// # Errors
/// [`Unfit`] says why not.
pub fn check(key: &SubjectKey, stamp: &str, now: OffsetDateTime) -> Result<(), Unfit> {
    let made = verify(key, stamp).ok_or(Unfit::Unsigned)?;
    let age = now.unix_timestamp().saturating_sub(made);
    if age < TOO_FAST.as_secs().cast_signed() {
        return Err(Unfit::TooFast);
    }
    if age > TOO_OLD.as_secs().cast_signed() {
        return Err(Unfit::TooOld);
    }
    Ok(())
}

fn verify(key: &SubjectKey, stamp: &str) -> Option<i64> {
    let (seconds, given) = stamp.split_once('.')?;
    let seconds: i64 = seconds.parse().ok()?;
    let given = BASE32_NOPAD.decode(given.as_bytes()).ok()?;
    bool::from(given.ct_eq(&mac(key, seconds))).then_some(seconds)
}

fn mac(key: &SubjectKey, seconds: i64) -> [u8; MAC_BYTES] {
    let whole = key.mac(PURPOSE, &seconds.to_be_bytes());
    let mut short = [0; MAC_BYTES];
    short.copy_from_slice(&whole[..MAC_BYTES]);
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-24 10:00 UTC);

    fn key() -> SubjectKey {
        SubjectKey::parse(&"ab".repeat(32)).expect("32 bytes")
    }

    #[test]
    fn a_form_is_taken_between_two_seconds_and_a_day() {
        let stamp = sign(&key(), NOW);
        for (later, expected) in [
            (1, Err(Unfit::TooFast)),
            (2, Ok(())),
            (24 * 3600, Ok(())),
            (24 * 3600 + 1, Err(Unfit::TooOld)),
            (-60, Err(Unfit::TooFast)),
        ] {
            let then = NOW + time::Duration::seconds(later);
            assert_eq!(check(&key(), &stamp, then), expected, "{later} s later");
        }
    }

    #[test]
    fn a_form_sent_back_may_be_sent_at_once() {
        assert_eq!(check(&key(), &sign_again(&key(), NOW), NOW), Ok(()));
    }

    #[test]
    fn a_time_that_was_changed_is_not_believed() {
        let stamp = sign(&key(), NOW).replacen('1', "2", 1);
        assert_eq!(check(&key(), &stamp, NOW), Err(Unfit::Unsigned));
    }

    proptest! {
        #[test]
        fn what_others_write_is_never_taken(stamp in "\\PC*|[0-9]{1,30}\\.[A-Z2-7]{16}") {
            prop_assert_eq!(check(&key(), &stamp, NOW), Err(Unfit::Unsigned));
        }
    }
}
