//! One task hands mails that are due to the workers that have time. It fetches them with one statement for many, a few
//! ahead of the workers, and none that would only wait: for a relay, or for its recipient's mail system.

use std::time::{Duration, Instant};

use lifecycle::CancellationToken;
use postgres::DatabaseConfig;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use crate::domain::attempt::Outcome;
use crate::domain::claim::{Attempted, Claim};
use crate::domain::order::Order;
use crate::error::Error;
use crate::state::State;
use crate::tasks::deliver_due::Rules;
use crate::tasks::fetch::{Fetch, Fetcher};
use crate::tasks::passages::{Passage, Passages};
use crate::tasks::record_attempts::Recorder;
use crate::tasks::relays::{Relays, Turn};
use crate::tasks::stock::{Ready, Stock};

pub const NAME: &str = "notification: claim due mails";

/// Retries become due, and other replicas queue mails, without anybody telling. New mails do not wait for this.
const POLL: Duration = Duration::from_secs(1);

/// Mails that are fetched for each worker before it asks.
const AHEAD: usize = 2;

/// A mail with leave to send it.
#[derive(Debug)]
pub struct Assignment {
    pub claim: Claim,
    pub passage: Passage,
    /// At the first relay to be asked.
    pub turn: Turn,
}

/// The way to the task.
#[derive(Debug, Clone)]
pub struct Claims(mpsc::Sender<oneshot::Sender<Assignment>>);

/// What [`run`] reads: workers that have time.
#[derive(Debug)]
pub struct Idle(mpsc::Receiver<oneshot::Sender<Assignment>>);

/// A claim office for so many workers, and what [`run`] reads.
#[must_use]
pub fn claims(workers: usize) -> (Claims, Idle) {
    let (sender, receiver) = mpsc::channel(workers.max(1));
    (Claims(sender), Idle(receiver))
}

impl Claims {
    /// Waits for a mail; `None` when the task has ended.
    pub async fn next(&self) -> Option<Assignment> {
        let (worker, answer) = oneshot::channel();
        self.0.send(worker).await.ok()?;
        answer.await.ok()
    }
}

/// What the task works with.
#[derive(Debug)]
pub struct Office {
    pub state: State,
    pub database: DatabaseConfig,
    pub rules: Rules,
    pub workers: usize,
    pub relays: Relays,
    pub passages: Passages,
    pub recorder: Recorder,
}

/// Runs until `stop`: workers that still wait are sent home, and mails that nobody has begun to send are given back.
pub async fn run(office: Office, mut idle: Idle, stop: CancellationToken) {
    let mut counter = Counter::new(office);
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let resumes = counter.resumes();
        tokio::select! {
            () = stop.cancelled() => break,
            worker = idle.0.recv() => match worker {
                Some(worker) => counter.waiting.push(worker),
                None => break,
            },
            (fetcher, fetched) = under_way(&mut counter.fetch) => counter.fetched(fetcher, fetched).await,
            () = counter.office.state.senders.notified() => counter.is_news = true,
            () = pause(resumes) => {}
            _ = poll.tick() => counter.is_second_over = true,
        }
        while let Ok(worker) = idle.0.try_recv() {
            counter.waiting.push(worker);
        }
        counter.serve().await;
    }
    counter.close().await;
}

/// The fetch that is under way; for ever while there is none.
async fn under_way(fetch: &mut Option<Fetch>) -> (Fetcher, Result<Vec<Claim>, Error>) {
    match fetch {
        Some(running) => {
            let done = running.await;
            *fetch = None;
            done
        }
        None => std::future::pending().await,
    }
}

/// Until a pause ends; for ever while there is none.
async fn pause(ends: Option<Instant>) {
    match ends {
        Some(ends) => sleep_until(ends.into()).await,
        None => std::future::pending().await,
    }
}

impl Office {
    /// Records what became of a mail that no worker had.
    async fn leave(&self, claim: Claim, outcome: Outcome) {
        let finished = claim.finish(Attempted::from(outcome), Duration::ZERO, &self.rules.retry);
        self.recorder.leave(finished).await;
    }
}

