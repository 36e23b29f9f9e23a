//! A real mail, made and signed by what makes all mails, and what a receiver would say of it.

use contracts::EmailAddress;
use contracts::notification::Purpose;
use contracts::signup::{FreshDownload, MailLinks};
use mail_auth::{AuthenticatedMessage, DkimResult};
use mail_parser::{Message, MessageParser};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Dns;
use super::finding::{Check, Finding};
use crate::config::Mailing;
use crate::domain::content::{Content, Links};
use crate::domain::notification::NotificationId;
use crate::mail::compose::{Mail, Outline};
use crate::mail::render::Templates;

const TITLE: &str = "This mail was sent to see how mails arrive";

/// A mail that no other is the same as.
///
/// # Errors
/// Why it cannot be made.
pub(super) async fn make(mailing: &Mailing, to: &EmailAddress) -> Result<Mail, String> {
    let site = format!("https://{}", mailing.sender.from.email.domain());
    let content = Content::Links(Links {
        downloads: vec![FreshDownload {
            title: TITLE.to_owned(),
            url: site.clone(),
        }],
        links: MailLinks {
            unsubscribe: format!("{site}/u/test"),
            my_data: format!("{site}/me"),
        },
    });
    let words = Templates::compile().and_then(|templates| templates.words(&content));
    let words = words
        .map_err(|error| error.to_string())?
        .ok_or("it has no template")?;
    let outline = Outline {
        id: NotificationId(Uuid::now_v7()),
        purpose: Purpose::Links,
        to,
        content: &content,
        date: OffsetDateTime::now_utc(),
    };
    let mail = mailing
        .sender
        .compose(outline, words, None)
        .map_err(|error| error.to_string())?;
    match &mailing.signer {
        Some(signer) => signer.sign(mail).await.map_err(|error| error.to_string()),
        None => Ok(mail),
    }
}

/// What its header lacks.
pub(super) fn header(raw: &[u8], domain: &str) -> Finding {
    let Some(mail) = MessageParser::default().parse(raw) else {
        return Check::Mail.problem(
            "a mail",
            "it cannot be read",
            "this is a mistake of the program: report it",
        );
    };
    let lacks = lacks(&mail, domain);
    if lacks.is_empty() {
        let fields = mail.headers().len();
        return Check::Mail.ok(
            "a mail",
            format!("{fields} header fields as RFC 5322, 8058 and 3834 want them"),
        );
    }
    Check::Mail.problem(
        "a mail",
        format!("it lacks {}", lacks.join(", ")),
        "this is a mistake of the program: report it",
    )
}

fn lacks(mail: &Message<'_>, domain: &str) -> Vec<&'static str> {
    let header = |name: &'static str| mail.header_raw(name).map(str::trim);
    let starts = |name, with: &str| header(name).is_some_and(|value| value.starts_with(with));
    let own_id = mail
        .message_id()
        .is_some_and(|id| id.ends_with(&format!("@{domain}")));
    let wanted = [
        (
            "one author",
            mail.from().is_some_and(|from| from.iter().count() == 1),
        ),
        ("a recipient", mail.to().is_some()),
        ("a date", mail.date().is_some()),
        (
            "a subject",
            mail.subject().is_some_and(|subject| !subject.is_empty()),
        ),
        ("a Message-ID of its own domain", own_id),
        ("Auto-Submitted", starts("Auto-Submitted", "auto-generated")),
        (
            "List-Unsubscribe with https",
            starts("List-Unsubscribe", "<https://"),
        ),
        (
            "List-Unsubscribe-Post",
            header("List-Unsubscribe-Post") == Some("List-Unsubscribe=One-Click"),
        ),
        ("text", mail.text_body_count() > 0),
        ("HTML", mail.html_body_count() > 0),
    ];
    wanted
        .into_iter()
        .filter(|(_, there)| !there)
        .map(|(what, _)| what)
        .collect()
}

/// Verifies each signature as a receiver does, with the keys of DNS.
pub(super) async fn signatures(mail: &AuthenticatedMessage<'_>, dns: &Dns) -> Vec<Finding> {
    let verified = dns.0.verify_dkim(mail).await;
    let judge = |output: &mail_auth::DkimOutput<'_>| {
        let signature = output.signature()?;
        let name = format!("{}._domainkey.{}", signature.s, signature.d);
        Some(match output.result() {
            DkimResult::Pass => {
                Check::Mail.ok(&name, format!("its signature ({}) holds", signature.a.name()))
            }
            refused => Check::Mail.problem(
                &name,
                format!("its signature ({}) does not hold: {refused}", signature.a.name()),
                "see what is said of this key above",
            ),
        })
    };
    verified.iter().filter_map(judge).collect()
}
