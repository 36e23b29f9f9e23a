//! A mailbox for one machine: an SMTP server that keeps every mail on disk, Mailpit's API (the subset that
//! Leadstream's tests and scripts use, so that a real Mailpit can take its place), and pages to read the mails.
//!
//! What was answered with 250 is on disk and survives `kill -9`. Nothing is ever sent on.

mod envelope;
mod http;
mod message;
mod mime;
mod script;
mod smtp;
mod store;

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use lifecycle::Supervisor;
use tokio::sync::watch;

pub use crate::envelope::Envelope;
pub use crate::message::{
    Address, Attachment, ListUnsubscribe, MailId, Message, MessageList, Outline, Summary,
};
pub use crate::script::{Fault, Moment, Rule, Script};

use crate::script::Stage;
use crate::store::Store;

/// The biggest mail that is taken, in bytes (RFC 1870's SIZE); a bigger one is answered with 552.
pub const MAX_MAIL_BYTES: usize = 30 * 1024 * 1024;

/// Where the mailbox listens and keeps its mails.
#[derive(Debug)]
pub struct MailboxConfig {
    /// Takes mails (RFC 5321). Bound by the caller, so that a busy port is found before anything starts.
    pub smtp: TcpListener,
    /// Serves the API and the pages. There is no login: bind it to a loopback address.
    pub http: TcpListener,
    /// The folder of the mails, made when it is missing. One process at a time may use it.
    pub dir: PathBuf,
}

impl MailboxConfig {
    /// Binds both addresses; port 0 takes any free port.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub fn bind(smtp: SocketAddr, http: SocketAddr, dir: PathBuf) -> io::Result<Self> {
        Ok(Self {
            smtp: TcpListener::bind(smtp)?,
            http: TcpListener::bind(http)?,
            dir,
        })
    }
}

/// Why a mailbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// The folder cannot be made, read or written.
    #[error("the mailbox folder {} cannot be used: {source}", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A listener could not be put to work.
    #[error("the mailbox cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// A running mailbox. Clones share it.
#[derive(Clone)]
pub struct Mailbox {
    smtp_addr: SocketAddr,
    http_addr: SocketAddr,
    store: Store,
    stage: Arc<Stage>,
}

impl Mailbox {
    /// Reads the folder and starts both servers under `supervisor`, which also stops them.
    ///
    /// # Errors
    /// When the folder cannot be used or a listener cannot be put to work.
    pub async fn start(config: MailboxConfig, supervisor: &Supervisor) -> Result<Self, MailboxError> {
        let MailboxConfig { smtp, http, dir } = config;
        let (store, committer) = open_store(dir).await?;
        let stage = Arc::new(Stage::default());
        let mailbox = Self {
            smtp_addr: smtp.local_addr()?,
            http_addr: http.local_addr()?,
            store: store.clone(),
            stage: stage.clone(),
        };
        let smtp = smtp::Server::new(smtp, store.clone(), stage, supervisor)?;
        let http = http::server(http, store)?;
        supervisor.spawn("mailbox: commit mails", committer.run(supervisor.token()));
        supervisor.spawn("mailbox: serve SMTP", smtp.run(supervisor.token()));
        supervisor.spawn("mailbox: serve HTTP", http::run(http, supervisor.token()));
        Ok(mailbox)
    }

    /// Where SMTP is spoken.
    #[must_use]
    pub fn smtp_addr(&self) -> SocketAddr {
        self.smtp_addr
    }

    /// Where the API and the pages are.
    #[must_use]
    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// All mails, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Arc<Summary>> {
        self.store.page(0, usize::MAX).messages
    }

    /// One mail as it came in; none when there is no such mail.
    ///
    /// # Errors
    /// When the file of the mail cannot be read.
    pub async fn raw(&self, id: MailId) -> io::Result<Option<Vec<u8>>> {
        self.store.raw(id).await
    }

    /// One mail, taken apart; none when there is no such mail.
    ///
    /// # Errors
    /// When the file of the mail cannot be read.
    pub async fn message(&self, id: MailId) -> io::Result<Option<Message>> {
        let Some(summary) = self.store.summary(id) else {
            return Ok(None);
        };
        Ok(self.store.raw(id).await?.map(|raw| mime::message(&raw, &summary)))
    }

    /// Changes its value whenever mails have come or gone: for tests that wait for one.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.store.changes()
    }

    /// Misbehaves by `script` from now on, in place of the script before; an empty one behaves well.
    pub fn play(&self, script: Script) {
        self.stage.play(script);
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("smtp_addr", &self.smtp_addr)
            .field("http_addr", &self.http_addr)
            .finish_non_exhaustive()
    }
}

async fn open_store(dir: PathBuf) -> Result<(Store, store::Committer), MailboxError> {
    let folder = dir.clone();
    match tokio::task::spawn_blocking(move || Store::open(&folder)).await {
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(source)) => Err(MailboxError::Folder { dir, source }),
        Err(panic) => Err(MailboxError::Folder {
            dir,
            source: io::Error::other(panic),
        }),
    }
}
