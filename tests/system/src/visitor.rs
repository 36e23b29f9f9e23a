//! What a visitor sees in the inbox.

use std::sync::Arc;

use mailbox::Summary;
use testkit::TestMailbox;

/// The mails to an address, newest first.
pub fn mails_to(mailbox: &TestMailbox, address: &str) -> Vec<Arc<Summary>> {
    let to_it = |mail: &Arc<Summary>| {
        mail.outline
            .to
            .iter()
            .any(|to| to.address.eq_ignore_ascii_case(address))
    };
    mailbox.messages().into_iter().filter(to_it).collect()
}

/// The first link in a text that leads to a path which starts so.
pub fn link_in(text: &str, base: &str, path: &str) -> Option<String> {
    let start = text.find(&format!("{base}{path}"))?;
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '>' | '<' | ')' | ']');
    let link = &text[start..];
    Some(link[..link.find(ends).unwrap_or(link.len())].to_owned())
}
