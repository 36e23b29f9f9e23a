//! What a relay says, as it is kept: the codes, and the text without the recipient.

use contracts::EmailAddress;

const TEXT_MAX: usize = 200;
const REDACTED: &str = "[address]";

/// A reply of SMTP (RFC 5321 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// RFC 3463, such as `5.1.1`.
    pub enhanced_code: Option<String>,
    /// One line of printable ASCII; addresses and the recipient's name are taken out.
    pub text: String,
}

impl Reply {
    /// Reads what a relay said about a mail to `recipient`. `text` is all its lines without the code.
    #[must_use]
    pub fn new(code: u16, text: &str, recipient: &EmailAddress) -> Self {
        let mut words = text.split_whitespace().peekable();
        let enhanced_code = words.next_if(|word| is_enhanced_code(word)).map(str::to_owned);
        let mut kept = String::new();
        for word in words {
            let word = if names_recipient(word, recipient) {
                REDACTED
            } else {
                word
            };
            if kept.len() + word.len() >= TEXT_MAX {
                break;
            }
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.extend(word.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }));
        }
        Self {
            code,
            enhanced_code,
            text: kept,
        }
    }

    /// 4xx: worth another try.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// A refusal by a policy (RFC 3463 §3.8, `X.7.X`): of this relay, its account or its fame, not of the mailbox.
    #[must_use]
    pub fn is_about_policy(&self) -> bool {
        self.enhanced_code
            .as_deref()
            .is_some_and(|code| code.get(1..4) == Some(".7."))
    }

    /// The session or the account is at fault, whatever mail was being sent: shutting down (421), no login or a wrong
    /// one (454, 530, 534, 535, 538; RFC 4954 §6).
    #[must_use]
    pub const fn is_about_session(&self) -> bool {
        matches!(self.code, 421 | 454 | 530 | 534 | 535 | 538)
    }

    /// The mail is bigger than the relay or the mailbox takes (552, or 5.3.4).
    #[must_use]
    pub fn is_about_size(&self) -> bool {
        self.enhanced_code
            .as_deref()
            .map_or(self.code == 552, |code| code == "5.3.4")
    }
}

/// `class "." subject "." detail` of RFC 3463 §2.
fn is_enhanced_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let numeric = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts.iter().all(numeric)
}

fn names_recipient(word: &str, recipient: &EmailAddress) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let local = recipient
        .local_part()
        .trim_matches(|c: char| !c.is_ascii_alphanumeric());
    word.contains('@') || (!local.is_empty() && bare.eq_ignore_ascii_case(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply::new(
            code,
            text,
            &EmailAddress::parse("anna.muster@example.com").expect("valid"),
        )
    }

    #[test]
    fn codes_are_kept_and_the_recipient_is_not() {
        let reply = reply(
            550,
            "5.1.1 <anna.muster@example.com>: no user\r\n\"Anna.Muster\" here \u{7f}é",
        );
        assert_eq!(reply.enhanced_code.as_deref(), Some("5.1.1"));
        assert_eq!(reply.text, "[address] no user [address] here ??");
    }

    #[test]
    fn a_reply_without_an_enhanced_code_is_read_too() {
        let reply = reply(452, "4.2 GiB left");
        assert_eq!(reply.enhanced_code, None);
        assert_eq!(reply.text, "4.2 GiB left");
        assert!(reply.is_transient());
    }

    #[test]
    fn a_long_reply_is_cut_at_a_word() {
        let reply = reply(550, &"word ".repeat(100));
        assert!(reply.text.len() <= TEXT_MAX && reply.text.ends_with("word"));
    }

    #[test]
    fn who_is_to_blame_is_read_from_the_codes() {
        assert!(reply(550, "5.7.1 rejected").is_about_policy());
        assert!(!reply(550, "5.1.7 rejected").is_about_policy());
        assert!(reply(535, "5.7.8 wrong password").is_about_session());
        assert!(reply(552, "too big").is_about_size());
        assert!(!reply(552, "5.2.2 mailbox full").is_about_size());
    }
}
