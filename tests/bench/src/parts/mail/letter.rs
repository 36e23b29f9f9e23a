//! Mails as the service makes them, of a given size.

use contracts::EmailAddress;
use contracts::notification::Purpose;
use contracts::offer::OfferFile;
use contracts::signup::MailLinks;
use notification::domain::bounce_address::BounceKey;
use notification::domain::content::{Content, Delivery};
use notification::domain::notification::NotificationId;
use notification::mail::attachment::{EncodedFile, FileEncoder};
use notification::mail::compose::{Mail, Outline, Sender};
use notification::mail::render::Words;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::BenchError;

const LINE: &str = "Four pages with the numbers and the trade-offs.\r\n";

/// What mails of one size are made of; a big one carries a file that all share.
pub struct Letter {
    sender: Sender,
    content: Content,
    pub to: EmailAddress,
    text: String,
    file: Option<(OfferFile, EncodedFile)>,
}

impl Letter {
    /// Mails of about 1 KiB, most of which is the header.
    ///
    /// # Errors
    /// A value that no longer fits its type.
    pub fn small() -> Result<Self, BenchError> {
        let link = |name: &str| format!("https://course.example/{name}");
        Ok(Self {
            sender: Sender {
                from: "Course <hello@course.example>".parse().map_err(unfit)?,
                domain: "course.example".to_owned(),
                bounce_key: BounceKey::parse(&"3c".repeat(32)).map_err(unfit)?,
                echoes: Vec::new(),
                redirect_to: None,
            },
            content: Content::Delivery(Delivery {
                greeting: "Hi Instagram Fam!".to_owned(),
                download: link("d/token"),
                confirm: None,
                links: MailLinks {
                    unsubscribe: link("u/token"),
                    my_data: link("me"),
                },
            }),
            to: EmailAddress::parse("lead@mail.example.org").map_err(unfit)?,
            text: LINE.to_owned(),
            file: None,
        })
    }

    /// The same with a file of so many octets.
    ///
    /// # Errors
    /// As for [`Letter::small`].
    pub fn with_file(octets: usize) -> Result<Self, BenchError> {
        let mut encoder = FileEncoder::new(octets);
        encoder.push(&vec![0x5a; octets]);
        let about = OfferFile {
            name: "System Design Cheat Sheet.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            sha256: "0".repeat(64),
            bytes: octets as u64,
            chunks: 1,
        };
        Ok(Self {
            file: Some((about, encoder.finish())),
            ..Self::small()?
        })
    }

    /// A mail of its own.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn write(&self) -> Result<Mail, BenchError> {
        let outline = Outline {
            id: NotificationId(Uuid::now_v7()),
            purpose: Purpose::Delivery,
            to: &self.to,
            content: &self.content,
            date: OffsetDateTime::now_utc(),
        };
        let words = Words {
            subject: "Your System Design Cheat Sheet".to_owned(),
            text: self.text.clone(),
            html: format!("<p>{}</p>", self.text),
        };
        let file = self.file.as_ref().map(|(about, file)| (about, file.clone()));
        self.sender.compose(outline, words, file).map_err(unfit)
    }
}

fn unfit(error: impl std::fmt::Display) -> BenchError {
    BenchError::Program(format!("a sample cannot be made: {error}"))
}
