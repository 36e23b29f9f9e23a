//! Reading `dkim.toml`: everything wrong with it, or with a key that it names, is told at once, with file and line.

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::{Key, Keys, NamedKey};
use crate::mail::host_name::is_host_name;

/// Why a file of DKIM keys was refused; `Display` gives one line for each mistake: `file:line: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimFileError {
    file: String,
    mistakes: Vec<(usize, String)>,
}

impl fmt::Display for DkimFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (line, text)) in self.mistakes.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{line}: {text}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for DkimFileError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    domain: Spanned<String>,
    keys: Vec<Spanned<KeyText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyText {
    selector: Spanned<String>,
    file: Spanned<String>,
    active: bool,
}

/// Reads a file of DKIM keys, and the keys that it names; those lie beside it where their path is not absolute.
///
/// # Errors
/// [`DkimFileError`] with every mistake; what cannot be read as TOML of this shape ends with the first.
pub fn read(path: &Path) -> Result<Keys, DkimFileError> {
    let mut reader = Reader {
        path,
        text: String::new(),
        mistakes: Vec::new(),
    };
    let keys = match fs::read_to_string(path) {
        Ok(text) => {
            reader.text = text;
            reader.keys()
        }
        Err(error) => reader.refuse(0..0, format!("cannot be read: {error}")),
    };
    match keys {
        Some(keys) if reader.mistakes.is_empty() => Ok(keys),
        _ => Err(DkimFileError {
            file: path.display().to_string(),
            mistakes: reader.mistakes,
        }),
    }
}

/// One more key, as the file writes it.
#[must_use]
pub fn entry(selector: &str, file: &str, active: bool) -> String {
    format!("\n[[keys]]\nselector = \"{selector}\"\nfile = \"{file}\"\nactive = {active}\n")
}

struct Reader<'a> {
    path: &'a Path,
    text: String,
    /// Line and words of each.
    mistakes: Vec<(usize, String)>,
}

