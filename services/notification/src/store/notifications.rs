//! Table `notifications`: the ledger.

use std::collections::HashSet;

use contracts::notification::{Feedback, Purpose, State};
use contracts::{PersonId, Source};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::domain_group::DomainGroup;
use crate::domain::notification::{Class, NewNotification, NotificationId, NotificationKey, Standing};

/// A notification to be written, in the state that it begins with.
#[derive(Debug)]
pub struct Entry<'a> {
    pub id: NotificationId,
    pub notification: &'a NewNotification,
    pub state: State,
    /// Only the event's id is kept: the person was erased after it.
    pub inert: bool,
}

/// Writes what is not in the ledger yet, and the work that follows. Answers the ids that are new.
///
/// # Errors
/// If the database is out of reach, or a text holds what it refuses (class 22).
pub async fn insert(
    connection: &mut PgConnection,
    entries: &[Entry<'_>],
) -> Result<HashSet<NotificationId>, sqlx::Error> {
    let mut columns = Columns::default();
    entries.iter().for_each(|entry| columns.push(entry));
    let fresh = sqlx::query_file_scalar!(
        "src/store/queries/insert_notifications.sql",
        &columns.id,
        &columns.source as &[&str],
        &columns.event_id,
        &columns.purpose as &[&str],
        &columns.recipient,
        &columns.event_time,
        &columns.traceparent as &[Option<&str>],
        &columns.request_id as &[Option<Uuid>],
        &columns.person_id as &[Option<Uuid>],
        &columns.offer_slug as &[Option<&str>],
        &columns.offer_version as &[Option<i32>],
        &columns.address as &[Option<&str>],
        &columns.content as &[Option<String>],
        &columns.state as &[&str],
        &columns.class as &[&str],
        &columns.domain_group as &[Option<String>],
    )
    .fetch_all(connection)
    .await?;
    Ok(fresh.into_iter().map(NotificationId).collect())
}

#[derive(Default)]
struct Columns<'a> {
    id: Vec<Uuid>,
    source: Vec<&'static str>,
    event_id: Vec<Uuid>,
    purpose: Vec<&'static str>,
    recipient: Vec<i16>,
    event_time: Vec<time::OffsetDateTime>,
    traceparent: Vec<Option<&'a str>>,
    request_id: Vec<Option<Uuid>>,
    person_id: Vec<Option<Uuid>>,
    offer_slug: Vec<Option<&'a str>>,
    offer_version: Vec<Option<i32>>,
    address: Vec<Option<&'a str>>,
    content: Vec<Option<String>>,
    state: Vec<&'static str>,
    class: Vec<&'static str>,
    domain_group: Vec<Option<String>>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, entry: &Entry<'a>) {
        let Entry {
            id,
            notification,
            state,
            inert,
        } = *entry;
        let key = &notification.key;
        let offer = notification.offer.as_ref().filter(|_| !inert);
        self.id.push(id.0);
        self.source.push(key.source.service());
        self.event_id.push(key.event_id);
        self.purpose.push(key.purpose.as_str());
        self.recipient.push(key.recipient);
        self.event_time.push(notification.event_time);
        self.traceparent
            .push(notification.traceparent.as_deref().filter(|_| !inert));
        self.request_id
            .push(Some(notification.request_id).filter(|_| !inert));
        self.person_id
            .push(Some(notification.person_id.0).filter(|_| !inert));
        self.offer_slug.push(offer.map(|offer| offer.slug.as_str()));
        self.offer_version.push(offer.map(|offer| offer.version));
        self.address
            .push(Some(notification.to.expose()).filter(|_| !inert));
        let content = || serde_json::to_string(&notification.content).expect("content is plain data");
        self.content.push((!inert).then(content));
        self.state.push(state.as_str());
        self.class.push(Class::of(key.purpose).as_str());
        let group = || DomainGroup::of(&notification.to).expose().to_owned();
        self.domain_group.push((!inert).then(group));
    }
}

/// How all notifications of these events stand.
///
/// # Errors
/// If the database is out of reach.
pub async fn of_events(
    connection: &mut PgConnection,
    events: &HashSet<(Source, Uuid)>,
) -> Result<Vec<Standing>, sqlx::Error> {
    let sources: Vec<&str> = events.iter().map(|(source, _)| source.service()).collect();
    let ids: Vec<Uuid> = events.iter().map(|(_, id)| *id).collect();
    let rows = sqlx::query_as!(
        Row,
        "select id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision, state,
                reply_code, feedback
         from notifications
         join unnest($1::text[], $2::uuid[]) as wanted (event_source, event_id) using (event_source, event_id)",
        &sources as &[&str],
        &ids
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Deletes settled rows that came so many days ago, at most `limit` of them. Answers how many.
///
/// # Errors
/// If the database is out of reach.
pub async fn delete_old(
    connection: &mut PgConnection,
    older_than_days: i32,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query_file!("src/store/queries/delete_old.sql", older_than_days, limit)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected())
}

/// What of a row says how the notification stands.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) event_source: String,
    pub(super) event_id: Uuid,
    pub(super) purpose: String,
    pub(super) recipient: i16,
    pub(super) request_id: Option<Uuid>,
    pub(super) person_id: Option<Uuid>,
    pub(super) traceparent: Option<String>,
    pub(super) revision: i32,
    pub(super) state: String,
    pub(super) reply_code: Option<i16>,
    pub(super) feedback: Option<String>,
}

impl Row {
    pub(super) fn read(self) -> Result<Standing, sqlx::Error> {
        Ok(Standing {
            id: NotificationId(self.id),
            key: key(&self.event_source, self.event_id, &self.purpose, self.recipient)?,
            request_id: self.request_id,
            person_id: self.person_id.map(PersonId),
            traceparent: self.traceparent,
            revision: self.revision,
            state: State::from_word(&self.state).ok_or_else(|| unreadable("state"))?,
            reply_code: self.reply_code.and_then(|code| u16::try_from(code).ok()),
            feedback: self.feedback.as_deref().and_then(Feedback::from_word),
        })
    }
}

/// The key that a row's columns make.
pub(super) fn key(
    source: &str,
    event_id: Uuid,
    purpose: &str,
    recipient: i16,
) -> Result<NotificationKey, sqlx::Error> {
    let source = [Source::Signup, Source::Enquiry]
        .into_iter()
        .find(|known| known.service() == source);
    Ok(NotificationKey {
        source: source.ok_or_else(|| unreadable("event_source"))?,
        event_id,
        purpose: Purpose::from_word(purpose).ok_or_else(|| unreadable("purpose"))?,
        recipient,
    })
}

/// The tables' check constraints allow no such word: only a newer program's row can hold one.
fn unreadable(column: &'static str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: "an unknown word".into(),
    }
}
