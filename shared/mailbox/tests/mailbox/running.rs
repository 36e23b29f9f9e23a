//! A mailbox on free ports with a folder of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifecycle::Supervisor;
use mailbox::{Mailbox, MailboxConfig};
use reqwest::{Client, Response};
use uuid::Uuid;

use crate::client::SmtpClient;

pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A folder that goes when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::now_v7().to_string()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

pub struct Running {
    pub mailbox: Mailbox,
    supervisor: Supervisor,
    http: Client,
    pub folder: Folder,
}

impl Running {
    pub async fn start() -> Self {
        Self::start_in(Folder::new()).await
    }

    pub async fn start_in(folder: Folder) -> Self {
        let supervisor = Supervisor::new();
        let config = MailboxConfig::bind(ANY_PORT, ANY_PORT, folder.path().to_owned()).expect("free ports");
        let mailbox = Mailbox::start(config, &supervisor)
            .await
            .expect("the mailbox starts");
        Self {
            mailbox,
            supervisor,
            http: Client::new(),
            folder,
        }
    }

    /// Stops it and gives back its folder.
    pub async fn stop(self) -> Folder {
        assert!(
            self.supervisor.stop(Duration::from_secs(10)).await,
            "the mailbox stops in time"
        );
        self.folder
    }

    pub async fn connect(&self) -> SmtpClient {
        SmtpClient::connect(self.mailbox.smtp_addr()).await
    }

    /// Sends `mails` over one connection.
    pub async fn deliver(&self, mails: &[&str]) {
        let mut client = self.connect().await;
        for mail in mails {
            let reply = client
                .send("sender@mail.example", &["ada@mail.example"], mail)
                .await;
            assert!(reply.starts_with("250 "), "{reply}");
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.mailbox.http_addr())
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(self.url(path)).send().await.expect("an answer")
    }

    pub async fn json(&self, path: &str) -> serde_json::Value {
        self.get(path)
            .await
            .error_for_status()
            .expect("success")
            .json()
            .await
            .expect("json")
    }

    pub async fn text(&self, path: &str) -> String {
        self.get(path)
            .await
            .error_for_status()
            .expect("success")
            .text()
            .await
            .expect("text")
    }

    pub fn http(&self) -> &Client {
        &self.http
    }

    pub fn subjects(&self) -> Vec<String> {
        self.mailbox
            .messages()
            .iter()
            .map(|mail| mail.outline.subject.clone())
            .collect()
    }
}

/// A small mail.
pub fn mail(subject: &str) -> String {
    format!(
        "From: Sender <sender@mail.example>\r\nTo: ada@mail.example\r\nSubject: {subject}\r\n\r\nHello\r\n"
    )
}

/// A mail as the services send it: text, HTML and a file.
pub const FULL: &str = "\
From: =?utf-8?q?Ren=C3=A9e?= at Leadstream <hello@leadstream.example>\r\n\
To: Ada <ada@mail.example>\r\n\
Reply-To: Support <support@course.example>\r\n\
Subject: =?utf-8?q?Your_cheat_sheet_=E2=9C=93?=\r\n\
Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n\
Message-ID: <4711@leadstream.example>\r\n\
List-Unsubscribe: <https://leadstream.example/u/abc>,\r\n <mailto:stop@leadstream.example>\r\n\
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=outer\r\n\
\r\n\
--outer\r\n\
Content-Type: multipart/alternative; boundary=inner\r\n\
\r\n\
--inner\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
Hello Ada, here it is =E2=9C=93\r\n\
--inner\r\n\
Content-Type: text/html; charset=utf-8\r\n\
\r\n\
<p>Hello <b>Ada</b>, <a href=\"https://leadstream.example/d/xyz\">here it is</a></p>\r\n\
--inner--\r\n\
--outer\r\n\
Content-Type: application/pdf; name=\"Sheet.pdf\"\r\n\
Content-Disposition: attachment; filename=\"Sheet.pdf\"\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
JVBERi0xLjcK\r\n\
--outer--\r\n";
