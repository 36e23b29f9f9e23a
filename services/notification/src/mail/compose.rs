//! The bytes of a mail: headers, text and HTML, and the file that all mails of an offer share.

use std::borrow::Cow;
use std::fmt;

use contracts::EmailAddress;
use contracts::notification::Purpose;
use contracts::offer::OfferFile;
use lettre::address::{Address, Envelope};
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue, Headers,
};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use time::OffsetDateTime;

use crate::domain::bounce_address::BounceKey;
use crate::domain::content::Content;
use crate::domain::notification::NotificationId;
use crate::domain::provider::Echo;
use crate::mail::attachment::EncodedFile;
use crate::mail::automatic;
use crate::mail::render::Words;

/// Who every mail comes from.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The From header.
    pub from: Mailbox,
    /// The domain of Message-IDs and bounce addresses.
    pub domain: String,
    pub bounce_key: BounceKey,
    /// What else makes providers say which mail they tell of.
    pub echoes: Vec<Echo>,
    /// Gets every mail in place of whom it is for: `MAIL_REDIRECT_TO`.
    pub redirect_to: Option<EmailAddress>,
}

/// What makes one mail, apart from its words. `Debug` shows no address.
#[derive(Debug, Clone, Copy)]
pub struct Outline<'a> {
    pub id: NotificationId,
    pub purpose: Purpose,
    pub to: &'a EmailAddress,
    pub content: &'a Content,
    /// When the mail was owed, by the database's clock: the same however often it is sent.
    pub date: OffsetDateTime,
}

/// The mail cannot be built. Says no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    #[error("the mail library refuses an address that the form policy allows")]
    Address,
    #[error("the mail library refuses the mail")]
    Message,
}

/// A mail ready to be sent: bytes as RFC 5322 wants them, dots not stuffed yet. `Debug` shows nothing of it.
pub struct Mail {
    pub envelope: Envelope,
    /// DKIM-Signature fields, before all others.
    signatures: Vec<u8>,
    /// Header and body, up to the file if there is one.
    head: Vec<u8>,
    attached: Option<Attached>,
}

struct Attached {
    file: EncodedFile,
    /// Closes the multipart that the file is the last part of.
    tail: String,
}

/// Holds the mail's bounce address, also where the envelope sender is `<>`.
const NAME: &str = "X-Notification";
/// Whom a redirected mail is for.
const ORIGINAL_TO: &str = "X-Leadstream-Original-To";
/// Between header and body.
const EMPTY_LINE: &[u8] = b"\r\n\r\n";

impl Mail {
    /// Whether its envelope sender is `<>`: nobody hears of a bounce.
    #[must_use]
    pub fn has_null_sender(&self) -> bool {
        self.envelope.from().is_none()
    }

    /// The whole mail, in pieces, without the line end after its last line (SMTP adds it).
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        [self.signatures.as_slice(), &self.head]
            .into_iter()
            .chain(self.file())
    }

    /// The same as SMTP wants it: a dot that begins a line is doubled (RFC 5321 §4.5.2). A file in base64 has none, so it
    /// is neither looked at nor copied.
    pub(crate) fn stuffed(&self) -> Vec<Cow<'_, [u8]>> {
        let own = [Cow::from(&self.signatures), stuffed(&self.head)];
        own.into_iter().chain(self.file().map(Cow::from)).collect()
    }

    fn file(&self) -> impl Iterator<Item = &[u8]> {
        let attached = self.attached.iter();
        attached.flat_map(|attached| [attached.file.as_bytes(), attached.tail.as_bytes()])
    }

    /// The header with the empty line after it, and the pieces of the body.
    pub(crate) fn split(&self) -> (&[u8], impl Iterator<Item = &[u8]>) {
        let end = self
            .head
            .windows(EMPTY_LINE.len())
            .position(|four| four == EMPTY_LINE);
        let (header, body) = self
            .head
            .split_at(end.map_or(self.head.len(), |at| at + EMPTY_LINE.len()));
        (header, std::iter::once(body).chain(self.file()))
    }

    /// With these DKIM-Signature fields.
    pub(crate) fn signed(self, signatures: Vec<u8>) -> Self {
        Self { signatures, ..self }
    }

    /// Octets of the mail, as RFC 1870 counts them, about.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.pieces().map(<[u8]>::len).sum()
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({} octets)", self.octets())
    }
}

