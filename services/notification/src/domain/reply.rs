//! What a relay says, as it is kept: the codes, and the text without the recipient.

use contracts::EmailAddress;

use crate::domain::reply_class::{EnhancedCode, ReplyLine};

const TEXT_MAX: usize = 200;
const REDACTED: &str = "[address]";

/// A reply of SMTP (RFC 5321 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// RFC 3463, such as `5.1.1`.
    pub enhanced_code: Option<EnhancedCode>,
    /// One line of printable ASCII; addresses and the recipient's name are taken out.
    pub text: String,
}

impl Reply {
    /// What a relay said about a mail to `recipient`, as it may be kept.
    #[must_use]
    pub fn new(code: u16, line: &ReplyLine, recipient: &EmailAddress) -> Self {
        let mut kept = String::new();
        for word in line.text.split_whitespace() {
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
            enhanced_code: line.enhanced_code,
            text: kept,
        }
    }

    /// The mail is bigger than the relay or the mailbox takes (552, or 5.3.4).
    #[must_use]
    pub fn is_about_size(&self) -> bool {
        self.enhanced_code
            .map_or(self.code == 552, |code| (code.class, code.topic()) == (5, (3, 4)))
    }
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
        let recipient = EmailAddress::parse("anna.muster@example.com").expect("valid");
        Reply::new(code, &ReplyLine::of_reply(code, text), &recipient)
    }

    #[test]
    fn codes_are_kept_and_the_recipient_is_not() {
        let reply = reply(
            550,
            "5.1.1 <anna.muster@example.com>: no user\r\n\"Anna.Muster\" here \u{7f}é",
        );
        assert_eq!(
            reply.enhanced_code.map(|code| code.to_string()).as_deref(),
            Some("5.1.1")
        );
        assert_eq!(reply.text, "[address] no user [address] here ??");
    }

    #[test]
    fn a_reply_without_an_enhanced_code_is_read_too() {
        let reply = reply(452, "4.2 GiB left");
        assert_eq!(reply.enhanced_code, None);
        assert_eq!(reply.text, "4.2 GiB left");
    }

    #[test]
    fn a_long_reply_is_cut_at_a_word() {
        let reply = reply(550, &"word ".repeat(100));
        assert!(reply.text.len() <= TEXT_MAX && reply.text.ends_with("word"));
    }

    #[test]
    fn a_mail_that_is_too_big_is_known_by_the_codes() {
        assert!(reply(552, "too big").is_about_size());
        assert!(!reply(552, "5.2.2 mailbox full").is_about_size());
    }
}