impl Reader<'_> {
    /// Notes a mistake; always `None`, for the value that is missing because of it.
    fn refuse<T>(&mut self, at: Range<usize>, what: impl Into<String>) -> Option<T> {
        let before = self.text.get(..at.start).unwrap_or_default();
        self.mistakes
            .push((before.matches('\n').count() + 1, what.into()));
        None
    }

    fn keys(&mut self) -> Option<Keys> {
        let file: FileText = match toml::from_str(&self.text) {
            Ok(file) => file,
            Err(error) => return self.refuse(error.span().unwrap_or_default(), error.message()),
        };
        let domain = self.domain(&file.domain);
        let keys: Vec<NamedKey> = file
            .keys
            .iter()
            .filter_map(|key| self.key(key.as_ref()))
            .collect();
        self.refuse_twice(&file.keys);
        if !file.keys.iter().any(|key| key.as_ref().active) {
            return self.refuse(0..0, "none of [[keys]] is active: nothing would be signed");
        }
        Some(Keys {
            domain: domain?,
            keys,
        })
    }

    fn domain(&mut self, domain: &Spanned<String>) -> Option<String> {
        let text = domain.as_ref().to_ascii_lowercase();
        if is_host_name(&text) {
            return Some(text);
        }
        self.refuse(domain.span(), "`domain` must be a domain such as course.example")
    }

    fn key(&mut self, key: &KeyText) -> Option<NamedKey> {
        let selector = self.selector(&key.selector);
        let file = key.file.as_ref();
        let beside = self.path.parent().unwrap_or(Path::new("")).join(file);
        let pem = match fs::read(beside) {
            Ok(pem) => pem,
            Err(error) => return self.refuse(key.file.span(), format!("\"{file}\" cannot be read: {error}")),
        };
        match Key::parse(&pem) {
            Ok(read) => Some(NamedKey {
                selector: selector?,
                active: key.active,
                key: read,
            }),
            Err(error) => self.refuse(key.file.span(), format!("\"{file}\" {error}")),
        }
    }

    fn selector(&mut self, selector: &Spanned<String>) -> Option<String> {
        let text = selector.as_ref().to_ascii_lowercase();
        if is_host_name(&text) {
            return Some(text);
        }
        self.refuse(
            selector.span(),
            "`selector` must be a part of a host name such as s2027: letters, digits and - between them",
        )
    }

    fn refuse_twice(&mut self, keys: &[Spanned<KeyText>]) {
        let mut seen: Vec<String> = Vec::new();
        for key in keys {
            let selector = &key.as_ref().selector;
            let text = selector.as_ref().to_ascii_lowercase();
            if seen.contains(&text) {
                self.refuse::<()>(
                    selector.span(),
                    format!("there is another key with selector \"{text}\""),
                );
            }
            seen.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use secrecy::ExposeSecret;
    use uuid::Uuid;

    use super::*;
    use crate::mail::dkim::KeyAlgorithm;

    /// A folder with one Ed25519 key, `good.pem`, and a file of this text.
    struct Folder(PathBuf);

    impl Folder {
        fn with(text: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("dkim-{}", Uuid::now_v7()));
            fs::create_dir_all(&folder).expect("a folder");
            let pem = Key::make(KeyAlgorithm::Ed25519).expect("a key");
            fs::write(folder.join("good.pem"), pem.expose_secret()).expect("written");
            fs::write(folder.join("bad.pem"), "hunter2").expect("written");
            fs::write(folder.join("dkim.toml"), text).expect("written");
            Self(folder)
        }

        fn read(&self) -> Result<Keys, String> {
            read(&self.0.join("dkim.toml")).map_err(|error| {
                let beside = format!("{}/", self.0.display());
                error.to_string().replace(&beside, "")
            })
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_entry_writes_is_read_back() {
        let first = entry("S1", "good.pem", true);
        let text = format!(
            "domain = \"Course.Example\"\n{first}{}",
            entry("s2", "good.pem", false)
        );
        let keys = Folder::with(&text).read().expect("keys");
        assert_eq!(keys.domain, "course.example");
        let named: Vec<_> = keys
            .keys
            .iter()
            .map(|key| (key.selector.as_str(), key.active))
            .collect();
        assert_eq!(named, [("s1", true), ("s2", false)]);
    }

    #[test]
    fn every_mistake_is_told_with_file_and_line_and_no_secret() {
        let text = "domain = \"not a domain\"\n\
                    [[keys]]\nselector = \"a b\"\nfile = \"good.pem\"\nactive = true\n\
                    [[keys]]\nselector = \"s1\"\nfile = \"bad.pem\"\nactive = true\n\
                    [[keys]]\nselector = \"s1\"\nfile = \"gone.pem\"\nactive = true\n";
        let told = Folder::with(text).read().expect_err("wrong");
        let expected = [
            "dkim.toml:1: `domain` must be",
            "dkim.toml:3: `selector` must be",
            "dkim.toml:8: \"bad.pem\" holds no private key in PEM form",
            "dkim.toml:12: \"gone.pem\" cannot be read",
            "dkim.toml:11: there is another key with selector \"s1\"",
        ];
        for (line, expected) in told.lines().zip(expected) {
            assert!(line.starts_with(expected), "{told}");
        }
        assert_eq!(told.lines().count(), expected.len(), "{told}");
        assert!(!told.contains("hunter2"));
    }

    #[test]
    fn a_file_that_signs_nothing_or_is_none_is_refused() {
        let inactive = format!("domain = \"course.example\"\n{}", entry("s1", "good.pem", false));
        for (text, expected) in [
            (inactive.as_str(), "dkim.toml:1: none of [[keys]] is active"),
            ("domain = \"course.example\"\nkeys = 1\n", "dkim.toml:2: "),
            (
                "domain = \"course.example\"\nkeys = []\ntypo = 1\n",
                "dkim.toml:3: unknown field",
            ),
        ] {
            let told = Folder::with(text).read().expect_err("wrong");
            assert!(told.starts_with(expected), "{told}");
        }
        let missing = read(Path::new("/nowhere/dkim.toml"))
            .expect_err("missing")
            .to_string();
        assert!(
            missing.starts_with("/nowhere/dkim.toml:1: cannot be read"),
            "{missing}"
        );
    }
}
