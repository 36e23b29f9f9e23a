//! Mails that ask for no more: what mail programs send for a `mailto:` in `List-Unsubscribe` (RFC 2369 §3.2).

use super::{Bounce, BounceClass, Recipient};
use crate::domain::incoming_mail::IncomingMail;

/// Whoever wrote it, if that is all that the mail says.
pub(super) fn read(mail: &IncomingMail) -> Option<Vec<Bounce>> {
    let asks = mail.subject().trim().eq_ignore_ascii_case("unsubscribe")
        || mail.header("X-Apple-Unsubscribe").is_some();
    let (_, sender) = mail.senders().next().filter(|_| asks)?;
    Some(vec![Bounce {
        recipient: Recipient::find(sender),
        class: BounceClass::Complaint,
        status: None,
        action: None,
        why: "the recipient wants no more of it",
    }])
}