impl Sender {
    /// Builds a mail. The same notification gives the same bytes, so that a second copy is known as one.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn compose(
        &self,
        outline: Outline<'_>,
        words: Words,
        file: Option<(&OfferFile, EncodedFile)>,
    ) -> Result<Mail, ComposeError> {
        let envelope = self.envelope(outline)?;
        let message = self.headers(outline, words.subject)?.envelope(envelope.clone());
        let alternatives = MultiPart::alternative()
            .boundary(boundary(outline.id, 'a'))
            .singlepart(SinglePart::plain(words.text))
            .singlepart(SinglePart::html(words.html));
        let Some((about, file)) = file else {
            let head = message
                .multipart(alternatives)
                .map_err(|_| ComposeError::Message)?
                .formatted();
            return Ok(Mail {
                envelope,
                signatures: Vec::new(),
                head: without_last_line_end(head),
                attached: None,
            });
        };
        let outer = boundary(outline.id, 'm');
        let mixed = MultiPart::mixed().boundary(outer.clone()).multipart(alternatives);
        let whole = message
            .multipart(mixed)
            .map_err(|_| ComposeError::Message)?
            .formatted();
        let head = with_last_part(whole, &outer, &file_headers(about));
        let tail = format!("--{outer}--");
        Ok(Mail {
            envelope,
            signatures: Vec::new(),
            head,
            attached: Some(Attached { file, tail }),
        })
    }

    /// An acknowledgement has no sender to bounce to (RFC 3834 §3.3); all others can be told apart by it.
    fn envelope(&self, outline: Outline<'_>) -> Result<Envelope, ComposeError> {
        let from = match outline.purpose {
            Purpose::Ack => None,
            _ => {
                let local = self.bounce_key.local_part(outline.id);
                Some(Address::new(local, &self.domain).map_err(|_| ComposeError::Address)?)
            }
        };
        Envelope::new(from, vec![address(self.recipient(outline))?]).map_err(|_| ComposeError::Address)
    }

    /// Who gets the mail: all else of it is as if it were who it is for.
    fn recipient<'a>(&'a self, outline: Outline<'a>) -> &'a EmailAddress {
        self.redirect_to.as_ref().unwrap_or(outline.to)
    }

    fn original_to(&self, outline: Outline<'_>) -> Option<(&'static str, String)> {
        let is_redirected = self.redirect_to.is_some();
        is_redirected.then(|| (ORIGINAL_TO, outline.to.expose().to_owned()))
    }

    /// What names the mail wherever its envelope does not: a complaint holds a copy of it, and a provider's event less.
    fn names(&self, id: NotificationId) -> Vec<(&'static str, String)> {
        let local = self.bounce_key.local_part(id);
        let mut names: Vec<_> = self.echoes.iter().map(|echo| echo.field(&local)).collect();
        names.push((NAME, local));
        names
    }

    fn headers(&self, outline: Outline<'_>, subject: String) -> Result<MessageBuilder, ComposeError> {
        let mut builder = Message::builder()
            .date(outline.date.into())
            .from(self.from.clone())
            .to(Mailbox::new(None, address(self.recipient(outline))?));
        if let Content::Team(team) = outline.content {
            builder = builder.reply_to(Mailbox::new(None, address(&team.visitor)?));
        }
        builder = builder
            .subject(subject)
            .message_id(Some(format!("<{}@{}>", outline.id, self.domain)));
        Ok(automatic::fields(outline.purpose, outline.content)
            .into_iter()
            .chain(self.names(outline.id))
            .chain(self.original_to(outline))
            .fold(builder, |builder, (name, value)| {
                builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
            }))
    }
}

fn address(address: &EmailAddress) -> Result<Address, ComposeError> {
    address.expose().parse().map_err(|_| ComposeError::Address)
}

/// Nobody who writes into a mail can know it before.
fn boundary(id: NotificationId, part: char) -> String {
    format!("{part}-{}", id.0.simple())
}

fn file_headers(about: &OfferFile) -> Headers {
    let mut headers = Headers::new();
    let media_type = ContentType::parse(&about.media_type);
    headers.set(
        media_type.unwrap_or_else(|_| ContentType::parse("application/octet-stream").expect("a media type")),
    );
    headers.set(ContentDisposition::attachment(&about.name));
    headers.set(ContentTransferEncoding::Base64);
    headers
}

/// Opens one more part where the multipart would have been closed.
fn with_last_part(mut mail: Vec<u8>, boundary: &str, headers: &Headers) -> Vec<u8> {
    let close = format!("--{boundary}--\r\n");
    debug_assert!(
        mail.ends_with(close.as_bytes()),
        "lettre closes the outer multipart last"
    );
    mail.truncate(mail.len() - close.len());
    mail.extend_from_slice(format!("--{boundary}\r\n{headers}\r\n").as_bytes());
    mail
}

