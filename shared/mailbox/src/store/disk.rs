//! The folder. A file holds one line with what the index needs, then the mail as it came in. The line is written
//! as a header field, so that any mail reader opens the file.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::message::{MailId, Outline, Summary};

const OUTLINE_FIELD: &[u8] = b"X-Mailbox-Outline: ";

pub(super) struct Disk {
    incoming: PathBuf,
    mails: PathBuf,
}

/// A mail that is written and synced, but not yet in the mailbox.
pub(super) struct IncomingFile(PathBuf);

impl Disk {
    /// Makes the folders and clears what a crash left behind.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let disk = Self {
            incoming: dir.join("incoming"),
            mails: dir.join("mails"),
        };
        fs::create_dir_all(&disk.mails)?;
        fs::create_dir_all(&disk.incoming)?;
        sync_folder(dir)?;
        for leftover in fs::read_dir(&disk.incoming)? {
            fs::remove_file(leftover?.path())?;
        }
        Ok(disk)
    }

    /// What all kept mails look like. A file that is none of ours is reported and left alone.
    pub(super) fn scan(&self) -> io::Result<Vec<Summary>> {
        let mut summaries = Vec::new();
        for file in fs::read_dir(&self.mails)? {
            let path = file?.path();
            match read_summary(&path) {
                Ok(summary) => summaries.push(summary),
                Err(error) => {
                    tracing::warn!(file = %path.display(), %error, "not a mail of this mailbox: left out");
                }
            }
        }
        Ok(summaries)
    }

    /// Writes and syncs a mail that is not to be seen yet.
    pub(super) fn write_incoming(&self, outline: &Outline, raw: &[u8]) -> io::Result<IncomingFile> {
        let path = self.incoming.join(Uuid::now_v7().to_string());
        let written = write_synced(&path, outline, raw);
        if written.is_err() {
            // The disk may be full: do not keep the part that did fit.
            drop(fs::remove_file(&path));
        }
        written.map(|()| IncomingFile(path))
    }

    /// Puts a written mail in its place; it stays only once [`Disk::sync`] has been called.
    pub(super) fn keep(&self, file: &IncomingFile, id: MailId) -> io::Result<()> {
        fs::rename(&file.0, self.path(id))
    }

    /// Makes all that was kept or removed before last.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_folder(&self.mails)
    }

    pub(super) fn remove(&self, id: MailId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// The mail without our line.
    pub(super) fn read(&self, id: MailId) -> io::Result<Option<Vec<u8>>> {
        let mut content = match fs::read(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            content => content?,
        };
        let mail = content
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(content.len(), |end| end + 1);
        content.drain(..mail);
        Ok(Some(content))
    }

    fn path(&self, id: MailId) -> PathBuf {
        self.mails.join(format!("{id}.eml"))
    }
}

fn write_synced(path: &Path, outline: &Outline, raw: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let mut head = OUTLINE_FIELD.to_vec();
    serde_json::to_writer(&mut head, outline)?;
    head.extend_from_slice(b"\r\n");
    file.write_all(&head)?;
    file.write_all(raw)?;
    file.sync_data()
}

fn read_summary(path: &Path) -> io::Result<Summary> {
    let name = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let id: MailId = name.parse().map_err(io::Error::other)?;
    let mut line = Vec::new();
    BufReader::new(File::open(path)?).read_until(b'\n', &mut line)?;
    let json = line
        .strip_prefix(OUTLINE_FIELD)
        .ok_or_else(|| io::Error::other("the outline is missing"))?;
    let outline = serde_json::from_slice(json.trim_ascii_end())?;
    Ok(summary(id, outline))
}

pub(super) fn summary(id: MailId, outline: Outline) -> Summary {
    let created: OffsetDateTime = id.created();
    Summary { id, created, outline }
}

fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
