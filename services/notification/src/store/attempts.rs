//! Table `attempts`, and what an attempt does to the ledger and to the work that is left.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use contracts::notification::{Feedback, State};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::attempt::Outcome;
use crate::domain::claim::Finished;
use crate::domain::notification::NotificationId;
use crate::domain::reply::Reply;
use crate::domain::retry::Next;

/// What of some attempts took effect.
#[derive(Debug)]
pub struct Recorded {
    /// The mails whose lease was still held: only those have changed.
    pub held: HashSet<NotificationId>,
    /// What came back of them before their outcome was known.
    pub feedback: HashMap<NotificationId, Feedback>,
    /// The time by the database's clock; `None` if there are none of those.
    pub at: Option<OffsetDateTime>,
}

/// Writes what attempts came to.
///
/// # Errors
/// If the database is out of reach. Whether something was written is not known then; to write it again is safe.
pub async fn record(connection: &mut PgConnection, finished: &[Finished]) -> Result<Recorded, sqlx::Error> {
    let mut columns = Columns::default();
    let mut steps = Steps::default();
    for finished in finished {
        columns.push(finished);
        steps.push(finished);
    }
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
        &steps.id,
        &steps.lease_id,
        &steps.step,
        &steps.word as &[&str],
        &steps.relay as &[Option<&str>],
        &steps.stage as &[Option<&str>],
        &steps.reply_code as &[Option<i16>],
        &steps.enhanced_code as &[Option<String>],
        &steps.reply_text as &[Option<&str>],
        &steps.duration_ms,
    )
    .fetch_all(connection)
    .await?;
    Ok(Recorded {
        at: held.first().map(|row| row.now),
        feedback: held
            .iter()
            .filter_map(|row| {
                let feedback = row.feedback.as_deref().and_then(Feedback::from_word)?;
                Some((NotificationId(row.notification_id), feedback))
            })
            .collect(),
        held: held
            .into_iter()
            .map(|row| NotificationId(row.notification_id))
            .collect(),
    })
}

#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    lease_id: Vec<Uuid>,
    word: Vec<&'static str>,
    state: Vec<Option<&'static str>>,
    again_after: Vec<Option<f64>>,
    counts: Vec<bool>,
    revision: Vec<i32>,
    reply_code: Vec<Option<i16>>,
}

impl Columns {
    fn push(&mut self, finished: &Finished) {
        let (state, again_after, counts) = match finished.next {
            Next::Settle(state) => (Some(state), None, true),
            Next::Again { after, counts } => (None, Some(after.as_secs_f64()), counts),
        };
        self.id.push(finished.claim.id.0);
        self.lease_id.push(finished.claim.lease.id);
        self.word.push(finished.outcome.as_str());
        self.state.push(state.map(State::as_str));
        self.again_after.push(again_after);
        self.counts.push(counts);
        self.revision.push(finished.revision());
        self.reply_code.push(code(finished.outcome.reply()));
    }
}

/// The relays that were asked, and mails that could not be built.
#[derive(Default)]
struct Steps<'a> {
    id: Vec<Uuid>,
    lease_id: Vec<Uuid>,
    step: Vec<i16>,
    word: Vec<&'static str>,
    relay: Vec<Option<&'a str>>,
    stage: Vec<Option<&'static str>>,
    reply_code: Vec<Option<i16>>,
    enhanced_code: Vec<Option<String>>,
    reply_text: Vec<Option<&'a str>>,
    duration_ms: Vec<i32>,
}

impl<'a> Steps<'a> {
    fn push(&mut self, finished: &'a Finished) {
        for (number, step) in (0..).zip(&finished.steps) {
            self.add(finished, number, step.answer.class.as_str(), step.took);
            self.relay.push(Some(step.relay.as_str()));
            self.stage.push(Some(step.answer.stage.as_str()));
            self.reply(step.answer.reply.as_ref());
        }
        if let Outcome::Unsendable(_) = finished.outcome {
            self.add(finished, 0, finished.outcome.as_str(), finished.took);
            self.relay.push(None);
            self.stage.push(None);
            self.reply(None);
        }
    }

    fn add(&mut self, finished: &Finished, number: i16, word: &'static str, took: Duration) {
        self.id.push(finished.claim.id.0);
        self.lease_id.push(finished.claim.lease.id);
        self.step.push(number);
        self.word.push(word);
        self.duration_ms
            .push(i32::try_from(took.as_millis()).unwrap_or(i32::MAX));
    }

    fn reply(&mut self, reply: Option<&'a Reply>) {
        self.reply_code.push(code(reply));
        self.enhanced_code
            .push(reply.and_then(|reply| Some(reply.enhanced_code?.to_string())));
        self.reply_text.push(reply.map(|reply| reply.text.as_str()));
    }
}

fn code(reply: Option<&Reply>) -> Option<i16> {
    reply.and_then(|reply| i16::try_from(reply.code).ok())
}
