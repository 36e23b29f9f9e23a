//! What the words of a mail system point at. The lists are in `signs/`; what a sign means is for the rules to say.

use std::sync::LazyLock;

use crate::domain::wording::{Phrases, Words};

/// A kind of reason that words give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The relay wants another login or TLS, or does not relay for us.
    Login,
    /// Too many connections, messages or errors.
    Rate,
    /// SPF, DKIM, DMARC.
    Authentication,
    /// Our sender address or domain.
    Sender,
    /// The sending host: block lists, reverse DNS.
    Reputation,
    /// A stranger is asked to come again.
    Greylist,
    /// It says that it will pass.
    Later,
    /// The mailbox has no room.
    Full,
    /// Spam, viruses, size, form.
    Content,
    /// Machines and networks.
    Trouble,
    /// Nobody has this address.
    UnknownRecipient,
    /// The mailbox is closed.
    DisabledRecipient,
    /// No such domain, or it takes no mail.
    UnknownDomain,
    /// Somebody does not want it.
    Policy,
    /// Refused, and no more.
    Refused,
}

const LISTS: [(Sign, &str); 15] = [
    (Sign::Login, include_str!("signs/login.txt")),
    (Sign::Rate, include_str!("signs/rate.txt")),
    (Sign::Authentication, include_str!("signs/authentication.txt")),
    (Sign::Sender, include_str!("signs/sender.txt")),
    (Sign::Reputation, include_str!("signs/reputation.txt")),
    (Sign::Greylist, include_str!("signs/greylist.txt")),
    (Sign::Later, include_str!("signs/later.txt")),
    (Sign::Full, include_str!("signs/full.txt")),
    (Sign::Content, include_str!("signs/content.txt")),
    (Sign::Trouble, include_str!("signs/trouble.txt")),
    (Sign::UnknownRecipient, include_str!("signs/unknown.txt")),
    (Sign::DisabledRecipient, include_str!("signs/disabled.txt")),
    (Sign::UnknownDomain, include_str!("signs/nowhere.txt")),
    (Sign::Policy, include_str!("signs/policy.txt")),
    (Sign::Refused, include_str!("signs/refused.txt")),
];

static PHRASES: LazyLock<Vec<(Sign, Phrases)>> =
    LazyLock::new(|| LISTS.map(|(sign, list)| (sign, Phrases::parse(list))).into());

/// The signs that a text shows.
#[derive(Debug)]
pub(super) struct Signs(Vec<Sign>);

impl Signs {
    pub(super) fn of(text: &str) -> Self {
        let words = Words::of(text);
        Self(
            PHRASES
                .iter()
                .filter(|(_, phrases)| phrases.any_in(&words))
                .map(|(sign, _)| *sign)
                .collect(),
        )
    }

    pub(super) fn show(&self, sign: Sign) -> bool {
        self.0.contains(&sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wording::check_list;

    #[test]
    fn every_phrase_is_written_as_words_are_read() {
        for (_, list) in LISTS {
            check_list(list);
        }
    }

    #[test]
    fn a_text_shows_what_it_says() {
        let signs = Signs::of("550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted.");
        assert!(signs.show(Sign::Reputation));
        assert!(!signs.show(Sign::UnknownRecipient));
        assert!(Signs::of("User unknown in virtual mailbox table").show(Sign::UnknownRecipient));
    }
}
