//! What this server says besides what every server says. A reply is its lines without the last line end; the second code
//! is RFC 3463's.

pub(super) use smtp::reply::*;

use super::session::MAX_MAIL_BYTES;

pub(super) const GREETING: &str = "220 notification LMTP takes bounces and complaints";
pub(super) const STOPPING: &str = "421 4.3.2 the service is stopping";
pub(super) const IDLE: &str = "421 4.4.2 nothing came for too long";
pub(super) const TOO_LONG_HERE: &str = "421 4.4.2 this connection has lasted long enough";
pub(super) const HELP: &str = "214 2.0.0 LHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT";
pub(super) const LHLO_FIRST: &str = "503 5.5.1 say LHLO first";
pub(super) const TAKEN: &str = "250 2.0.0 taken";
pub(super) const LATER: &str = "451 4.3.0 not available right now, please try again";

/// The answer to LHLO, with the extensions on offer.
pub(super) fn hello() -> String {
    format!(
        "250-notification\r\n250-SIZE {MAX_MAIL_BYTES}\r\n250-8BITMIME\r\n250-PIPELINING\r\n\
         250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8"
    )
}
