//! One statement after another that claims mails, on a connection of its own.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use postgres::DatabaseConfig;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::commands::claim_due::{claim_due, give_back};
use crate::domain::claim::{Claim, Claimed};
use crate::domain::order::Order;
use crate::error::Error;
use crate::store::sender_connection;

/// What becomes due can be seen so much later.
const COMMIT: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_secs(3);

/// A fetch under way: it gives the fetcher back with what came.
pub(super) type Fetch = BoxFuture<'static, (Fetcher, Result<Vec<Claim>, Error>)>;

#[derive(Debug)]
pub(super) struct Fetcher {
    database: DatabaseConfig,
    lease: Duration,
    connection: Option<PgConnection>,
    /// The last order that left mails out, and when the first that it got was due.
    place: Option<(Order, OffsetDateTime)>,
    /// An order for which there was nothing, and when it was looked for.
    vain: Option<(Order, Instant)>,
    /// The last order, if it got all that there was for it.
    exhausted: Option<Order>,
    is_resting: bool,
}

impl Fetcher {
    pub(super) fn new(database: DatabaseConfig, lease: Duration) -> Self {
        Self {
            database,
            lease,
            connection: None,
            place: None,
            vain: None,
            exhausted: None,
            is_resting: false,
        }
    }

    /// Something new may be due.
    pub(super) fn look_again(&mut self) {
        self.exhausted = None;
    }

    /// Something may be due that came, or came back, with an old date.
    pub(super) fn look_afresh(&mut self) {
        self.exhausted = None;
        self.place = None;
        self.vain = None;
        self.is_resting = false;
    }

    /// The database is away: nothing is fetched until the next look.
    pub(super) fn rest(&mut self) {
        self.is_resting = true;
    }

    /// Whether the order is not worth a statement.
    pub(super) fn is_vain(&self, order: &Order) -> bool {
        let exhausted = self.exhausted.as_ref();
        self.is_resting || order.is_empty() || exhausted.is_some_and(|before| order.is_vain_after(before))
    }

    /// Claims what an order says.
    pub(super) fn fetch(mut self, mut order: Order) -> Fetch {
        let began = Instant::now();
        let place = self.place.take();
        order.not_before = place
            .filter(|(before, _)| order.is_pickier_than(before))
            .map(|(_, due_at)| due_at);
        let vain = self.vain.as_ref();
        order.due_within = vain
            .filter(|(before, _)| order.is_pickier_than(before))
            .map(|(_, looked)| looked.elapsed() + COMMIT);
        async move {
            let fetched = self.try_fetch(&order).await;
            let fetched = fetched.map(|claimed| {
                if claimed.claims.is_empty() {
                    self.vain = Some((order.clone(), began));
                }
                self.learn(order, &claimed);
                claimed.claims
            });
            (self, fetched)
        }
        .boxed()
    }

    fn learn(&mut self, order: Order, claimed: &Claimed) {
        let place = claimed.first_due.or(order.not_before);
        self.place = place
            .filter(|_| order.is_picky())
            .map(|due_at| (order.clone(), due_at));
        self.exhausted = (claimed.looked_at < order.limit).then_some(order);
    }

    async fn try_fetch(&mut self, order: &Order) -> Result<Claimed, Error> {
        let mut connection = self.connected().await?;
        let claimed = timeout(TIMEOUT, claim_due(&mut connection, order, self.lease))
            .await
            .map_err(|_| Error::OutcomeUnknown)??;
        self.connection = Some(connection);
        Ok(claimed)
    }

    /// Gives mails back that nobody has begun to send. What cannot be given back is free when its lease has run out.
    pub(super) async fn give_back(&mut self, claims: &[Claim]) {
        if claims.is_empty() {
            return;
        }
        if let Err(error) = self.try_give_back(claims).await {
            tracing::warn!(%error, mails = claims.len(), "claimed mails cannot be given back");
        }
    }

    async fn try_give_back(&mut self, claims: &[Claim]) -> Result<(), Error> {
        let mut connection = self.connected().await?;
        timeout(TIMEOUT, give_back(&mut connection, claims))
            .await
            .map_err(|_| Error::OutcomeUnknown)??;
        self.connection = Some(connection);
        Ok(())
    }

    /// A connection is kept only after success.
    async fn connected(&mut self) -> Result<PgConnection, Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => sender_connection::open(&self.database).await,
        }
    }
}
