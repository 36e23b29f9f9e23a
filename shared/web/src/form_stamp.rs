//! When a form was shown, signed, in a hidden field of it: robots answer at once, and tabs grow old.

use std::time::Duration;

use contracts::SubjectKey;
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

/// Nobody reads and fills in a form faster.
pub const FASTEST: Duration = Duration::from_secs(2);
/// A page older than this may show what is no longer true.
pub const OLDEST: Duration = Duration::from_secs(24 * 3600);

const PURPOSE: &str = "form";
const MAC_BYTES: usize = 16;

/// Why a form has to be sent once more. It is never a reason to lose what was typed; the visitor is told the same of
/// all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// As programs do, and people with a form filler.
    #[error("the form was sent sooner than a person can")]
    TooFast,
    /// The tab was left open.
    #[error("the form was shown too long ago")]
    TooOld,
    #[error("the form's stamp is missing or not ours")]
    Unsigned,
}

impl StampError {
    /// All of them.
    pub const ALL: [StampError; 3] = [StampError::TooFast, StampError::TooOld, StampError::Unsigned];

    /// The word for it in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            StampError::TooFast => "too_fast",
            StampError::TooOld => "too_old",
            StampError::Unsigned => "unsigned",
        }
    }
}

/// The stamp of a form that is shown now: milliseconds since 1970 (8 bytes) and a MAC over them and the form's name,
/// in base64url. The stamp of one form is none for another.
pub fn sign(key: &SubjectKey, form: &str, now: OffsetDateTime) -> String {
    let millis = millis(now).to_be_bytes();
    let mut stamp = millis.to_vec();
    stamp.extend_from_slice(&mac(key, form, &millis));
    BASE64URL_NOPAD.encode(&stamp)
}

/// The stamp of a form that goes back to be sent once more: it may be sent at once.
pub fn sign_again(key: &SubjectKey, form: &str, now: OffsetDateTime) -> String {
    sign(key, form, now - FASTEST)
}

/// Whether a form with this stamp may be taken now.
///
/// # Errors
/// [`StampError`] if it has to be sent once more.
pub fn check(key: &SubjectKey, form: &str, stamp: &str, now: OffsetDateTime) -> Result<(), StampError> {
    let shown = verify(key, form, stamp).ok_or(StampError::Unsigned)?;
    let age = millis(now).saturating_sub(shown);
    if age < millis_of(FASTEST) {
        return Err(StampError::TooFast);
    }
    if age > millis_of(OLDEST) {
        return Err(StampError::TooOld);
    }
    Ok(())
}

fn verify(key: &SubjectKey, form: &str, stamp: &str) -> Option<i64> {
    let bytes = BASE64URL_NOPAD.decode(stamp.as_bytes()).ok()?;
    let (shown, given) = bytes.split_first_chunk::<8>()?;
    bool::from(mac(key, form, shown).as_slice().ct_eq(given)).then_some(i64::from_be_bytes(*shown))
}

fn millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn mac(key: &SubjectKey, form: &str, millis: &[u8; 8]) -> [u8; MAC_BYTES] {
    let whole = key.mac(PURPOSE, &[millis, form.as_bytes()].concat());
    let mut short = [0; MAC_BYTES];
    short.copy_from_slice(&whole[..MAC_BYTES]);
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const SHOWN: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

    fn key() -> SubjectKey {
        SubjectKey::parse(&"ab".repeat(32)).expect("32 bytes")
    }

    fn after(age: Duration) -> Result<(), StampError> {
        check(&key(), "/c/x", &sign(&key(), "/c/x", SHOWN), SHOWN + age)
    }

    #[test]
    fn a_form_is_taken_from_two_seconds_to_a_day_after_it_was_shown() {
        assert_eq!(after(Duration::from_millis(1_999)), Err(StampError::TooFast));
        assert_eq!(after(FASTEST), Ok(()));
        assert_eq!(after(OLDEST), Ok(()));
        assert_eq!(after(OLDEST + Duration::from_millis(1)), Err(StampError::TooOld));
    }

    #[test]
    fn a_form_that_was_sent_back_is_taken_at_once() {
        let stamp = sign_again(&key(), "/c/x", SHOWN);
        assert_eq!(check(&key(), "/c/x", &stamp, SHOWN), Ok(()));
    }

    #[test]
    fn a_stamp_of_another_form_another_key_or_the_future_is_not_taken() {
        let now = SHOWN + FASTEST;
        let stamp = sign(&key(), "/c/x", SHOWN);
        assert_eq!(check(&key(), "/c/y", &stamp, now), Err(StampError::Unsigned));
        let other = SubjectKey::parse(&"cd".repeat(32)).expect("32 bytes");
        assert_eq!(check(&other, "/c/x", &stamp, now), Err(StampError::Unsigned));
        let before = check(&key(), "/c/x", &stamp, SHOWN - OLDEST);
        assert_eq!(before, Err(StampError::TooFast));
    }

    proptest! {
        #[test]
        fn whatever_others_write_into_the_field_is_never_taken(field in "\\PC{0,60}|[A-Za-z0-9_-]{0,60}") {
            prop_assert_eq!(check(&key(), "/c/x", &field, SHOWN), Err(StampError::Unsigned));
        }
    }
}
