//! Notices that mail systems write in their own words: qmail, Exim, Exchange, and many more.

use std::sync::LazyLock;

use super::delivery_status;
use super::explanation::Explanation;
use super::fields::Fields;
use super::judgement::Said;
use super::{Action, Bounce, Recipient, recipients};
use crate::domain::incoming_mail::{IncomingMail, Part};
use crate::domain::wording::{Phrases, Words};

/// A notice is a page or two.
const WORDS_MAX: usize = 32 * 1024;
/// `Original message follows`, but no sentence of a notice that speaks of the message.
const HEADING_WORDS_MAX: usize = 6;

static SENDERS: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("wording/senders.txt")));
static SUBJECTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("wording/subjects.txt")));
static NOTICES: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("wording/notices.txt")));
static DELAYS: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("wording/delays.txt")));
static COPIES: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("wording/copies.txt")));

/// The recipients that a notice names, if the mail is one.
pub(super) fn read(mail: &IncomingMail) -> Option<Vec<Bounce>> {
    let words = words(mail);
    if !is_notice(mail, &words) {
        return None;
    }
    wrapped_report(mail).or_else(|| Some(bounces(mail, &words)))
}

/// Gateways wrap the report of another mail system into a notice of their own.
fn wrapped_report(mail: &IncomingMail) -> Option<Vec<Bounce>> {
    mail.parts().filter(Part::is_copy).find_map(|part| {
        let inner = IncomingMail::parse(part.text.as_bytes()).filter(is_report)?;
        delivery_status::read(&inner)
    })
}

fn bounces(mail: &IncomingMail, words: &str) -> Vec<Bounce> {
    let is_delay = DELAYS.any_in(&Words::of(&format!("{} {words}", mail.subject())));
    let action = if is_delay { Action::Delayed } else { Action::Failed };
    let judge = |recipient: Option<Recipient>, explained: Explanation| {
        let said = Said {
            recipient,
            action: Some(action),
            status: None,
            reason: explained.reason,
            context: explained.context,
        };
        said.judge()
    };
    let recipients = recipients::of_notice(mail, words);
    if recipients.is_empty() {
        return vec![judge(None, Explanation::of_nobody(words))];
    }
    let of_recipient = |recipient: &Recipient| {
        judge(
            Some(recipient.clone()),
            Explanation::of(words, recipient, &recipients),
        )
    };
    recipients.iter().map(of_recipient).collect()
}

/// A person's mail, and above all a robot's answer for a person, is none, whatever it says about addresses: both who
/// wrote it and what it says must fit.
fn is_notice(mail: &IncomingMail, words: &str) -> bool {
    let by_subject = SUBJECTS.any_in(&Words::of(mail.subject()));
    let by_words = NOTICES.any_in(&Words::of(words));
    let fits = by_subject || by_words;
    if mail.header("X-Failed-Recipients").is_some() || is_report(mail) {
        return fits;
    }
    let has_copy = || mail.parts().any(|part| part.is_copy());
    if has_null_sender(mail) && by_words && has_copy() {
        return true;
    }
    is_from_mailer_daemon(mail)
        || (is_from_machine(mail) && fits)
        || (by_subject && (by_words || has_null_sender(mail)))
}

fn is_report(mail: &IncomingMail) -> bool {
    let kind = mail.content_type_parameter("report-type");
    mail.content_type() == "multipart/report" && kind.as_deref() != Some("disposition-notification")
}

/// RFC 5321 §4.5.5: notices are sent from nobody.
fn has_null_sender(mail: &IncomingMail) -> bool {
    mail.header("Return-Path").is_some_and(|path| path.trim() == "<>")
}

fn is_from_machine(mail: &IncomingMail) -> bool {
    let raw = mail.header("From").unwrap_or_default();
    SENDERS.any_in(&Words::of(&raw.replace('@', " ")))
}

/// The name that only mail systems have, in whatever language they write.
fn is_from_mailer_daemon(mail: &IncomingMail) -> bool {
    mail.senders().any(|(_, address)| {
        let local = address.split('@').next().unwrap_or_default();
        local.eq_ignore_ascii_case("mailer-daemon")
    })
}

/// What is written before the copy of the mail that failed.
pub(super) fn words(mail: &IncomingMail) -> String {
    let mut words = String::new();
    for part in mail.parts() {
        if part.is_copy() {
            break;
        }
        if part.is_plain_text() || part.content_type == "text/html" {
            words.push_str(before_copy(bounded(&part.text)));
        }
        words.push('\n');
    }
    words.truncate(words.floor_char_boundary(WORDS_MAX));
    words
}

fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(WORDS_MAX)]
}

fn before_copy(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if begins_copy(line) {
            break;
        }
        end += line.len();
    }
    &text[..end]
}

/// `--- Below this line is a copy of the message.`, or the header of the copy itself.
fn begins_copy(line: &str) -> bool {
    let is_field = ["Received:", "Return-Path:", "Message-ID:", "MIME-Version:"]
        .iter()
        .any(|name| {
            line.get(..name.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(name))
        });
    let words = Words::of(line);
    let is_heading = line.starts_with(['-', '=', '*', '_']) || words.count() <= HEADING_WORDS_MAX;
    is_field || (is_heading && COPIES.any_in(&words))
}

/// The header of the mail that failed, wherever the copy stands.
pub(super) fn header_of_copy(mail: &IncomingMail) -> Option<Fields> {
    let copies = mail.parts().filter_map(|part| {
        if part.is_copy() {
            return Some(part.text.into_owned());
        }
        part.is_plain_text()
            .then(|| part.text[before_copy(bounded(&part.text)).len()..].to_owned())
    });
    copies
        .flat_map(|copy| Fields::groups(&copy, ""))
        .find(|group| group.get("to").is_some())
}
