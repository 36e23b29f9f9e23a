//! What the mailbox says besides what every server says. A reply is its lines without the last line end; the second code
//! is RFC 3463's.

pub(super) use smtp::reply::*;

pub(super) const GREETING: &str = "220 mailbox ESMTP keeps every mail and sends none";
pub(super) const STOPPING: &str = "421 4.3.2 the mailbox is stopping";
pub(super) const IDLE: &str = "421 4.4.2 nothing came for five minutes";

pub(super) const HELLO: &str = "250 mailbox";
pub(super) const HELP: &str = "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT";

pub(super) const DISK_FULL: &str = "452 4.3.1 the disk is full";
pub(super) const NOT_KEPT: &str = "451 4.3.0 the mail could not be kept";

/// The answer to EHLO, with the extensions on offer.
pub(super) fn extended_hello() -> String {
    let size = crate::MAX_MAIL_BYTES;
    format!(
        "250-mailbox\r\n250-SIZE {size}\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8"
    )
}