struct Counter {
    office: Office,
    waiting: Vec<oneshot::Sender<Assignment>>,
    stock: Stock,
    /// Here while no fetch is under way.
    fetcher: Option<Fetcher>,
    fetch: Option<Fetch>,
    /// Mails have come since the last fetch set out.
    is_news: bool,
    is_second_over: bool,
}

impl Counter {
    fn new(office: Office) -> Self {
        Self {
            fetcher: Some(Fetcher::new(office.database.clone(), office.rules.lease())),
            stock: Stock::default(),
            waiting: Vec::new(),
            fetch: None,
            is_news: false,
            is_second_over: false,
            office,
        }
    }

    /// When it is worth looking again though nothing has happened.
    fn resumes(&self) -> Option<Instant> {
        let now = Instant::now();
        let pauses = [self.office.relays.resumes(now), self.office.passages.resumes(now)];
        pauses.into_iter().flatten().min()
    }

    async fn serve(&mut self) {
        self.hand_out().await;
        let Some(mut fetcher) = self.fetcher.take() else {
            return;
        };
        fetcher.give_back(&self.stock.take_stale()).await;
        self.look_again(&mut fetcher);
        let order = self.order();
        if order.is_empty() || fetcher.is_vain(&order) {
            self.fetcher = Some(fetcher);
        } else {
            self.fetch = Some(fetcher.fetch(order));
        }
    }

    fn look_again(&mut self, fetcher: &mut Fetcher) {
        if std::mem::take(&mut self.is_second_over) {
            fetcher.look_afresh();
        }
        if std::mem::take(&mut self.is_news) {
            fetcher.look_again();
        }
    }

    /// Mails for workers, as long as there are both, and leave for them.
    async fn hand_out(&mut self) {
        self.waiting.retain(|worker| !worker.is_closed());
        while let Some(worker) = self.waiting.pop() {
            let Office { relays, passages, .. } = &self.office;
            let leave = |ready: &Ready| {
                passages.allow(&ready.group).then_some(())?;
                let turn = relays.turn(ready.claim.class(), &[])?;
                Some((passages.set_out(&ready.group), turn))
            };
            let Some((ready, (passage, turn))) = self.stock.take_first(leave) else {
                self.waiting.push(worker);
                return;
            };
            let assignment = Assignment {
                claim: ready.claim,
                passage,
                turn,
            };
            if let Err(refused) = worker.send(assignment) {
                self.office.leave(refused.claim, Outcome::Postponed).await;
            }
        }
    }

    /// What the waiting workers need, and some for each worker: they will be back soon.
    fn order(&self) -> Order {
        let Office {
            workers,
            relays,
            passages,
            ..
        } = &self.office;
        let ahead = workers * AHEAD;
        let is_stocked = self.waiting.is_empty() && self.stock.len() > ahead / 2;
        let limit = (self.waiting.len() + ahead).saturating_sub(self.stock.len());
        Order {
            limit: if is_stocked { 0 } else { limit },
            wanted: passages.wanted(self.stock.by_group()),
            refused: relays.refused_classes(),
            not_before: None,
            due_within: None,
        }
    }

    async fn fetched(&mut self, mut fetcher: Fetcher, fetched: Result<Vec<Claim>, Error>) {
        match fetched {
            Ok(claims) => {
                for claim in claims {
                    self.add(claim).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "mails cannot be claimed");
                fetcher.rest();
            }
        }
        self.fetcher = Some(fetcher);
    }

    async fn add(&mut self, claim: Claim) {
        match claim.domain_group() {
            _ if claim.is_unwanted() => self.office.leave(claim, Outcome::Suppressed).await,
            Some(group) => self.stock.add(claim, group),
            None => {
                let outcome = Outcome::Unsendable("the ledger's row cannot be read");
                self.office.leave(claim, outcome).await;
            }
        }
    }

    async fn close(mut self) {
        self.waiting.clear();
        if self.fetch.is_some() {
            let (fetcher, fetched) = under_way(&mut self.fetch).await;
            self.fetched(fetcher, fetched).await;
        }
        if let Some(mut fetcher) = self.fetcher.take() {
            fetcher.give_back(&self.stock.take_all()).await;
        }
    }
}
