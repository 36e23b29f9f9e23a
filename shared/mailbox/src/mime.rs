//! Raw mails, taken apart by mail-parser.

use mail_parser::{MessageParser, MessagePart, MimeHeaders, PartType};
use time::format_description::well_known::Rfc3339;

use crate::envelope::Envelope;
use crate::message::{Address, Attachment, ListUnsubscribe, Message, Outline, Summary};

/// Mailpit's length of a snippet, in characters.
const SNIPPET_CHARS: usize = 250;

type Parsed<'x> = mail_parser::Message<'x>;

/// A decoded part, ready to be downloaded.
pub(crate) struct Part {
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) content: Vec<u8>,
}

/// What the list shows. A mail that is no mail at all gives an empty outline with its size.
pub(crate) fn outline(raw: &[u8], envelope: Envelope) -> Outline {
    let size = u64::try_from(raw.len()).unwrap_or(u64::MAX);
    let Some(mail) = MessageParser::default().parse(raw) else {
        return Outline {
            size,
            envelope,
            ..Outline::default()
        };
    };
    let to = addresses(mail.to());
    let cc = addresses(mail.cc());
    Outline {
        message_id: mail.message_id().unwrap_or_default().to_owned(),
        from: addresses(mail.from()).into_iter().next().unwrap_or_default(),
        bcc: unnamed(&envelope, &to, &cc),
        to,
        cc,
        reply_to: addresses(mail.reply_to()),
        subject: mail.subject().unwrap_or_default().to_owned(),
        size,
        attachments: mail.attachment_count(),
        snippet: snippet(&mail),
        envelope,
    }
}

/// The whole mail. What is no mail at all has no texts and no attachments.
pub(crate) fn message(raw: &[u8], summary: &Summary) -> Message {
    let body = MessageParser::default()
        .parse(raw)
        .map(|mail| Body::of(&mail))
        .unwrap_or_default();
    let Outline {
        message_id,
        from,
        to,
        cc,
        bcc,
        reply_to,
        subject,
        size,
        envelope,
        ..
    } = summary.outline.clone();
    Message {
        id: summary.id,
        message_id,
        from,
        to,
        cc,
        bcc,
        reply_to,
        return_path: envelope.from.clone(),
        subject,
        list_unsubscribe: body.list_unsubscribe,
        date: body
            .date
            .unwrap_or_else(|| summary.created.format(&Rfc3339).unwrap_or_default()),
        text: body.text,
        html: body.html,
        size,
        inline: body.inline,
        attachments: body.attachments,
        envelope,
    }
}

/// The header fields in their order, values unfolded but not decoded.
pub(crate) fn headers(raw: &[u8]) -> Vec<(String, String)> {
    let Some(mail) = MessageParser::default().parse_headers(raw) else {
        return Vec::new();
    };
    mail.headers_raw()
        .map(|(name, value)| (name.to_owned(), unfold(value)))
        .collect()
}

/// One attachment, decoded.
pub(crate) fn part(raw: &[u8], part_id: &str) -> Option<Part> {
    let mail = MessageParser::default().parse(raw)?;
    let id = mail
        .attachments
        .iter()
        .copied()
        .find(|id| id.to_string() == part_id)?;
    let part = mail.part(id)?;
    let Attachment {
        file_name,
        content_type,
        ..
    } = attachment(id, part);
    Some(Part {
        file_name,
        content_type,
        content: part.contents().to_vec(),
    })
}

/// What only the whole mail tells.
#[derive(Default)]
struct Body {
    date: Option<String>,
    list_unsubscribe: ListUnsubscribe,
    text: String,
    html: String,
    inline: Vec<Attachment>,
    attachments: Vec<Attachment>,
}

impl Body {
    fn of(mail: &Parsed<'_>) -> Self {
        let text = mail.text_bodies().filter_map(|part| match &part.body {
            PartType::Text(text) => Some(text.as_ref()),
            _ => None,
        });
        let html = mail.html_bodies().filter_map(|part| match &part.body {
            PartType::Html(html) => Some(html.as_ref()),
            _ => None,
        });
        let (inline, attachments) = attachments(mail);
        Self {
            date: mail.date().map(mail_parser::DateTime::to_rfc3339),
            list_unsubscribe: list_unsubscribe(mail),
            text: text.collect::<Vec<&str>>().join("\n"),
            html: html.collect::<Vec<&str>>().join("\n"),
            inline,
            attachments,
        }
    }
}

fn addresses(header: Option<&mail_parser::Address<'_>>) -> Vec<Address> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let all = header.into_iter().flat_map(mail_parser::Address::iter);
    all.map(|one| Address {
        name: text(one.name()),
        address: text(one.address()),
    })
    .collect()
}

/// Recipients that no header names.
fn unnamed(envelope: &Envelope, to: &[Address], cc: &[Address]) -> Vec<Address> {
    let named = |recipient: &str| {
        to.iter()
            .chain(cc)
            .any(|one| one.address.eq_ignore_ascii_case(recipient))
    };
    let hidden = envelope.to.iter().filter(|recipient| !named(recipient));
    hidden
        .map(|recipient| Address {
            name: String::new(),
            address: recipient.clone(),
        })
        .collect()
}

fn snippet(mail: &Parsed<'_>) -> String {
    let text = mail.body_text(0).unwrap_or_default();
    let mut snippet = String::new();
    for word in text.split_whitespace() {
        if !snippet.is_empty() {
            snippet.push(' ');
        }
        snippet.push_str(word);
        if snippet.chars().count() >= SNIPPET_CHARS {
            break;
        }
    }
    snippet.chars().take(SNIPPET_CHARS).collect()
}

fn list_unsubscribe(mail: &Parsed<'_>) -> ListUnsubscribe {
    let raw = |name: &'static str| mail.header_raw(name).map(unfold).unwrap_or_default();
    let header = raw("List-Unsubscribe");
    let bracketed = header.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    let links = bracketed.map(|(link, _)| link.to_owned()).collect();
    ListUnsubscribe {
        links,
        header,
        header_post: raw("List-Unsubscribe-Post"),
    }
}

/// (shown in place, to be opened)
fn attachments(mail: &Parsed<'_>) -> (Vec<Attachment>, Vec<Attachment>) {
    let parts = mail
        .attachments
        .iter()
        .filter_map(|id| Some((*id, mail.part(*id)?)));
    let (inline, others): (Vec<_>, Vec<_>) = parts.partition(|(_, part)| is_inline(part));
    let list = |parts: Vec<(u32, &MessagePart<'_>)>| {
        parts
            .into_iter()
            .map(|(id, part)| attachment(id, part))
            .collect::<Vec<_>>()
    };
    (list(inline), list(others))
}

fn is_inline(part: &MessagePart<'_>) -> bool {
    part.content_id().is_some()
        && !part
            .content_disposition()
            .is_some_and(|value| value.is_attachment())
}

fn attachment(id: u32, part: &MessagePart<'_>) -> Attachment {
    Attachment {
        part_id: id.to_string(),
        file_name: part
            .attachment_name()
            .map_or_else(|| format!("part-{id}"), str::to_owned),
        content_type: content_type(part),
        content_id: part.content_id().unwrap_or_default().to_owned(),
        size: u64::try_from(part.contents().len()).unwrap_or(u64::MAX),
    }
}

fn content_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(value) => match value.subtype() {
            Some(subtype) => format!("{}/{subtype}", value.ctype()).to_ascii_lowercase(),
            None => "application/octet-stream".to_owned(),
        },
        None => "text/plain".to_owned(),
    }
}

fn unfold(value: &str) -> String {
    value
        .split(['\r', '\n'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
