//! Visitors who post at a steady rate and, when they get no 2xx, try again under the same key.

use std::sync::Arc;
use std::time::Duration;

use lifecycle::CancellationToken;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::ledger::{Acknowledged, Ledger};
use crate::request::Kind;

/// A visitor gives up waiting, and tries again.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(300);
/// Every fifth asks a question.
const ENQUIRY_EVERY: u64 = 5;

/// Everybody who posts, until they go home.
#[derive(Debug)]
pub struct Visitors {
    ledger: Arc<Ledger>,
    no_more: CancellationToken,
    crowd: JoinSet<()>,
}

/// Where to post.
#[derive(Debug, Clone)]
pub(super) struct Urls {
    pub(super) signups: String,
    pub(super) enquiries: String,
}

impl Visitors {
    /// `rate` new visitors a second.
    pub(super) fn come(urls: Urls, rate: f64, ledger: Ledger) -> Self {
        let (ledger, no_more) = (Arc::new(ledger), CancellationToken::new());
        let mut crowd = JoinSet::new();
        let (book, stop) = (Arc::clone(&ledger), no_more.clone());
        crowd.spawn(async move {
            let http = testkit::http_client();
            let mut posts = JoinSet::new();
            let mut next = interval(Duration::from_secs_f64(1.0 / rate));
            next.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for number in 0.. {
                tokio::select! {
                    _ = next.tick() => {}
                    () = stop.cancelled() => break,
                }
                let (http, urls, book) = (http.clone(), urls.clone(), Arc::clone(&book));
                posts.spawn(async move { visit(number, &http, &urls, &book).await });
            }
            posts.join_all().await;
        });
        Self {
            ledger,
            no_more,
            crowd,
        }
    }

    /// What they were told.
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.ledger)
    }

    /// Nobody comes any more; whoever is there tries until there is an answer.
    pub async fn go_home(self) {
        self.no_more.cancel();
        self.crowd.join_all().await;
    }
}

async fn visit(number: u64, http: &reqwest::Client, urls: &Urls, ledger: &Ledger) {
    let address = format!("visitor{number}@example.com");
    let (kind, url) = match number % ENQUIRY_EVERY {
        0 => (Kind::Enquiry, &urls.enquiries),
        _ => (Kind::Signup, &urls.signups),
    };
    let (body, key) = (kind.body(&address), Uuid::now_v7().to_string());
    ledger.tries(&address);
    loop {
        match post(http, url, &body, &key).await {
            Some((StatusCode::ACCEPTED, id)) => {
                let id = id.expect("a 202 has an id");
                return ledger.acknowledge(Acknowledged { kind, id, address });
            }
            // No answer, or none that says anything: the key makes a retry safe.
            None | Some((StatusCode::SERVICE_UNAVAILABLE, _)) => sleep(BETWEEN_TRIES).await,
            Some((status, _)) => return ledger.wrong_answer(format!("{status} to {url}")),
        }
    }
}

async fn post(
    http: &reqwest::Client,
    url: &str,
    body: &Value,
    key: &str,
) -> Option<(StatusCode, Option<Uuid>)> {
    let post = http
        .post(url)
        .timeout(PATIENCE)
        .json(body)
        .header("idempotency-key", key);
    let answer = post.send().await.ok()?;
    let status = answer.status();
    let id = answer
        .json::<Value>()
        .await
        .ok()
        .and_then(|body| body["id"].as_str()?.parse().ok());
    // A 202 whose body was cut off tells nobody which request it was.
    (status != StatusCode::ACCEPTED || id.is_some()).then_some((status, id))
}
