//! The publisher's SQL. All of it runs on one connection, which holds the lock: without the lock there is no connection.

use std::future::Future;
use std::time::Duration;

use contracts::{Event, Source};
use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

/// A batch is at most this many rows …
pub(crate) const BATCH_ROWS: i64 = 1000;
/// … and this many bytes of payload, but always one row.
const BATCH_BYTES: i64 = 4 * 1024 * 1024;
/// Behind at most so many rows of topics that are left out, others are looked for.
const LOOK_BEHIND: i64 = 10_000;

/// The server gives a statement up after 5 s; a server that does not answer at all is given up a little later.
const DEADLINE: Duration = Duration::from_secs(6);

/// What other replicas ring after a commit.
pub(crate) const CHANNEL: &str = "leadstream_outbox";

/// Why the publisher's connection is given up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("no answer from Postgres within {} s", DEADLINE.as_secs())]
    NoAnswer,
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
}

/// A row on its way out.
#[derive(FromRow)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    event_id: Uuid,
    pub(crate) topic: String,
    key: String,
    event_type: String,
    event_time: OffsetDateTime,
    content_type: String,
    traceparent: Option<String>,
    payload: Option<Vec<u8>>,
}

impl Row {
    /// The event that the row holds. Whom it is about stays in the database.
    pub(crate) fn into_event(self, source: Source) -> Event {
        Event {
            id: self.event_id,
            source,
            event_type: self.event_type,
            time: self.event_time,
            topic: self.topic,
            key: self.key,
            content_type: self.content_type,
            traceparent: self.traceparent,
            person: None,
            payload: self.payload,
        }
    }
}

/// Takes the lock, together with a first beat, and tells whether it was free.
pub(crate) async fn try_to_lead(connection: &mut PgConnection, holder: &str) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "insert into publisher_heartbeat (holder, beat_at)
         select $1, clock_timestamp() where pg_try_advisory_lock(19539, 1)
         on conflict (only_row) do update set holder = excluded.holder, beat_at = excluded.beat_at",
    )
    .bind(holder);
    let taken = answer(taken.execute(connection)).await?;
    Ok(taken.rows_affected() == 1)
}

/// Tells the waiters that the holder of the lock is alive.
pub(crate) async fn beat(connection: &mut PgConnection) -> Result<(), StoreError> {
    let beat = sqlx::query("update publisher_heartbeat set beat_at = clock_timestamp()");
    answer(beat.execute(connection)).await?;
    Ok(())
}

/// Ends the session that holds the lock if its last beat is not within 5 s of now: its process is frozen, or cut off
/// without the server knowing. A beat of the future is none either: the clock was set back since. Returns whether it did.
pub(crate) async fn depose(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let ended = sqlx::query_scalar::<_, bool>(
        "select pg_terminate_backend(pid)
         from pg_locks, publisher_heartbeat
         where locktype = 'advisory' and classid = 19539 and objid = 1 and objsubid = 2 and granted
           and database = (select oid from pg_database where datname = current_database())
           and beat_at not between clock_timestamp() - interval '5 s' and clock_timestamp() + interval '5 s'",
    );
    Ok(answer(ended.fetch_optional(connection)).await?.unwrap_or(false))
}

/// Rings for the publisher, wherever it is.
pub(crate) async fn ring(connection: &mut PgConnection) -> Result<(), StoreError> {
    let ring = sqlx::query("select pg_notify($1, '')").bind(CHANNEL);
    answer(ring.execute(connection)).await?;
    Ok(())
}

/// The lowest rows of all topics but these, in order. Always from the beginning: identity values are handed out before
/// the commit, so a row may appear below one that was published already.
pub(crate) async fn lowest(
    connection: &mut PgConnection,
    left_out: &[String],
) -> Result<Vec<Row>, StoreError> {
    let depth = if left_out.is_empty() {
        BATCH_ROWS
    } else {
        LOOK_BEHIND
    };
    let rows = sqlx::query_as(
        "select seq, event_id, topic, key, event_type, event_time, content_type, traceparent, payload
         from (select *, row_number() over by_seq as place,
                      sum(octet_length(coalesce(payload, ''))) over by_seq as bytes
               from (select *
                     from (select * from outbox order by seq limit $1) as front
                     where topic <> all($2)
                     order by seq
                     limit $3) as lowest
               window by_seq as (order by seq)) as measured
         where bytes <= $4 or place = 1
         order by seq",
    )
    .bind(depth)
    .bind(left_out)
    .bind(BATCH_ROWS)
    .bind(BATCH_BYTES);
    answer(rows.fetch_all(connection)).await
}

/// Removes rows that were published. One that is gone already was erased meanwhile.
pub(crate) async fn delete(connection: &mut PgConnection, seqs: &[i64]) -> Result<(), StoreError> {
    let delete = sqlx::query("delete from outbox where seq = any($1)").bind(seqs);
    answer(delete.execute(connection)).await?;
    Ok(())
}

/// Notes that Kafka did not take the whole of a batch, for whoever asks from outside.
pub(crate) async fn note_failure(
    connection: &mut PgConnection,
    topic: &str,
    error: &str,
) -> Result<(), StoreError> {
    let note = sqlx::query(
        "insert into outbox_failures as known (topic, error) values ($1, $2)
         on conflict (topic) do update
             set error = excluded.error, failures = known.failures + 1, failed_at = excluded.failed_at",
    )
    .bind(topic)
    .bind(error);
    answer(note.execute(connection)).await?;
    Ok(())
}

/// Kafka takes what goes to these topics, or nothing goes there.
pub(crate) async fn forget_failures(
    connection: &mut PgConnection,
    topics: &[String],
) -> Result<(), StoreError> {
    let forget = sqlx::query("delete from outbox_failures where topic = any($1)").bind(topics);
    answer(forget.execute(connection)).await?;
    Ok(())
}

/// What was noted by a process that does not publish any more says nothing.
pub(crate) async fn forget_all_failures(connection: &mut PgConnection) -> Result<(), StoreError> {
    answer(sqlx::query("delete from outbox_failures").execute(connection)).await?;
    Ok(())
}

/// How many rows wait and for how many seconds the first has done so. Walks over at most 10 001 rows.
pub(crate) async fn backlog(connection: &mut PgConnection) -> Result<(i64, f64), StoreError> {
    let backlog = sqlx::query_as(
        "select case when counted <= 10000 then counted else (select max(seq) - min(seq) + 1 from outbox) end,
                coalesce(extract(epoch from clock_timestamp() - oldest), 0)::float8
         from (select count(*) as counted from (select from outbox order by seq limit 10001) as front) as few,
              (select (select queued_at from outbox order by seq limit 1) as oldest) as age",
    );
    answer(backlog.fetch_one(connection)).await
}

async fn answer<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match tokio::time::timeout(DEADLINE, statement).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(StoreError::NoAnswer),
    }
}