/// `text` begins with a header field, so only a line end can stand before a dot that begins a line.
fn stuffed(text: &[u8]) -> Cow<'_, [u8]> {
    let begins_line =
        |at: &usize| text[*at] == b'.' && at.checked_sub(1).is_some_and(|before| text[before] == b'\n');
    let dots: Vec<usize> = (0..text.len()).filter(begins_line).collect();
    if dots.is_empty() {
        return Cow::from(text);
    }
    let mut stuffed = Vec::with_capacity(text.len() + dots.len());
    let mut done = 0;
    for dot in dots {
        stuffed.extend_from_slice(&text[done..=dot]);
        done = dot;
    }
    stuffed.extend_from_slice(&text[done..]);
    Cow::from(stuffed)
}

fn without_last_line_end(mut mail: Vec<u8>) -> Vec<u8> {
    if mail.ends_with(b"\r\n") {
        mail.truncate(mail.len() - 2);
    }
    mail
}

#[cfg(test)]
mod tests {
    use contracts::signup::MailLinks;
    use contracts::{MessageText, PersonName};
    use mail_parser::{MessageParser, MimeHeaders};
    use proptest::prelude::*;
    use uuid::uuid;

    use super::*;
    use crate::domain::content::{Delivery, Team};
    use crate::mail::attachment::FileEncoder;
    use crate::mail::render::Templates;

    fn sender() -> Sender {
        Sender {
            from: "Café Kurs <hello@course.example>".parse().expect("a mailbox"),
            domain: "course.example".to_owned(),
            bounce_key: BounceKey::parse(&"ab".repeat(32)).expect("a key"),
            echoes: vec![Echo::Postmark, Echo::Sendgrid],
            redirect_to: None,
        }
    }

    fn content() -> Content {
        let link = |name: &str| format!("https://example.com/{name}");
        Content::Delivery(Delivery {
            greeting: "Hi!".to_owned(),
            download: link("d"),
            confirm: None,
            links: MailLinks {
                unsubscribe: link(&"u".repeat(200)),
                my_data: link("me"),
            },
        })
    }

    fn outline_of<'a>(to: &'a EmailAddress, content: &'a Content) -> Outline<'a> {
        Outline {
            id: NotificationId(uuid!("2a6e5a55-ff61-5d20-a72d-9402eaebbc7d")),
            purpose: Purpose::Delivery,
            to,
            content,
            date: time::macros::datetime!(2026-11-24 08:00 UTC),
        }
    }

    fn compose(subject: &str, file: Option<(&OfferFile, EncodedFile)>) -> Mail {
        let (to, content) = (EmailAddress::parse("anna@example.com").expect("valid"), content());
        let words = Words {
            subject: subject.to_owned(),
            text: "Grüße\n.\n..dots\n".to_owned(),
            html: "<p>Grüße</p>".to_owned(),
        };
        sender()
            .compose(outline_of(&to, &content), words, file)
            .expect("composed")
    }

    fn about(bytes: u64) -> OfferFile {
        OfferFile {
            name: "Spickzettel für alle.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            sha256: "0".repeat(64),
            bytes,
            chunks: 1,
        }
    }

