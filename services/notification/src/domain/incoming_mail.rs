//! A mail that came to us (RFC 5322, RFC 2045), from anybody: its fields and its parts, as far as it can be read.

use std::borrow::Cow;
use std::panic::catch_unwind;

use mail_parser::decoders::html::html_to_text;
use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// What a report says stands at its begin; what follows is a copy of the mail that failed. No more is looked at.
pub const BYTES_MAX: usize = 512 * 1024;
/// A mail nested in a mail nested in a mail …: beyond this it is an attack on the stack.
const CONTENT_TYPES_MAX: usize = 64;

/// A mail that came to us. `Debug` shows nothing of it.
pub struct IncomingMail<'a>(Message<'a>);

/// A part that is no container of others, decoded.
pub struct Part<'a> {
    /// `type/subtype`, lower case.
    pub content_type: String,
    /// Text without tags. Of a mail that is attached (`message/rfc822`), its source.
    pub text: Cow<'a, str>,
}

impl std::fmt::Debug for IncomingMail<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IncomingMail(…)")
    }
}

impl Part<'_> {
    /// Words for a reader: also of a container whose boundary cannot be found.
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        matches!(self.content_type.as_str(), "" | "text/plain") || self.content_type.starts_with("multipart/")
    }

    /// The mail that this mail is about, or its header.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        matches!(
            self.content_type.as_str(),
            "message/rfc822"
                | "message/global"
                | "text/rfc822-headers"
                | "text/rfc822-header"
                | "message/rfc822-headers"
                | "message/global-headers"
        )
    }
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({}, …)", self.content_type)
    }
}

impl<'a> IncomingMail<'a> {
    /// Reads any bytes. `None` if there is not even a header field.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        let raw = bounded(without_envelope_line(raw));
        // mail-parser 0.11.9 asserts, in builds that check assertions, that boundaries are where they belong.
        let parsed = catch_unwind(|| MessageParser::default().parse(raw));
        parsed.unwrap_or_else(|_| without_parts(raw)).map(Self)
    }

    /// The values of a header field, unfolded, as they were written.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = String> {
        self.0
            .headers()
            .iter()
            .filter(move |header| header.name.as_str().eq_ignore_ascii_case(name))
            .filter_map(|header| {
                let range = header.offset_start as usize..header.offset_end as usize;
                self.0.raw_message.get(range)
            })
            .map(|value| {
                let value = String::from_utf8_lossy(value);
                value.split_whitespace().collect::<Vec<_>>().join(" ")
            })
    }

    /// The first value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).next()
    }

    /// The whole header as it was written.
    #[must_use]
    pub fn header_text(&self) -> Cow<'_, str> {
        let end = self
            .0
            .headers()
            .iter()
            .map(|header| header.offset_end as usize)
            .max();
        let header = self.0.raw_message.get(..end.unwrap_or_default());
        String::from_utf8_lossy(header.unwrap_or_default())
    }

    /// The subject, decoded (RFC 2047); empty if there is none.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.subject().unwrap_or_default()
    }

    /// `type/subtype` of the whole mail, lower case; empty if it names none.
    #[must_use]
    pub fn content_type(&self) -> String {
        content_type(self.0.root_part())
    }

    /// A parameter of the whole mail's `Content-Type`, lower case.
    #[must_use]
    pub fn content_type_parameter(&self, name: &str) -> Option<String> {
        let content_type = self.0.root_part().content_type()?;
        content_type.attribute(name).map(str::to_ascii_lowercase)
    }

    /// Who it is from: the addresses of `From`, then of `Sender`. Names stand beside them.
    pub fn senders(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        [self.0.from(), self.0.sender()]
            .into_iter()
            .flatten()
            .flat_map(mailboxes)
    }

    /// Who it is to: the addresses of `To` and `Cc`.
    pub fn receivers(&self) -> impl Iterator<Item = &str> {
        let fields = [self.0.to(), self.0.cc()].into_iter().flatten();
        fields.flat_map(mailboxes).map(|(_, address)| address)
    }

    /// The parts from top to bottom.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.0.parts.iter().filter_map(|part| {
            let text = match &part.body {
                PartType::Text(text) => Cow::Borrowed(text.as_ref()),
                PartType::Html(html) => Cow::Owned(html_to_text(html)),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes),
                PartType::Message(message) => String::from_utf8_lossy(message.raw_message()),
                PartType::Multipart(_) => return None,
            };
            let content_type = content_type(part);
            Some(Part { content_type, text })
        })
    }
}

/// A mail whose parts cannot be told from each other, as one text.
fn without_parts(raw: &[u8]) -> Option<Message<'_>> {
    let mut message = MessageParser::default().parse_headers(raw)?;
    let body = raw.windows(2).position(|two| two == b"\n\n").unwrap_or(raw.len());
    let root = message.parts.first_mut()?;
    root.body = PartType::Text(String::from_utf8_lossy(&raw[body..]));
    Some(message)
}

fn content_type(part: &MessagePart) -> String {
    part.content_type()
        .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase())
        .unwrap_or_default()
}

fn mailboxes<'a>(field: &'a Address<'_>) -> impl Iterator<Item = (Option<&'a str>, &'a str)> {
    field
        .iter()
        .map(|mailbox| (mailbox.name(), mailbox.address().unwrap_or_default()))
}

/// `From x@y Mon …` is put before a mail by mbox files.
fn without_envelope_line(raw: &[u8]) -> &[u8] {
    if !raw.starts_with(b"From ") {
        return raw;
    }
    let end = raw
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(raw.len(), |at| at + 1);
    &raw[end..]
}

fn bounded(raw: &[u8]) -> &[u8] {
    const NEEDLE: &[u8] = b"content-type";
    let raw = &raw[..raw.len().min(BYTES_MAX)];
    let too_many = raw
        .windows(NEEDLE.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(NEEDLE))
        .nth(CONTENT_TYPES_MAX);
    too_many.map_or(raw, |(at, _)| &raw[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_parts_are_read() {
        let raw = b"From MAILER-DAEMON Mon\nFrom: \"A, B\" <a@example.com>\nSubject: =?utf-8?q?h=C3=A4?=\nX-Long: one\n two\n\
            Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>hi</p>\n--b\n\
            Content-Type: Message/RFC822\n\nTo: c@example.com\n\nold\n--b--\n";
        let mail = IncomingMail::parse(raw).expect("a mail");
        assert_eq!(mail.header("x-long").as_deref(), Some("one two"));
        assert_eq!(mail.subject(), "hä");
        assert_eq!(
            mail.senders().collect::<Vec<_>>(),
            [(Some("A, B"), "a@example.com")]
        );
        let parts: Vec<Part> = mail.parts().collect();
        assert_eq!(parts[0].text.trim(), "hi");
        assert_eq!(parts[1].content_type, "message/rfc822");
        assert!(parts[1].text.starts_with("To: c@example.com"));
    }

    #[test]
    fn a_mail_in_a_mail_in_a_mail_is_read_to_a_depth() {
        let raw = "Content-Type: message/rfc822\n\n".repeat(100_000);
        let mail = IncomingMail::parse(raw.as_bytes()).expect("a mail");
        assert!(mail.parts().count() >= 1);
    }

    #[test]
    fn what_is_no_mail_is_refused() {
        assert!(IncomingMail::parse(b"").is_none());
    }
}
