use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, sleep_until};

use super::connection::Connection;
use super::{Tally, on_own_thread};
use crate::body;
use crate::error::BenchError;
use crate::sink::Journal;

/// Requests at fixed times whatever the answers do. Latency counts from the intended time, so a request that had to
/// wait for a free connection is as late as its visitor would feel it (no coordinated omission).
#[derive(Debug, Clone)]
pub struct OpenLoop {
    pub to: SocketAddr,
    /// Of every signup.
    pub campaign: &'static str,
    pub connections: usize,
    /// Requests a second.
    pub rate: f64,
    pub duration: Duration,
    /// Where answers are noted, if somebody waits for their mails.
    pub journal: Option<Arc<Journal>>,
}

/// Which request is next, and what came of those before.
struct Shared {
    next: RefCell<u32>,
    campaign: &'static str,
    total: u32,
    begin: Instant,
    interval: Duration,
    tally: RefCell<Tally>,
    journal: Option<Arc<Journal>>,
}

/// Runs the load.
///
/// # Errors
/// When a connection fails.
pub async fn open(load: OpenLoop) -> Result<Tally, BenchError> {
    on_own_thread(async move || LocalSet::new().run_until(run(load)).await).await
}

async fn run(load: OpenLoop) -> Result<Tally, BenchError> {
    let mut connections = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        connections.push(Connection::open(load.to).await?);
    }
    let interval = Duration::from_secs_f64(1.0 / load.rate);
    let shared = Rc::new(Shared {
        next: RefCell::new(0),
        campaign: load.campaign,
        total: u32::try_from(load.duration.as_nanos() / interval.as_nanos()).unwrap_or(u32::MAX),
        begin: Instant::now(),
        interval,
        tally: RefCell::new(Tally::new()),
        journal: load.journal,
    });
    let mut clients = JoinSet::new();
    for connection in connections {
        clients.spawn_local(visit(connection, Rc::clone(&shared)));
    }
    while let Some(client) = clients.join_next().await {
        client.map_err(|_| BenchError::Died("a client"))??;
    }
    let shared = Rc::into_inner(shared).ok_or(BenchError::Died("a client"))?;
    let mut tally = shared.tally.into_inner();
    tally.elapsed = shared.begin.elapsed();
    Ok(tally)
}

impl Shared {
    /// When the next request is to be sent; none when all are.
    fn take(&self) -> Option<Instant> {
        let mut next = self.next.borrow_mut();
        let place = *next;
        *next += 1;
        (place < self.total).then(|| self.begin + self.interval * place)
    }
}

async fn visit(mut connection: Connection, shared: Rc<Shared>) -> Result<(), BenchError> {
    while let Some(intended) = shared.take() {
        sleep_until(intended).await;
        let body = body::next(shared.campaign);
        let status = connection.post(&body.json).await?;
        let answered = Instant::now();
        shared.tally.borrow_mut().count(status, answered - intended);
        if let Some(journal) = &shared.journal
            && status == 202
        {
            journal.answered(body.number, answered.into_std());
        }
    }
    Ok(())
}
