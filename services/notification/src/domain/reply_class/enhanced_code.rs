//! Enhanced mail system status codes (RFC 3463).

use std::fmt;
use std::str::FromStr;

/// `class "." subject "." detail` (RFC 3463 §2), such as `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2 success, 4 not now, 5 for good.
    pub class: u8,
    /// What it is about: 1 address, 2 mailbox, 3 mail system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    pub detail: u16,
}

/// The text is no enhanced code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an enhanced status code, such as 5.1.1")]
pub struct EnhancedCodeError;

impl EnhancedCode {
    /// Subject and detail without the class: what is said is the same for `4.2.2` and `5.2.2`.
    #[must_use]
    pub const fn topic(self) -> (u16, u16) {
        (self.subject, self.detail)
    }

    /// `X.0.0`, and the `X.Y.0` that only name a subject, leave the reason to the words beside them.
    #[must_use]
    pub const fn is_vague(self) -> bool {
        self.detail == 0
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl FromStr for EnhancedCode {
    type Err = EnhancedCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.split('.').map(number);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Some(class @ (2 | 4 | 5))), Some(Some(subject)), Some(Some(detail)), None) => Ok(Self {
                class: u8::try_from(class).map_err(|_| EnhancedCodeError)?,
                subject,
                detail,
            }),
            _ => Err(EnhancedCodeError),
        }
    }
}

/// One to three digits.
fn number(digits: &str) -> Option<u16> {
    let is_number = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_three_numbers_and_a_class_that_exists() {
        let code: EnhancedCode = "5.7.606".parse().expect("a code");
        assert_eq!((code.class, code.topic()), (5, (7, 606)));
        assert_eq!(code.to_string(), "5.7.606");
        for text in [
            "", "5.7", "5.7.", "5.7.1.2", "3.1.1", "55.1.1", "5.1.1000", "5.a.1", "5.+1.1",
        ] {
            assert_eq!(text.parse::<EnhancedCode>(), Err(EnhancedCodeError), "{text}");
        }
    }
}
