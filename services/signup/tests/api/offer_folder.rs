//! Offers as folders: what is wrong is named with file and line.

use std::fs;
use std::path::PathBuf;

use signup::domain::offer_folder::{self, PAGE_TEXT_MAX};
use uuid::Uuid;

use crate::site::offer_dir;

/// A copy of the tests' offer to break; gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("leadstream-offer-{}", Uuid::now_v7()));
        fs::create_dir(&path).expect("a folder");
        for file in fs::read_dir(offer_dir()).expect("the tests' offer") {
            let file = file.expect("a file");
            fs::copy(file.path(), path.join(file.file_name())).expect("a copy");
        }
        Self(path)
    }

    /// Replaces a text of a file that stands there once.
    fn replace(&self, file: &str, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.0.join(file)).expect("a text");
        assert_eq!(text.matches(old).count(), 1, "{old} stands once in {file}");
        fs::write(self.0.join(file), text.replace(old, new)).expect("written");
        self
    }

    fn mistakes(&self) -> Vec<String> {
        match offer_folder::read(&self.0) {
            Ok(_) => Vec::new(),
            Err(error) => error.mistakes.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_becomes_an_offer_with_its_texts_its_file_and_its_campaigns() {
    let offer = offer_folder::read(&offer_dir()).expect("right");
    assert_eq!(offer.slug.as_str(), "system-design");
    assert_eq!(offer.content.page.points.len(), 3);
    assert!(offer.content.mail.html.contains("{{ download }}"));
    assert!(offer.file.bytes.starts_with(b"%PDF-"));
    let campaigns: Vec<&str> = offer
        .campaigns
        .iter()
        .map(|campaign| campaign.slug.as_str())
        .collect();
    assert_eq!(campaigns, ["instagram", "linkedin", "youtube"]);
    assert_eq!(offer.campaigns[1].allowed_origins, ["https://course.example"]);
}

const MAIN: &str = "offer.toml";

/// A file, what stands in it, what is put there instead, and how the mistake is named.
const MISTAKES: [(&str, &str, &str, &str); 18] = [
    (
        MAIN,
        "slug = \"system-design\"",
        "slug = \"System Design\"",
        "offer.toml:1: slug must be",
    ),
    (
        MAIN,
        "language = \"en\"",
        "language = \"English\"",
        "offer.toml:3: language must be",
    ),
    (
        MAIN,
        "delivery = \"both\"",
        "delivery = \"pigeon\"",
        "offer.toml:4: delivery must be",
    ),
    (
        MAIN,
        "button = ",
        "buton = ",
        "offer.toml:14: page.buton is not a key",
    ),
    (
        MAIN,
        "version = \"2026-11\"",
        "version = 2026",
        "offer.toml:18: consent.version must be one line",
    ),
    (
        MAIN,
        "\"mail.txt\"",
        "\"../mail.txt\"",
        "offer.toml:25: ../mail.txt: must be the name of a file inside",
    ),
    (
        MAIN,
        "\"mail.html\"",
        "\"/etc/passwd\"",
        "offer.toml:26: /etc/passwd: must be the name of a file inside",
    ),
    (
        MAIN,
        "\"cheat-sheet.pdf\"",
        "\"sheet.pdf\"",
        "offer.toml:29: sheet.pdf: this file is missing",
    ),
    (
        MAIN,
        "\"cheat-sheet.pdf\"",
        "\"mail.html\"",
        "offer.toml:29: mail.html: is not a PDF",
    ),
    (
        MAIN,
        "Cheat Sheet.pdf\"",
        "Cheat Sheet.exe\"",
        "offer.toml:30: file.name must be a file name",
    ),
    (
        MAIN,
        "\"https://course.example\"]",
        "\"https://course.example/\"]",
        "offer.toml:42: campaigns.allowed_origins must",
    ),
    (
        MAIN,
        "slug = \"youtube\"",
        "slug = \"linkedin\"",
        "offer.toml:45: campaign linkedin is there twice",
    ),
    (
        MAIN,
        "Your {{ title }}",
        "{{ name }}, your {{ title }}",
        "offer.toml:24: name is not a variable",
    ),
    (MAIN, "[consent]", "[consent", "offer.toml:17:"),
    (
        "mail.txt",
        "{{ title }}",
        "{{ titel }}",
        "mail.txt:3: titel is not a variable",
    ),
    (
        "mail.txt",
        "{% if attached %}",
        "{% if attached %",
        "mail.txt:4: syntax error",
    ),
    (
        "mail.html",
        "{{ title }}",
        "{{ title|shout }}",
        "mail.html:3: unknown filter",
    ),
    (
        "mail.html",
        "{{ unsubscribe }}",
        "",
        "mail.html: {{ unsubscribe }} must stand somewhere",
    ),
];

#[test]
fn each_mistake_is_named_with_its_file_and_line() {
    for (file, old, new, expected) in MISTAKES {
        let mistakes = Folder::new().replace(file, old, new).mistakes();
        let named = mistakes.iter().any(|mistake| mistake.starts_with(expected));
        assert!(named, "{mistakes:#?}\nshould name\n{expected}");
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let folder = Folder::new();
    folder
        .replace("offer.toml", "slug = \"system-design\"", "slug = \"\"")
        .replace("mail.txt", "{{ download }}", "");
    fs::remove_file(folder.0.join("mail.html")).expect("removed");
    let mistakes = folder.mistakes();
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
}

#[cfg(unix)]
#[test]
fn a_link_may_stay_inside_the_folder_but_not_lead_out_of_it() {
    let folder = Folder::new();
    let path = folder.0.join("mail.txt");
    fs::rename(&path, folder.0.join("real.txt")).expect("moved");
    std::os::unix::fs::symlink("real.txt", &path).expect("linked");
    assert_eq!(folder.mistakes(), Vec::<String>::new());
    fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink("/etc/hostname", &path).expect("linked");
    assert_eq!(
        folder.mistakes(),
        ["offer.toml:25: mail.txt: is a link out of the offer's folder"]
    );
}

#[test]
fn a_file_over_ten_mebibytes_is_refused_without_reading_it() {
    let folder = Folder::new();
    let file = fs::File::options()
        .write(true)
        .open(folder.0.join("cheat-sheet.pdf"))
        .expect("the file");
    file.set_len(10 * 1024 * 1024 + 1).expect("sparse");
    assert_eq!(
        folder.mistakes(),
        ["offer.toml:29: cheat-sheet.pdf: has 10485761 bytes, 10485760 are allowed"]
    );
}

#[test]
fn texts_that_would_make_the_page_too_large_are_refused() {
    let folder = Folder::new();
    let bullets = format!("\"{}\",\n", "漢".repeat(199)).repeat(10);
    let text = fs::read_to_string(folder.0.join("offer.toml")).expect("a text");
    let (before, after) = (
        text.find("bullets = [").expect("there"),
        text.find("]\nbutton").expect("there"),
    );
    let text = format!("{}bullets = [{bullets}{}", &text[..before], &text[after..]);
    fs::write(folder.0.join("offer.toml"), text).expect("written");
    let mistakes = folder.mistakes();
    assert!(
        mistakes[0].contains(&format!("{PAGE_TEXT_MAX} keep the page below 14 KB")),
        "{mistakes:?}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_said_to_be_missing() {
    let error = offer_folder::read(&PathBuf::from("/nowhere/offer")).expect_err("not there");
    assert_eq!(
        error.to_string(),
        "/nowhere/offer/offer.toml: the folder is missing"
    );
}
