//! Reads the files that `offer.toml` names, and no others: nothing outside of the folder, nothing huge, no devices.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::mistake::Mistakes;
use super::section::{Placed, Source};

/// An offer's folder.
#[derive(Debug)]
pub struct Folder {
    /// Without links in it.
    path: PathBuf,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// Where it cannot be found.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            path: fs::canonicalize(path)?,
        })
    }

    /// The text of `offer.toml`; a mistake is noted if there is none.
    #[must_use]
    pub fn read_main(&self, name: &str, max: usize, mistakes: &Mistakes) -> Option<String> {
        let bytes = self
            .read(name, max)
            .map_err(|text| mistakes.note(name, None, text))
            .ok()?;
        let text = String::from_utf8(bytes).map_err(|_| "must be UTF-8");
        text.map_err(|text| mistakes.note(name, None, text)).ok()
    }

    /// The bytes of a file that `offer.toml` names.
    #[must_use]
    pub fn read_named(&self, source: &Source<'_>, name: &Placed<String>, max: usize) -> Option<Vec<u8>> {
        let read = self.read(&name.value, max);
        read.map_err(|text| source.note(&name.at, format!("{}: {text}", name.value)))
            .ok()
    }

    fn read(&self, name: &str, max: usize) -> Result<Vec<u8>, String> {
        let relative = Path::new(name);
        let plain = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || name.contains(['\\', '\0']) {
            return Err("must be the name of a file inside the offer's folder".to_owned());
        }
        let path = fs::canonicalize(self.path.join(relative)).map_err(|error| unreadable(&error))?;
        if !path.starts_with(&self.path) {
            return Err("is a link out of the offer's folder".to_owned());
        }
        let about = fs::metadata(&path).map_err(|error| unreadable(&error))?;
        if !about.is_file() {
            return Err("is not a file".to_owned());
        }
        if about.len() > max as u64 {
            return Err(format!("has {} bytes, {max} are allowed", about.len()));
        }
        fs::read(&path).map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "this file is missing".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
