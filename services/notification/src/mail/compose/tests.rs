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
