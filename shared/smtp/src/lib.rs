//! What a server hears of SMTP (RFC 5321) and LMTP (RFC 2033): lines and commands. README.md says what is promised.

mod command;
mod lines;
pub mod reply;

pub use command::{Command, Hello, MailFrom, parse};
pub use lines::{LineEnd, Lines, Refusal, Strictness, Text, TextRules};
