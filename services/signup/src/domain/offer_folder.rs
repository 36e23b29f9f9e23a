//! An offer as a folder: `offer.toml`, the texts of its mail, and the file it is about.
//!
//! Nothing is published unless all of it is right; whatever is wrong is named at once, with file and line.

mod campaigns;
mod files;
mod mistake;
mod section;
mod templates;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use contracts::Slug;
use contracts::offer::{DeliveryMail, DeliveryMode, FILE_MAX_BYTES, MAIL_VARIABLES};
use toml::de::DeTable;
use url::Url;

use crate::domain::offer::{ConsentText, FileDraft, OfferContent, OfferDraft, PageText};
use files::Folder;
pub use mistake::Mistake;
use mistake::{Mistakes, line_of};
use section::{Placed, Section, Source};

const MAIN: &str = "offer.toml";
const MAIN_MAX: usize = 64 * 1024;
const TEMPLATE_MAX: usize = 100 * 1024;
const PDF: &[u8] = b"%PDF-";
/// What the texts of a landing page may take, in bytes of HTML, so that the page stays below 14 KB with all that is
/// around them.
pub const PAGE_TEXT_MAX: usize = 5_120;

/// Why a folder is no offer: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderError {
    pub folder: PathBuf,
    pub mistakes: Vec<Mistake>,
}

impl std::error::Error for FolderError {}

/// One line for each mistake: `offers/system-design/offer.toml:12: page.button is missing`.
impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self
            .mistakes
            .iter()
            .map(|mistake| format!("{}/{mistake}", self.folder.display()));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Reads and checks a folder.
///
/// # Errors
/// [`FolderError`] names every mistake.
pub fn read(folder: &Path) -> Result<OfferDraft, FolderError> {
    let mistakes = Mistakes::default();
    let draft = read_folder(folder, &mistakes);
    let mistakes = mistakes.into_sorted();
    match draft {
        Some(draft) if mistakes.is_empty() => Ok(draft),
        _ => Err(FolderError {
            folder: folder.to_owned(),
            mistakes,
        }),
    }
}

fn read_folder(path: &Path, mistakes: &Mistakes) -> Option<OfferDraft> {
    let Ok(folder) = Folder::open(path) else {
        mistakes.note(MAIN, None, "the folder is missing");
        return None;
    };
    let text = folder.read_main(MAIN, MAIN_MAX, mistakes)?;
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let line = error.span().map(|span| line_of(&text, &span));
        mistakes.note(MAIN, line, error.message());
    }
    if !errors.is_empty() {
        return None;
    }
    let source = Source {
        file: MAIN,
        text: &text,
        mistakes,
    };
    read_offer(&folder, source, &Section::root(source, &table))
}

fn read_offer(folder: &Folder, source: Source<'_>, root: &Section<'_>) -> Option<OfferDraft> {
    let slug = root.parsed("slug", Slug::parse);
    let title = root.text("title", 100);
    let language = root.parsed("language", parse_language);
    let delivery = root.parsed("delivery", parse_delivery);
    let mode = delivery
        .as_ref()
        .map_or(DeliveryMode::Both, |delivery| delivery.value);
    let page_section = root.section("page");
    let page = page_section.as_ref().and_then(read_page);
    let consent = root.section("consent").and_then(|consent| read_consent(&consent));
    let mail = root
        .section("mail")
        .and_then(|mail| read_mail(folder, source, &mail, mode));
    let file = root
        .section("file")
        .and_then(|file| read_file(folder, source, &file));
    let campaigns = campaigns::read(source, &root.sections("campaigns"));
    root.finish();
    let content = OfferContent {
        title: title?.value,
        language: language?.value,
        delivery: delivery?.value,
        page: page?,
        consent: consent?,
        mail: mail?,
    };
    check_page_size(source, page_section?.at(), &content);
    Some(OfferDraft {
        slug: slug?.value,
        content,
        file: file?,
        campaigns: campaigns?,
    })
}

fn read_page(page: &Section<'_>) -> Option<PageText> {
    let headline = page.text("headline", 120);
    let promise = page.text("lead", 400);
    let points = page.texts("bullets", 10, 200);
    let button = page.text("button", 40);
    let thanks = page.text("thanks", 600);
    page.finish();
    Some(PageText {
        headline: headline?.value,
        promise: promise?.value,
        points: points?.into_iter().map(|point| point.value).collect(),
        button: button?.value,
        thanks: thanks?.value,
    })
}

fn read_consent(consent: &Section<'_>) -> Option<ConsentText> {
    let version = consent.text("version", 40);
    let delivery = consent.text("privacy", 400);
    let updates = consent.text("updates", 300);
    let privacy_url = consent
        .optional_text("privacy_url", 200)
        .map(|url| check_url(consent, url));
    consent.finish();
    Some(ConsentText {
        version: version?.value,
        delivery: delivery?.value,
        updates: updates?.value,
        privacy_url: privacy_url.flatten(),
    })
}

fn read_mail(
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

fn read_file(folder: &Folder, source: Source<'_>, file: &Section<'_>) -> Option<FileDraft> {
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

fn check_page_size(source: Source<'_>, page_at: &Range<usize>, content: &OfferContent) {
    let bytes = page_bytes(content);
    if bytes > PAGE_TEXT_MAX {
        let text =
            format!("the texts of the page take {bytes} bytes, {PAGE_TEXT_MAX} keep the page below 14 KB");
        source.note(page_at, text);
    }
}

/// Bytes of the texts on the landing page, each as often as it stands there, with the escapes of HTML.
fn page_bytes(content: &OfferContent) -> usize {
    let (page, consent) = (&content.page, &content.consent);
    let bytes = |text: &String| text.len() + 5 * text.matches(['<', '>', '&', '"', '\'']).count();
    let once = [&page.button, &consent.delivery, &consent.updates];
    let once: usize = once.into_iter().chain(&page.points).map(bytes).sum();
    once + 2 * bytes(&page.promise) + 3 * bytes(&page.headline)
}

fn check_url(consent: &Section<'_>, url: Placed<String>) -> Option<String> {
    let web = Url::parse(&url.value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !web && !url.value.starts_with('/') {
        consent.note(
            &url.at,
            "privacy_url must be a web address or a path that starts with /",
        );
        return None;
    }
    Some(url.value)
}

fn parse_delivery(text: &str) -> Result<DeliveryMode, &'static str> {
    match text {
        "link" => Ok(DeliveryMode::Link),
        "attachment" => Ok(DeliveryMode::Attachment),
        "both" => Ok(DeliveryMode::Both),
        _ => Err("must be \"link\", \"attachment\" or \"both\""),
    }
}

/// BCP 47, the part of it that pages use: `en`, `pt-BR`, `zh-Hant`.
fn parse_language(text: &str) -> Result<String, &'static str> {
    let mut parts = text.split('-');
    let primary = parts
        .next()
        .is_some_and(|part| matches!(part.len(), 2 | 3) && part.bytes().all(|b| b.is_ascii_lowercase()));
    let others =
        parts.all(|part| matches!(part.len(), 2..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    (primary && others)
        .then(|| text.to_owned())
        .ok_or("must be a language such as en or pt-BR")
}

fn parse_file_name(text: &str) -> Result<String, &'static str> {
    let plain = !text.starts_with('.') && !text.contains(['/', '\\', '"', ':', '*', '?', '<', '>', '|']);
    let shaped = plain && text.len() <= 120 && text.to_ascii_lowercase().ends_with(".pdf");
    shaped
        .then(|| text.to_owned())
        .ok_or("must be a file name that ends with .pdf")
}
