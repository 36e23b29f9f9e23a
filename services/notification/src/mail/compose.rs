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
        let id = self.name(outline.id);
        let outline = Outline { id, ..outline };
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

    /// Bounces and complaints of a redirected mail name nothing that the ledger knows.
    fn name(&self, id: NotificationId) -> NotificationId {
        self.redirect_to.as_ref().map_or(id, |_| id.in_rehearsal())
    }

    /// Who gets the mail. Its text is as if it were who it is for.
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
mod tests;
