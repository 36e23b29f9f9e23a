//! The one task that changes the mailbox, so that ids go up in the order in which mails appear.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::Selection;
use super::disk::{self, Disk, IncomingFile};
use super::index::Index;
use crate::message::{MailId, Outline, Summary};

/// Jobs done with one sync of the folder.
const BATCH: usize = 256;

pub(super) enum Job {
    Deliver(Box<Delivery>),
    Delete {
        selection: Selection,
        answer: oneshot::Sender<io::Result<()>>,
    },
}

/// Who brought a mail waits for its id here.
type Answer = oneshot::Sender<io::Result<MailId>>;

/// A mail on its way into the mailbox.
pub(super) struct Delivery {
    pub(super) file: IncomingFile,
    pub(super) outline: Outline,
    pub(super) answer: Answer,
}

/// Does the jobs of all handles, in turn.
pub(crate) struct Committer {
    disk: Arc<Disk>,
    index: Arc<RwLock<Index>>,
    jobs: mpsc::Receiver<Job>,
    changed: watch::Sender<u64>,
    last: Option<MailId>,
}

impl Committer {
    pub(super) fn new(
        disk: Arc<Disk>,
        index: Arc<RwLock<Index>>,
        jobs: mpsc::Receiver<Job>,
        changed: watch::Sender<u64>,
    ) -> Self {
        let last = index.read().unwrap_or_else(PoisonError::into_inner).newest();
        Self {
            disk,
            index,
            jobs,
            changed,
            last,
        }
    }

    /// Works until `stop`; what waits by then is still done, later jobs are refused.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                biased;
                taken = self.jobs.recv_many(&mut batch, BATCH) => if taken == 0 { return },
                () = stop.cancelled(), if !self.jobs.is_closed() => { self.jobs.close(); continue }
            }
            self = self.commit_off_the_loop(std::mem::take(&mut batch)).await;
        }
    }

    async fn commit_off_the_loop(mut self, jobs: Vec<Job>) -> Self {
        let work = spawn_blocking(move || {
            self.commit(jobs);
            self
        });
        work.await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    /// Neighbouring deliveries share one sync; a deletion stands alone.
    fn commit(&mut self, jobs: Vec<Job>) {
        let mut deliveries = Vec::new();
        for job in jobs {
            match job {
                Job::Deliver(delivery) => deliveries.push(*delivery),
                Job::Delete { selection, answer } => {
                    self.keep(std::mem::take(&mut deliveries));
                    // Whoever asked may have gone: the mails are deleted all the same.
                    drop(answer.send(self.delete(selection)));
                }
            }
        }
        self.keep(deliveries);
    }

    fn keep(&mut self, deliveries: Vec<Delivery>) {
        if deliveries.is_empty() {
            return;
        }
        let mut kept = Vec::with_capacity(deliveries.len());
        for Delivery {
            file,
            outline,
            answer,
        } in deliveries
        {
            let id = MailId::after(self.last);
            match self.disk.keep(&file, id) {
                Ok(()) => {
                    self.last = Some(id);
                    kept.push((disk::summary(id, outline), answer));
                }
                Err(error) => drop(answer.send(Err(error))),
            }
        }
        match self.disk.sync() {
            Ok(()) => self.show(kept),
            Err(error) => self.take_back(kept, &error),
        }
    }

    fn show(&self, kept: Vec<(Summary, Answer)>) {
        let mut answers = Vec::with_capacity(kept.len());
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        for (summary, answer) in kept {
            answers.push((summary.id, answer));
            index.insert(summary);
        }
        drop(index);
        self.changed.send_modify(|count| *count += 1);
        for (id, answer) in answers {
            // The connection may have gone: the mail is kept, and its sender will send it again.
            drop(answer.send(Ok(id)));
        }
    }

    /// Nobody knows what a failed sync left on the disk: the senders are told to come again.
    fn take_back(&self, kept: Vec<(Summary, Answer)>, error: &io::Error) {
        for (summary, answer) in kept {
            drop(self.disk.remove(summary.id));
            drop(answer.send(Err(io::Error::new(error.kind(), error.to_string()))));
        }
    }

    fn delete(&mut self, selection: Selection) -> io::Result<()> {
        let ids = match selection {
            Selection::All => self.index.read().unwrap_or_else(PoisonError::into_inner).ids(),
            Selection::Only(ids) => ids,
        };
        for id in ids {
            self.disk.remove(id)?;
            self.index
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(id);
        }
        self.changed.send_modify(|count| *count += 1);
        self.disk.sync()
    }
}
