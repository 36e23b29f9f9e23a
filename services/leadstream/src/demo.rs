//! The demo that the all-in-one starts with: one offer and a file of routes, compiled in and written into the data
//! directory where they are missing. What is changed there is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const OFFER: &str = "offers/system-design-cheat-sheet";
const OFFER_FILES: [(&str, &[u8]); 4] = [
    (
        "offer.toml",
        include_bytes!("../demo/offers/system-design-cheat-sheet/offer.toml"),
    ),
    (
        "mail.txt",
        include_bytes!("../demo/offers/system-design-cheat-sheet/mail.txt"),
    ),
    (
        "mail.html",
        include_bytes!("../demo/offers/system-design-cheat-sheet/mail.html"),
    ),
    (
        "system-design-cheat-sheet.pdf",
        include_bytes!("../demo/offers/system-design-cheat-sheet/system-design-cheat-sheet.pdf"),
    ),
];
const ROUTES: &[u8] = include_bytes!("../demo/routes.toml");

/// Where the demo's files are on this machine.
#[derive(Debug, Clone)]
pub struct Demo {
    pub offers_dir: PathBuf,
    pub routes_file: PathBuf,
}

impl Demo {
    /// Writes what is missing below `data_dir/demo`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn unpack(data_dir: &Path) -> io::Result<Self> {
        let folder = folder(data_dir);
        for (name, content) in OFFER_FILES {
            write_if_missing(&folder.join(OFFER).join(name), content)?;
        }
        write_if_missing(&folder.join("routes.toml"), ROUTES)?;
        Ok(Self::below(data_dir))
    }

    /// Where the files are, or will be.
    pub fn below(data_dir: &Path) -> Self {
        let folder = folder(data_dir);
        Self {
            offers_dir: folder.join("offers"),
            routes_file: folder.join("routes.toml"),
        }
    }
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("demo")
}

fn write_if_missing(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().expect("a file has a folder");
    fs::create_dir_all(folder)?;
    let draft = path.with_extension("new");
    fs::write(&draft, content)?;
    fs::rename(draft, path)
}
