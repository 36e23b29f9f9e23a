//! Replies that every server gives. A reply is its lines without the last line end; the second code is RFC 3463's.

pub const SENDER_OK: &str = "250 2.1.0 sender ok";
pub const RECIPIENT_OK: &str = "250 2.1.5 recipient ok";
pub const OK: &str = "250 2.0.0 ok";
pub const GO_AHEAD: &str = "354 end with a dot on a line of its own";
pub const CANNOT_VERIFY: &str = "252 2.5.0 send a mail and see";
pub const BYE: &str = "221 2.0.0 bye";
pub const TOO_MANY_CONNECTIONS: &str = "421 4.7.0 too many connections";

pub const UNKNOWN_COMMAND: &str = "500 5.5.1 no such command";
pub const COMMAND_TOO_LONG: &str = "500 5.5.2 the command is too long";
pub const COMMAND_LINE_END: &str = "500 5.5.2 a command ends with CR LF";
pub const NO_ARGUMENT: &str = "501 5.5.4 this command takes no argument";
pub const HELLO_SYNTAX: &str = "501 5.5.4 say EHLO with a name";
pub const MAIL_SYNTAX: &str = "501 5.5.4 say MAIL FROM:<address>";
pub const RCPT_SYNTAX: &str = "501 5.5.4 say RCPT TO:<address>";
pub const BAD_PARAMETER: &str = "555 5.5.4 a parameter is unknown or wrong";
pub const BAD_SENDER: &str = "553 5.1.7 this is no sender address";
pub const BAD_RECIPIENT: &str = "553 5.1.3 this is no recipient address";
pub const NEEDS_SMTPUTF8: &str = "553 5.6.7 such an address needs SMTPUTF8";

pub const HELLO_FIRST: &str = "503 5.5.1 say EHLO first";
pub const NESTED_MAIL: &str = "503 5.5.1 a mail has already begun";
pub const MAIL_FIRST: &str = "503 5.5.1 say MAIL FROM first";
pub const RCPT_FIRST: &str = "503 5.5.1 say RCPT TO first";
pub const TOO_MANY_RECIPIENTS: &str = "452 4.5.3 too many recipients";

pub const TOO_BIG: &str = "552 5.3.4 the mail is too big";
pub const LINE_TOO_LONG: &str = "554 5.6.0 a line of the mail is longer than 998 octets";
pub const BARE_LINE_END: &str = "554 5.6.0 the mail has a CR or a LF on its own";
