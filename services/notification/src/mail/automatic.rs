//! What tells programs that a program has sent a mail, so that they do not answer it.

use contracts::notification::Purpose;

use crate::domain::content::Content;

/// `Auto-Submitted` (RFC 3834 §5), `X-Auto-Response-Suppress` (MS-OXCMAIL §2.2.3.2.14), and what a mail program needs to
/// unsubscribe with one click (RFC 8058 §3.1).
pub(super) fn fields(purpose: Purpose, content: &Content) -> Vec<(&'static str, String)> {
    let mut fields = Vec::with_capacity(4);
    if let Some(submitted) = auto_submitted(purpose) {
        fields.push(("Auto-Submitted", submitted.to_owned()));
    }
    fields.push(("X-Auto-Response-Suppress", unwanted(purpose).to_owned()));
    if let Some(links) = content.links() {
        fields.push(("List-Unsubscribe", format!("<{}>", links.unsubscribe)));
        fields.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    fields
}

/// A team's mail is what a person wrote: ticket systems set aside what says otherwise.
const fn auto_submitted(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Delivery | Purpose::Links | Purpose::MyData => Some("auto-generated"),
        Purpose::Ack => Some("auto-replied"),
        Purpose::Team => None,
    }
}

/// `All` would suppress reports of failure, too: only the acknowledgement, which nobody hears back of, says that.
const fn unwanted(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Ack => "All",
        Purpose::Delivery | Purpose::Links | Purpose::MyData | Purpose::Team => "DR, RN, NRN, OOF, AutoReply",
    }
}