    fn bytes(mail: &Mail) -> Vec<u8> {
        mail.pieces().collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_mail_with_a_file_is_read_back_whole() {
        let pdf: Vec<u8> = (0..10_000_u32)
            .map(|i| u8::try_from(i % 256).expect("small"))
            .collect();
        let mut encoder = FileEncoder::new(pdf.len());
        encoder.push(&pdf);
        let mail = bytes(&compose(
            "Dein Spickzettel ✓",
            Some((&about(10_000), encoder.finish())),
        ));
        let parsed = MessageParser::default().parse(&mail).expect("a mail");
        assert_eq!(parsed.subject(), Some("Dein Spickzettel ✓"));
        assert_eq!(
            parsed.body_text(0).expect("text").trim_end(),
            "Grüße\r\n.\r\n..dots"
        );
        assert_eq!(parsed.body_html(0).expect("HTML").trim_end(), "<p>Grüße</p>");
        let file = parsed.attachment(0).expect("a file");
        assert_eq!(file.attachment_name(), Some("Spickzettel für alle.pdf"));
        assert_eq!(file.contents(), pdf);
        assert_eq!(parsed.attachment_count(), 1);
    }

    #[test]
    fn dots_that_begin_a_line_are_doubled_and_a_file_is_left_alone() {
        let mail = compose("Dots", None);
        let sent: Vec<u8> = mail.stuffed().concat();
        let text = String::from_utf8(sent).expect("ASCII");
        assert!(
            !text.contains("\n.\r")
                && !text
                    .lines()
                    .any(|line| line.starts_with('.') && !line.starts_with(".."))
        );
        let undone: Vec<&str> = text
            .split("\r\n")
            .map(|line| line.strip_prefix('.').unwrap_or(line))
            .collect();
        assert_eq!(undone.join("\r\n").into_bytes(), bytes(&mail));

        let mut encoder = FileEncoder::new(3);
        encoder.push(b"abc");
        let file = encoder.finish();
        let mail = compose("File", Some((&about(3), file.clone())));
        let shared = mail
            .stuffed()
            .iter()
            .any(|piece| std::ptr::eq(piece.as_ptr(), file.as_bytes().as_ptr()));
        assert!(shared, "the file was copied");
    }

    #[test]
    fn a_line_break_in_a_subject_makes_no_header() {
        let mail = bytes(&compose("a\r\nBcc: all@example.net\r\n\r\nbody", None));
        let parsed = MessageParser::default().parse(&mail).expect("a mail");
        assert!(parsed.bcc().is_none());
        assert_eq!(
            parsed.to().and_then(|to| to.first()).and_then(|to| to.address()),
            Some("anna@example.com")
        );
    }

    #[test]
    fn the_name_of_a_file_makes_no_header_and_no_part() {
        let plain = |name: &str| {
            let mut encoder = FileEncoder::new(3);
            encoder.push(b"abc");
            let about = OfferFile {
                name: name.to_owned(),
                ..about(3)
            };
            bytes(&compose("File", Some((&about, encoder.finish()))))
        };
        for name in [
            "a\r\nBcc: all@example.net",
            "a\"; filename=\"b.exe",
            "a\r\n\r\n<html>",
            "ä\u{202e}fdp.exe",
        ] {
            let mail = plain(name);
            let parsed = MessageParser::default().parse(&mail).expect("a mail");
            assert!(parsed.bcc().is_none(), "{name:?}");
            assert_eq!(parsed.attachment_count(), 1, "{name:?}");
            assert_eq!(
                parsed.attachment(0).expect("a file").contents(),
                b"abc",
                "{name:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_a_visitor_types_comes_back_as_text_and_adds_no_header(
            typed in "\\PC{0,80}|[\\s\\S]{0,80}",
            name in "\\PC{0,30}",
        ) {
            let Ok(message) = MessageText::parse(&format!("{typed}\n.\r\nBcc: all@example.net")) else {
                return Ok(());
            };
            let to = EmailAddress::parse("sales@course.example").expect("valid");
            let content = Content::Team(Team {
                reference: "Q-7K3M-9QXP".to_owned(),
                topic: "Prices".to_owned(),
                team: "Sales".to_owned(),
                rule: "prices".to_owned(),
                campaign: None,
                visitor: EmailAddress::parse("anna@example.com").expect("valid"),
                name: PersonName::parse(&name).ok(),
                message: message.clone(),
                fallback_inbox: to.clone(),
            });
            let words = Templates::compile().expect("compiled in").words(&content).expect("filled");
            let outline = Outline { purpose: Purpose::Team, to: &to, content: &content, ..outline_of(&to, &content) };
            let mail = bytes(&sender().compose(outline, words.expect("not a delivery"), None).expect("composed"));
            let parsed = MessageParser::default().parse(&mail).expect("a mail");
            let names: Vec<&str> = parsed.headers().iter().map(|header| header.name()).collect();
            prop_assert_eq!(
                names,
                [
                    "Date", "From", "To", "Reply-To", "Subject", "Message-ID", "X-Auto-Response-Suppress",
                    "X-PM-Metadata-notification", "X-SMTPAPI", "X-Notification", "MIME-Version", "Content-Type"
                ]
            );
            let text = parsed.body_text(0).expect("text").replace("\r\n", "\n");
            prop_assert!(text.contains(message.expose()), "{:?} is not in {:?}", message.expose(), text);
        }
    }

    #[test]
    fn lines_are_ascii_crlf_ended_and_short_enough_for_every_relay() {
        let mail = String::from_utf8(bytes(&compose("Grüße", None))).expect("ASCII");
        assert!(mail.is_ascii());
        assert_eq!(mail.matches('\n').count(), mail.matches("\r\n").count());
        assert!(mail.split("\r\n").all(|line| line.len() <= 998));
        assert!(mail.contains(&format!("<https://example.com/{}>", "u".repeat(200))));
    }
}
