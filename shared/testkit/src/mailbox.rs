use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, fs};

use ::mailbox::{Mailbox, MailboxConfig, Message, Script, Summary};
use lifecycle::Supervisor;
use uuid::Uuid;

use crate::fault_proxy::Upstream;
use crate::{built, wait_for};

/// How long a mail may take from its cause to the mailbox.
const DEADLINE: Duration = Duration::from_secs(30);

/// A mailbox of one test, in this process, with a folder that goes with it.
pub struct TestMailbox {
    mailbox: Mailbox,
    folder: PathBuf,
    supervisor: Supervisor,
}

/// An empty mailbox on free ports.
///
/// # Panics
/// When it cannot be started.
pub async fn mailbox() -> TestMailbox {
    let folder = built::target_dir()
        .join("test-mailboxes")
        .join(Uuid::now_v7().to_string());
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let supervisor = Supervisor::new();
    let config = MailboxConfig::bind(any, any, folder.clone()).expect("free ports");
    let mailbox = Mailbox::start(config, &supervisor)
        .await
        .expect("a mailbox starts");
    TestMailbox {
        mailbox,
        folder,
        supervisor,
    }
}

impl TestMailbox {
    /// `smtp://127.0.0.1:port`, a relay that takes every mail.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}", self.mailbox.smtp_addr())
    }

    /// `http://127.0.0.1:port`, where the mailbox's API is.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.mailbox.http_addr())
    }

    /// Its SMTP port, for a [`crate::FaultProxy`] in front of it.
    pub fn upstream(&self) -> Upstream {
        Upstream::Tcp(self.mailbox.smtp_addr())
    }

    /// Makes SMTP misbehave from now on.
    pub fn play(&self, script: Script) {
        self.mailbox.play(script);
    }

    /// All mails, newest first.
    pub fn messages(&self) -> Vec<Arc<Summary>> {
        self.mailbox.messages()
    }

    /// A mail with its texts.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn message(&self, summary: &Summary) -> Message {
        let message = self
            .mailbox
            .message(summary.id)
            .await
            .expect("the mail can be read");
        message.expect("the mail is still there")
    }

    /// A mail as it came in.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn raw(&self, summary: &Summary) -> Vec<u8> {
        self.mailbox
            .raw(summary.id)
            .await
            .expect("the mail can be read")
            .expect("the mail is still there")
    }

    /// Waits until a mail is there that the test looks for, and returns the newest of them.
    ///
    /// # Panics
    /// With `what` when that takes longer than 30 s.
    pub async fn wait_for(&self, what: &str, mut wanted: impl FnMut(&Summary) -> bool) -> Arc<Summary> {
        wait_for(what, DEADLINE, async || {
            self.messages().into_iter().find(|mail| wanted(mail))
        })
        .await
    }
}

impl Drop for TestMailbox {
    fn drop(&mut self) {
        self.supervisor.request_stop();
        self.supervisor.token().cancel();
        let _nothing_is_lost = fs::remove_dir_all(&self.folder);
    }
}

impl fmt::Debug for TestMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestMailbox")
            .field("smtp", &self.mailbox.smtp_addr())
            .finish_non_exhaustive()
    }
}
