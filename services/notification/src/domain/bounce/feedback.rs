//! Complaints: feedback reports (RFC 5965).

use super::fields::Fields;
use super::{Bounce, BounceClass, RECIPIENTS_MAX, Recipient};
use crate::domain::incoming_mail::{IncomingMail, Part};

/// RFC 5965 §3.2, and of those who want no more (draft-ietf-marf-base-00 §3.2).
const RECIPIENT_FIELDS: [&str; 2] = ["original-rcpt-to", "removal-recipient"];

/// What is said of each recipient, if the mail is a feedback report.
pub(super) fn read(mail: &IncomingMail) -> Option<Vec<Bounce>> {
    let parts: Vec<Part> = mail.parts().collect();
    let report = parts
        .iter()
        .find(|part| part.content_type == "message/feedback-report")?;
    let report = Fields::groups(&report.text, "feedback-type")
        .into_iter()
        .next()
        .unwrap_or_default();
    let (class, why) = class_of(report.get("feedback-type").unwrap_or_default());
    let bounce = |recipient| Bounce {
        recipient,
        class,
        status: None,
        action: None,
        why,
    };
    let mut recipients: Vec<Recipient> = RECIPIENT_FIELDS
        .iter()
        .flat_map(|name| report.all(name))
        .filter_map(Recipient::find)
        .take(RECIPIENTS_MAX)
        .collect();
    if recipients.iter().all(Recipient::is_hash) {
        let told = of_original(&parts);
        recipients = if told.is_empty() { recipients } else { told };
    }
    if recipients.is_empty() {
        return Some(vec![bounce(None)]);
    }
    Some(
        recipients
            .into_iter()
            .map(|recipient| bounce(Some(recipient)))
            .collect(),
    )
}

/// The registry of RFC 5965 §7.3, RFC 6430 and RFC 6591; a type that is not registered counts as `other`.
fn class_of(feedback_type: &str) -> (BounceClass, &'static str) {
    match feedback_type.to_ascii_lowercase().as_str() {
        "auth-failure" | "dmarc" => (
            BounceClass::NotABounce,
            "it reports on authentication, not on a recipient's wish",
        ),
        "not-spam" => (BounceClass::NotABounce, "the recipient says that it is no spam"),
        "virus" => (
            BounceClass::NotABounce,
            "it reports on a virus, not on a recipient's wish",
        ),
        "opt-out" | "opt-out-list" => (BounceClass::Complaint, "the recipient wants no more of it"),
        "fraud" => (BounceClass::Complaint, "the recipient calls it fraud"),
        _ => (BounceClass::Complaint, "the recipient calls it spam"),
    }
}

/// Some providers leave the address out of the report, and in the copy of the mail.
fn of_original(parts: &[Part]) -> Vec<Recipient> {
    let original = parts.iter().rfind(|part| part.is_copy());
    let header = original
        .map(|part| Fields::groups(&part.text, ""))
        .and_then(|groups| groups.into_iter().next());
    header
        .unwrap_or_default()
        .get("to")
        .map(Recipient::all)
        .unwrap_or_default()
        .into_iter()
        .take(RECIPIENTS_MAX)
        .collect()
}
