//! Table `attempts`, and what an attempt does to the ledger and to the work that is left.

use std::collections::HashSet;

use contracts::notification::State;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::claim::Finished;
use crate::domain::notification::NotificationId;
use crate::domain::retry::Next;

/// What of some attempts took effect.
#[derive(Debug)]
pub struct Recorded {
    /// The mails whose lease was still held: only those have changed.
    pub held: HashSet<NotificationId>,
    /// The time by the database's clock; `None` if there are none of those.
    pub at: Option<OffsetDateTime>,
}

/// Writes what attempts came to.
///
/// # Errors
/// If the database is out of reach. Whether something was written is not known then; to write it again is safe.
pub async fn record(connection: &mut PgConnection, finished: &[Finished]) -> Result<Recorded, sqlx::Error> {
    let mut columns = Columns::default();
    finished.iter().for_each(|finished| columns.push(finished));
    let held = sqlx::query_file!(
        "src/store/queries/record_attempts.sql",
        &columns.id,
        &columns.lease_id,
        &columns.word as &[&str],
        &columns.state as &[Option<&str>],
        &columns.again_after as &[Option<f64>],
        &columns.counts,
        &columns.revision,
        &columns.reply_code as &[Option<i16>],
        &columns.enhanced_code as &[Option<&str>],
        &columns.reply_text as &[Option<&str>],
        &columns.duration_ms,
    )
    .fetch_all(connection)
    .await?;
    Ok(Recorded {
        at: held.first().map(|row| row.now),
        held: held
            .into_iter()
            .map(|row| NotificationId(row.notification_id))
            .collect(),
    })
}

#[derive(Default)]
struct Columns<'a> {
    id: Vec<Uuid>,
    lease_id: Vec<Uuid>,
    word: Vec<&'static str>,
    state: Vec<Option<&'static str>>,
    again_after: Vec<Option<f64>>,
    counts: Vec<bool>,
    revision: Vec<i32>,
    reply_code: Vec<Option<i16>>,
    enhanced_code: Vec<Option<&'a str>>,
    reply_text: Vec<Option<&'a str>>,
    duration_ms: Vec<i32>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, finished: &'a Finished) {
        let (state, again_after, counts) = match finished.next {
            Next::Settle(state) => (Some(state), None, true),
            Next::Again { after, counts } => (None, Some(after.as_secs_f64()), counts),
        };
        let reply = finished.outcome.reply();
        self.id.push(finished.claim.id.0);
        self.lease_id.push(finished.claim.lease.id);
        self.word.push(finished.outcome.as_str());
        self.state.push(state.map(State::as_str));
        self.again_after.push(again_after);
        self.counts.push(counts);
        self.revision.push(finished.revision());
        self.reply_code
            .push(reply.and_then(|reply| i16::try_from(reply.code).ok()));
        self.enhanced_code
            .push(reply.and_then(|reply| reply.enhanced_code.as_deref()));
        self.reply_text.push(reply.map(|reply| reply.text.as_str()));
        self.duration_ms
            .push(i32::try_from(finished.took.as_millis()).unwrap_or(i32::MAX));
    }
}
