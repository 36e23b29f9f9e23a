//! The delivery mail and the file: `[mail]` and `[file]` of `offer.toml`.

use contracts::offer::{DeliveryMail, DeliveryMode, FILE_MAX_BYTES, MAIL_VARIABLES};

use super::files::Folder;
use super::mistake::line_of;
use super::section::{Placed, Section, Source};
use super::templates;
use crate::domain::offer::FileDraft;

const TEMPLATE_MAX: usize = 100 * 1024;
const PDF: &[u8] = b"%PDF-";

/// Reads `[mail]` and the templates that it names.
pub(super) fn read_mail(
    folder: &Folder,
    source: Source<'_>,
    mail: &Section<'_>,
    mode: DeliveryMode,
) -> Option<DeliveryMail> {
    let subject = mail.text("subject", 150);
    let text_file = mail.text("text", 100);
    let html_file = mail.text("html", 100);
    mail.finish();
    let required: &[&str] = match mode {
        DeliveryMode::Attachment => &["confirm", "unsubscribe"],
        DeliveryMode::Link | DeliveryMode::Both => &["download", "confirm", "unsubscribe"],
    };
    if let Some(subject) = &subject {
        check_subject(source, subject);
    }
    let body = |name: Option<Placed<String>>| read_template(folder, source, &name?, required);
    let (text, html) = (body(text_file), body(html_file));
    Some(DeliveryMail {
        subject: subject?.value,
        text: text?,
        html: html?,
    })
}

/// What a visitor typed never stands in a subject: a form must not be a way to advertise to strangers.
fn check_subject(source: Source<'_>, subject: &Placed<String>) {
    let template = templates::Source {
        file: source.file,
        line: line_of(source.text, &subject.at) - 1,
        text: &subject.value,
        allowed: &["greeting", "title"],
        required: &[],
    };
    templates::check(template, source.mistakes);
}

fn read_template(
    folder: &Folder,
    source: Source<'_>,
    name: &Placed<String>,
    required: &[&str],
) -> Option<String> {
    let bytes = folder.read_named(&source, name, TEMPLATE_MAX)?;
    let Ok(text) = String::from_utf8(bytes) else {
        source.note(&name.at, format!("{}: must be UTF-8", name.value));
        return None;
    };
    let template = templates::Source {
        file: &name.value,
        line: 0,
        text: &text,
        allowed: &MAIL_VARIABLES,
        required,
    };
    templates::check(template, source.mistakes);
    Some(text)
}

/// Reads `[file]` and the file that it names.
pub(super) fn read_file(folder: &Folder, source: Source<'_>, file: &Section<'_>) -> Option<FileDraft> {
    let path = file.text("path", 200);
    let name = file.parsed("name", parse_file_name);
    file.finish();
    let path = path?;
    let bytes = folder.read_named(&source, &path, FILE_MAX_BYTES)?;
    if !bytes.starts_with(PDF) {
        source.note(&path.at, format!("{}: is not a PDF", path.value));
    }
    Some(FileDraft {
        name: name?.value,
        media_type: "application/pdf".to_owned(),
        bytes,
    })
}

fn parse_file_name(text: &str) -> Result<String, &'static str> {
    let plain = !text.starts_with('.') && !text.contains(['/', '\\', '"', ':', '*', '?', '<', '>', '|']);
    let shaped = plain && text.len() <= 120 && text.to_ascii_lowercase().ends_with(".pdf");
    shaped
        .then(|| text.to_owned())
        .ok_or("must be a file name that ends with .pdf")
}
