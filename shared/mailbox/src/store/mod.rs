//! The mails: files on disk, an index of them in memory.
//!
//! A mail is written and synced to `incoming/` by whoever brings it, several at once. The committer, alone, gives
//! it its id, moves it to `mails/` and syncs that folder once for all mails that wait: only then is it in the
//! mailbox. Whatever is left in `incoming/` after a crash was never answered with 250.

mod committer;
mod disk;
mod index;

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;

use crate::envelope::Envelope;
use crate::message::{MailId, MessageList, Outline, Summary};
use crate::mime;
pub(crate) use committer::Committer;
use committer::{Delivery, Job};
use disk::Disk;
use index::Index;

/// Jobs that may wait for the committer; more senders than that wait for a place.
const WAITING_JOBS: usize = 1024;

/// Which mails to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    All,
    Only(Vec<MailId>),
}

/// A handle on the mails. Clones share them.
#[derive(Clone)]
pub(crate) struct Store {
    disk: Arc<Disk>,
    index: Arc<RwLock<Index>>,
    jobs: mpsc::Sender<Job>,
    changes: watch::Receiver<u64>,
}

impl Store {
    /// Reads what the folder holds. Blocks; the committer has to be run for anything to be delivered or deleted.
    pub(crate) fn open(dir: &Path) -> io::Result<(Self, Committer)> {
        let disk = Arc::new(Disk::open(dir)?);
        let index = Arc::new(RwLock::new(Index::of(disk.scan()?)));
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let (changed, changes) = watch::channel(0);
        let committer = Committer::new(disk.clone(), index.clone(), waiting, changed);
        Ok((
            Self {
                disk,
                index,
                jobs,
                changes,
            },
            committer,
        ))
    }

    /// Keeps a mail. Once this answers Ok the mail is on disk to stay.
    pub(crate) async fn deliver(&self, envelope: Envelope, raw: Vec<u8>) -> io::Result<MailId> {
        let disk = self.disk.clone();
        let written = spawn_blocking(move || {
            let outline: Outline = mime::outline(&raw, envelope);
            disk.write_incoming(&outline, &raw).map(|file| (file, outline))
        });
        let (file, outline) = written.await??;
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Deliver(Box::new(Delivery {
            file,
            outline,
            answer,
        })))
        .await?;
        answered.await.map_err(|_| stopped())?
    }

    /// Deletes mails; ids that are not there are passed over.
    pub(crate) async fn delete(&self, selection: Selection) -> io::Result<()> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Delete { selection, answer }).await?;
        answered.await.map_err(|_| stopped())?
    }

    /// A page of the list, newest first, after passing over `start` mails.
    pub(crate) fn page(&self, start: usize, limit: usize) -> MessageList {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let messages: Vec<Arc<Summary>> = index.newest_first().skip(start).take(limit).cloned().collect();
        let total = index.len();
        MessageList {
            total,
            unread: total,
            count: messages.len(),
            messages_count: total,
            start,
            messages,
        }
    }

    /// What the list shows of one mail.
    pub(crate) fn summary(&self, id: MailId) -> Option<Arc<Summary>> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).get(id)
    }

    /// The mails just before and just after one in time: (older, newer).
    pub(crate) fn neighbours(&self, id: MailId) -> (Option<MailId>, Option<MailId>) {
        self.index
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .neighbours(id)
    }

    /// The newest mail.
    pub(crate) fn newest(&self) -> Option<MailId> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).newest()
    }

    /// The mail as it came in; none when it is not there, or no longer.
    pub(crate) async fn raw(&self, id: MailId) -> io::Result<Option<Vec<u8>>> {
        let disk = self.disk.clone();
        spawn_blocking(move || disk.read(id)).await?
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    async fn submit(&self, job: Job) -> io::Result<()> {
        self.jobs.send(job).await.map_err(|_| stopped())
    }
}

fn stopped() -> io::Error {
    io::Error::other("the mailbox is stopping")
}
