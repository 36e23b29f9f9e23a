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

/// Why a form has to be sent once more. The visitor is told the same of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    #[error("the form was sent sooner than a person can")]
    TooFast,
    #[error("the form was shown too long ago")]
    TooOld,
    #[error("the form's stamp is missing or not ours")]
    Unknown,
}

/// The stamp for a form shown now: milliseconds since 1970 (8 bytes) and a MAC over them and the form's path,
/// in base64url.
#[must_use]
pub fn stamp(key: &SubjectKey, form: &str, now: OffsetDateTime) -> String {
    let millis = millis(now).to_be_bytes();
    let mut stamp = millis.to_vec();
    stamp.extend_from_slice(&mac(key, form, &millis));
    BASE64URL_NOPAD.encode(&stamp)
}

/// When the form was shown, if it may be taken now.
///
/// # Errors
/// [`StampError`] if it has to be sent once more.
pub fn check(
    key: &SubjectKey,
    form: &str,
    stamp: &str,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, StampError> {
    let bytes = BASE64URL_NOPAD
        .decode(stamp.as_bytes())
        .map_err(|_| StampError::Unknown)?;
    let (millis_shown, mac_shown) = bytes.split_first_chunk::<8>().ok_or(StampError::Unknown)?;
    if !bool::from(mac(key, form, millis_shown).as_slice().ct_eq(mac_shown)) {
        return Err(StampError::Unknown);
    }
    let shown = i64::from_be_bytes(*millis_shown);
    let age = millis(now).saturating_sub(shown);
    if age < millis_of(FASTEST) {
        return Err(StampError::TooFast);
    }
    if age > millis_of(OLDEST) {
        return Err(StampError::TooOld);
    }
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(shown) * 1_000_000).map_err(|_| StampError::Unknown)
}

fn millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn mac(key: &SubjectKey, form: &str, millis: &[u8; 8]) -> [u8; MAC_BYTES] {
    let mac = key.mac(PURPOSE, &[millis, form.as_bytes()].concat());
    let mut cut = [0; MAC_BYTES];
    cut.copy_from_slice(&mac[..MAC_BYTES]);
    cut
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

    fn after(age: Duration) -> Result<OffsetDateTime, StampError> {
        check(&key(), "/c/x", &stamp(&key(), "/c/x", SHOWN), SHOWN + age)
    }

    #[test]
    fn a_form_is_taken_from_two_seconds_to_a_day_after_it_was_shown() {
        assert_eq!(after(Duration::from_millis(1_999)), Err(StampError::TooFast));
        assert_eq!(after(FASTEST), Ok(SHOWN));
        assert_eq!(after(OLDEST), Ok(SHOWN));
        assert_eq!(after(OLDEST + Duration::from_millis(1)), Err(StampError::TooOld));
    }

    #[test]
    fn a_stamp_of_another_form_another_key_or_the_future_is_not_taken() {
        let now = SHOWN + FASTEST;
        let stamp = stamp(&key(), "/c/x", SHOWN);
        assert_eq!(check(&key(), "/c/y", &stamp, now), Err(StampError::Unknown));
        let other = SubjectKey::parse(&"cd".repeat(32)).expect("32 bytes");
        assert_eq!(check(&other, "/c/x", &stamp, now), Err(StampError::Unknown));
        assert_eq!(
            check(&key(), "/c/x", &stamp, SHOWN - OLDEST),
            Err(StampError::TooFast)
        );
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_field_never_panics(field in "\\PC{0,60}|[A-Za-z0-9_-]{0,60}") {
            prop_assert_eq!(check(&key(), "/c/x", &field, SHOWN), Err(StampError::Unknown));
        }
    }
}
