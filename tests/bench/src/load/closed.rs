use std::cell::RefCell;
use std::net::SocketAddr;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet};

use super::connection::Connection;
use super::{Tally, on_own_thread};
use crate::body;
use crate::error::BenchError;

/// As many requests under way as there are connections, each followed at once by the next: what saturates a server.
#[derive(Debug, Clone, Copy)]
pub struct ClosedLoop {
    pub to: SocketAddr,
    /// Of every signup.
    pub campaign: &'static str,
    pub connections: usize,
    /// Answers before this are not counted.
    pub warm_up: Duration,
    pub duration: Duration,
}

/// Runs the load.
///
/// # Errors
/// When a connection fails.
pub async fn closed(load: ClosedLoop) -> Result<Tally, BenchError> {
    on_own_thread(async move || LocalSet::new().run_until(run(load)).await).await
}

async fn run(load: ClosedLoop) -> Result<Tally, BenchError> {
    let tally = Rc::new(RefCell::new(Tally::new()));
    let begin = Instant::now() + load.warm_up;
    let end = begin + load.duration;
    let mut clients = JoinSet::new();
    for _ in 0..load.connections {
        let connection = Connection::open(load.to).await?;
        clients.spawn_local(visit(connection, load.campaign, begin..end, Rc::clone(&tally)));
    }
    while let Some(client) = clients.join_next().await {
        client.map_err(|_| BenchError::Died("a client"))??;
    }
    let mut tally = Rc::into_inner(tally)
        .ok_or(BenchError::Died("a client"))?
        .into_inner();
    tally.elapsed = load.duration;
    Ok(tally)
}

async fn visit(
    mut connection: Connection,
    campaign: &str,
    counted: Range<Instant>,
    tally: Rc<RefCell<Tally>>,
) -> Result<(), BenchError> {
    loop {
        let sent = Instant::now();
        if sent >= counted.end {
            return Ok(());
        }
        let status = connection.post(&body::next(campaign).json).await?;
        let answered = Instant::now();
        if counted.contains(&answered) {
            tally.borrow_mut().count(status, answered - sent);
        }
    }
}
