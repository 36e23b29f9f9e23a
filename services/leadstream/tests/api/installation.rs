//! A data directory and free ports of one test's own, and the program on them.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Process, wait_until};

/// From nothing to taking work, on a busy machine: Postgres and Kafka are made first.
const START: Duration = Duration::from_secs(120);

pub struct Installation {
    pub data_dir: PathBuf,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub mailbox: SocketAddr,
    smtp: SocketAddr,
    http: reqwest::Client,
}

impl Installation {
    pub fn new(name: &str) -> Self {
        let data_dir = std::env::temp_dir().join(format!("leadstream-{name}-{}", std::process::id()));
        let [public, admin, mailbox, smtp] = free_ports();
        Self {
            data_dir,
            public,
            admin,
            mailbox,
            smtp,
            http: testkit::http_client(),
        }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(testkit::binary("leadstream", "leadstream"));
        command.env("LEADSTREAM_DATA_DIR", &self.data_dir);
        command.env("PUBLIC_LISTEN", self.public.to_string());
        command.env("ADMIN_LISTEN", self.admin.to_string());
        command.env("MAILBOX_LISTEN", self.mailbox.to_string());
        command.env("MAILBOX_SMTP_LISTEN", self.smtp.to_string());
        command
    }

    /// Starts the program and waits until it says where to start.
    pub async fn start(&self) -> Process {
        self.start_with(&[]).await
    }

    /// As [`Installation::start`], with settings besides its own.
    pub async fn start_with(&self, settings: &[(&str, String)]) -> Process {
        let mut command = self.command();
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let process = Process::start("leadstream", command);
        process.wait_for_output("Start here", START).await;
        wait_until("it can take work", START, async || {
            self.get(self.admin, "/readyz").await.0 == 200
        })
        .await;
        process
    }

    pub async fn get(&self, port: SocketAddr, path: &str) -> (u16, String) {
        let Ok(answer) = self.http.get(format!("http://{port}{path}")).send().await else {
            return (0, String::new());
        };
        (answer.status().as_u16(), answer.text().await.unwrap_or_default())
    }

    pub async fn sign_up(&self, address: &str) -> u16 {
        let body = json!({ "email": address, "campaign": "instagram", "consent": { "updates": false } });
        self.post("/v1/signups", &body).await
    }

    pub async fn ask(&self, address: &str) -> u16 {
        let body = json!({ "email": address, "topic": "pricing", "message": "What does it cost?" });
        self.post("/v1/enquiries", &body).await
    }

    async fn post(&self, path: &str, body: &Value) -> u16 {
        let request = self.http.post(format!("http://{}{path}", self.public)).json(body);
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Addresses that mails in the mailbox went to.
    pub async fn mailed(&self) -> Vec<String> {
        let (_, list) = self.get(self.mailbox, "/api/v1/messages?limit=1000").await;
        let list: Value = serde_json::from_str(&list).unwrap_or_default();
        let messages = list["messages"].as_array().cloned().unwrap_or_default();
        let address = |mail: &Value| mail["To"][0]["Address"].as_str().unwrap_or_default().to_owned();
        messages.iter().map(address).collect()
    }

    pub async fn wait_for_mail_to(&self, address: &str) {
        let what = format!("{address} is mailed");
        wait_until(&what, START, async || {
            self.mailed().await.iter().any(|to| to == address)
        })
        .await;
    }

    /// Processes that have this data directory in their command line: the engines.
    pub fn engines(&self) -> usize {
        let own = self.data_dir.display().to_string();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
        lines
            .filter(|line| String::from_utf8_lossy(line).contains(&own))
            .count()
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _nothing_is_lost = fs::remove_dir_all(&self.data_dir);
    }
}

/// All at once, so that they differ.
fn free_ports() -> [SocketAddr; 4] {
    let bound = [(); 4].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    bound.map(|listener| listener.local_addr().expect("a bound socket has an address"))
}
