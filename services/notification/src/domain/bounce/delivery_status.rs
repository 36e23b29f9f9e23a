//! Delivery status notifications (RFC 3464).

use super::explanation::Explanation;
use super::fields::Fields;
use super::judgement::Said;
use super::{Action, Bounce, RECIPIENTS_MAX, Recipient, notice, recipients};
use crate::domain::incoming_mail::{IncomingMail, Part};

/// In the order of trust: the address that failed, the one that we wrote, and what mail systems add to both.
const RECIPIENT_FIELDS: [&str; 3] = ["final-recipient", "original-recipient", "x-actual-recipient"];

/// The report on each recipient, if the mail has one.
pub(super) fn read(mail: &IncomingMail) -> Option<Vec<Bounce>> {
    let groups: Vec<Fields> = mail
        .parts()
        .filter(|part| is_report(part) || (part.is_plain_text() && has_fields(&part.text)))
        .flat_map(|part| Fields::groups(&part.text, "final-recipient"))
        .filter(|group| RECIPIENT_FIELDS.iter().any(|name| group.get(name).is_some()))
        .take(RECIPIENTS_MAX)
        .collect();
    let words = notice::words(mail);
    let mut recipients: Vec<Option<Recipient>> = groups.iter().map(recipient).collect();
    if let [only @ None] = recipients.as_mut_slice() {
        // Reports of pipes and of files name those; the words beside them name the address.
        *only = recipients::of_notice(mail, &words).into_iter().next();
    }
    let all: Vec<Recipient> = recipients.iter().flatten().cloned().collect();
    let bounces: Vec<Bounce> = groups
        .iter()
        .zip(recipients)
        .map(|(group, recipient)| {
            let explained = recipient.as_ref().map(|name| Explanation::of(&words, name, &all));
            of_recipient(group, recipient, explained.unwrap_or_default())
        })
        .collect();
    (!bounces.is_empty()).then_some(bounces)
}

fn is_report(part: &Part) -> bool {
    matches!(
        part.content_type.as_str(),
        "message/delivery-status" | "message/global-delivery-status"
    )
}

/// Some write the report as plain text.
fn has_fields(text: &str) -> bool {
    text.lines().any(|line| {
        line.get(..16)
            .is_some_and(|name| name.eq_ignore_ascii_case("final-recipient:"))
    })
}

fn recipient(group: &Fields) -> Option<Recipient> {
    RECIPIENT_FIELDS
        .iter()
        .filter_map(|name| group.get(name))
        .find_map(Recipient::find)
}

fn of_recipient(group: &Fields, recipient: Option<Recipient>, explained: Explanation) -> Bounce {
    let status = group.get("status").unwrap_or_default();
    let (status, comment) = status.split_once(char::is_whitespace).unwrap_or((status, ""));
    let quoted = group.get("diagnostic-code").unwrap_or_default();
    // RFC 3464 §2.3.6: the type of the code stands before it.
    let quoted = quoted.split_once(';').map_or(quoted, |(_, said)| said.trim());
    let reason = [quoted, comment, &explained.reason]
        .into_iter()
        .find(|said| !said.is_empty());
    Said {
        recipient,
        action: group.get("action").and_then(Action::parse),
        status: status.parse().ok(),
        reason: reason.unwrap_or_default().to_owned(),
        context: explained.context,
    }
    .judge()
}
