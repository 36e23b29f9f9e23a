//! Visitors who never try again: a request that is not acknowledged has failed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lifecycle::CancellationToken;
use reqwest::StatusCode;
use testkit::{TestMailbox, wait_until};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::request::Kind;
use crate::visitor::mails_by_visitor;

/// Two ask questions, four sign up; of either, half keep their connection, and half open one for each request.
const CLIENTS: usize = 6;
/// Each client posts so often, or when it is answered.
const PACE: Duration = Duration::from_millis(200);
/// A request that is not answered by then has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Traffic goes on when so many more were answered.
const MORE: usize = 30;
/// What should happen while traffic goes on has happened by then.
const DEADLINE: Duration = Duration::from_secs(60);
/// All mails have come by then.
const MAILED: Duration = Duration::from_secs(120);

/// Clients at work, until they are told to end.
#[derive(Debug)]
pub struct Traffic {
    verdict: Arc<Mutex<Verdict>>,
    no_more: CancellationToken,
    clients: JoinSet<()>,
}

/// What became of all requests.
#[derive(Debug, Default)]
pub struct Verdict {
    acknowledged: Vec<(Kind, String)>,
    failed: Vec<String>,
}

#[derive(Debug)]
struct Client {
    number: usize,
    kind: Kind,
    url: String,
    http: reqwest::Client,
}

impl Traffic {
    /// Posts signups and questions to these URLs from now on.
    pub fn begin(signups: &str, enquiries: &str) -> Self {
        let (verdict, no_more) = (Arc::default(), CancellationToken::new());
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let (kind, url) = match number % 3 {
                0 => (Kind::Enquiry, enquiries),
                _ => (Kind::Signup, signups),
            };
            let client = Client {
                number,
                kind,
                url: url.to_owned(),
                http: http_client(number % 2 == 0),
            };
            clients.spawn(client.come(Arc::clone(&verdict), no_more.clone()));
        }
        Self {
            verdict,
            no_more,
            clients,
        }
    }

    /// Waits until many more requests were answered, in whatever way.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub async fn goes_on(&self) {
        let answered = || lock(&self.verdict).answered();
        let enough = answered() + MORE;
        wait_until("traffic goes on", DEADLINE, async || answered() >= enough).await;
    }

    /// Waits until a request has failed.
    ///
    /// # Panics
    /// When none has within a minute.
    pub async fn fails(&self) {
        wait_until("a request fails", DEADLINE, async || {
            !lock(&self.verdict).failed.is_empty()
        })
        .await;
    }

    /// Nobody posts any more, and whoever has is answered.
    pub async fn end(self) -> Verdict {
        self.no_more.cancel();
        self.clients.join_all().await;
        std::mem::take(&mut *lock(&self.verdict))
    }
}

impl Verdict {
    fn answered(&self) -> usize {
        self.acknowledged.len() + self.failed.len()
    }

    /// Each request that was not acknowledged: whose, and what was said to it.
    pub fn failed(&self) -> &[String] {
        &self.failed
    }

    /// Waits until everybody who was acknowledged has all mails, and answers how many came beyond those.
    ///
    /// # Panics
    /// When that takes longer than two minutes.
    pub async fn copies(&self, mailbox: &TestMailbox) -> usize {
        wait_until("everybody who was acknowledged is mailed", MAILED, async || {
            let mails = mails_by_visitor(mailbox);
            let has_all = |(kind, address): &(Kind, String)| {
                mails.get(address).map_or(0, |ids| ids.len()) >= kind.mails()
            };
            self.acknowledged.iter().all(has_all)
        })
        .await;
        let mails = mails_by_visitor(mailbox);
        let copies = self.acknowledged.iter().map(|(kind, address)| {
            let came: u32 = mails[address].values().sum();
            came as usize - kind.mails()
        });
        copies.sum()
    }
}

impl Client {
    async fn come(self, verdict: Arc<Mutex<Verdict>>, no_more: CancellationToken) {
        let mut next = interval(PACE);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0.. {
            tokio::select! {
                _ = next.tick() => {}
                () = no_more.cancelled() => return,
            }
            let address = format!("visitor{}-{number}@example.com", self.number);
            match self.post(&address).await {
                Ok(()) => lock(&verdict).acknowledged.push((self.kind, address)),
                Err(why) => lock(&verdict).failed.push(why),
            }
        }
    }

    async fn post(&self, address: &str) -> Result<(), String> {
        let (name, body) = (
            format!("{:?} {}", self.kind, self.number),
            self.kind.body(address),
        );
        let post = self.http.post(&self.url).json(&body).send().await;
        let answer = post.map_err(|error| format!("{name}: no answer ({})", cause(&error)))?;
        let status = answer.status();
        // To its end: else the connection is not used again.
        let body = answer.bytes().await;
        match (status, body) {
            (StatusCode::ACCEPTED, Ok(_)) => Ok(()),
            (status, _) => Err(format!("{name}: {status}")),
        }
    }
}

fn http_client(keeps_connection: bool) -> reqwest::Client {
    let idle = if keeps_connection { usize::MAX } else { 0 };
    let builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .pool_max_idle_per_host(idle);
    builder.build().expect("an HTTP client")
}

/// The innermost reason.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn lock(verdict: &Mutex<Verdict>) -> MutexGuard<'_, Verdict> {
    verdict.lock().unwrap_or_else(PoisonError::into_inner)
}
