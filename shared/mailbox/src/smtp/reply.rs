//! Everything the server says. A reply is its lines without the last line end; the second code is RFC 3463's.

pub(super) const GREETING: &str = "220 mailbox ESMTP keeps every mail and sends none";
pub(super) const TOO_MANY_CONNECTIONS: &str = "421 4.7.0 too many connections";
pub(super) const STOPPING: &str = "421 4.3.2 the mailbox is stopping";
pub(super) const IDLE: &str = "421 4.4.2 nothing came for five minutes";

pub(super) const HELLO: &str = "250 mailbox";
pub(super) const SENDER_OK: &str = "250 2.1.0 sender ok";
pub(super) const RECIPIENT_OK: &str = "250 2.1.5 recipient ok";
pub(super) const OK: &str = "250 2.0.0 ok";
pub(super) const GO_AHEAD: &str = "354 end with a dot on a line of its own";
pub(super) const CANNOT_VERIFY: &str = "252 2.5.0 send a mail and see";
pub(super) const HELP: &str = "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT";
pub(super) const BYE: &str = "221 2.0.0 bye";

pub(super) const UNKNOWN_COMMAND: &str = "500 5.5.1 no such command";
pub(super) const COMMAND_TOO_LONG: &str = "500 5.5.2 the command is too long";
pub(super) const COMMAND_LINE_END: &str = "500 5.5.2 a command ends with CR LF";
pub(super) const NO_ARGUMENT: &str = "501 5.5.4 this command takes no argument";
pub(super) const HELLO_SYNTAX: &str = "501 5.5.4 say EHLO with a name";
pub(super) const MAIL_SYNTAX: &str = "501 5.5.4 say MAIL FROM:<address>";
pub(super) const RCPT_SYNTAX: &str = "501 5.5.4 say RCPT TO:<address>";
pub(super) const BAD_PARAMETER: &str = "555 5.5.4 a parameter is unknown or wrong";
pub(super) const BAD_SENDER: &str = "553 5.1.7 this is no sender address";
pub(super) const BAD_RECIPIENT: &str = "553 5.1.3 this is no recipient address";
pub(super) const NEEDS_SMTPUTF8: &str = "553 5.6.7 such an address needs SMTPUTF8";

pub(super) const HELLO_FIRST: &str = "503 5.5.1 say EHLO first";
pub(super) const NESTED_MAIL: &str = "503 5.5.1 a mail has already begun";
pub(super) const MAIL_FIRST: &str = "503 5.5.1 say MAIL FROM first";
pub(super) const RCPT_FIRST: &str = "503 5.5.1 say RCPT TO first";
pub(super) const TOO_MANY_RECIPIENTS: &str = "452 4.5.3 too many recipients";

pub(super) const TOO_BIG: &str = "552 5.3.4 the mail is too big";
pub(super) const LINE_TOO_LONG: &str = "554 5.6.0 a line of the mail is longer than 998 octets";
pub(super) const BARE_LINE_END: &str = "554 5.6.0 the mail has a CR or a LF on its own";
pub(super) const DISK_FULL: &str = "452 4.3.1 the disk is full";
pub(super) const NOT_KEPT: &str = "451 4.3.0 the mail could not be kept";

/// The answer to EHLO, with the extensions on offer.
pub(super) fn extended_hello() -> String {
    let size = crate::MAX_MAIL_BYTES;
    format!(
        "250-mailbox\r\n250-SIZE {size}\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8"
    )
}
