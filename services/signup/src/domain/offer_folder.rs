//! An offer as a folder: `offer.toml`, the texts of its mail, and the file it is about.
//!
//! Nothing is published unless all of it is right; whatever is wrong is named at once, with file and line.

mod campaigns;
mod files;
mod mail;
mod mistake;
mod page;
mod section;
mod templates;

use std::fmt;
use std::path::{Path, PathBuf};

use contracts::Slug;
use contracts::offer::DeliveryMode;
use toml::de::DeTable;

use crate::domain::offer::{OfferContent, OfferDraft};
use files::Folder;
pub use mistake::Mistake;
use mistake::{Mistakes, line_of};
pub use page::PAGE_TEXT_MAX;
use section::{Section, Source};

const MAIN: &str = "offer.toml";
const MAIN_MAX: usize = 64 * 1024;

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
    let page = page_section.as_ref().and_then(page::read_page);
    let consent = root
        .section("consent")
        .and_then(|consent| page::read_consent(&consent));
    let mail = root
        .section("mail")
        .and_then(|mail| mail::read_mail(folder, source, &mail, mode));
    let file = root
        .section("file")
        .and_then(|file| mail::read_file(folder, source, &file));
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
    page::check_page_size(source, page_section?.at(), &content);
    Some(OfferDraft {
        slug: slug?.value,
        content,
        file: file?,
        campaigns: campaigns?,
    })
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
