//! The one statement of the hot path, and the one that looks up repeated keys.

use contracts::{Fingerprint, KeyHash, Payload, signup::SignupAccepted};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::delivery::Delivery;
use crate::store::signup_row::SignupRow;

/// What became of a signup that was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub id: Uuid,
    pub delivery: Delivery,
}

/// What is known under an idempotency key.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownKey {
    pub key: KeyHash,
    pub fingerprint: Fingerprint,
    pub signup: Uuid,
}

fn column<'a, T>(rows: &[&'a SignupRow], value: impl Fn(&'a SignupRow) -> T) -> Vec<T> {
    rows.iter().map(|row| value(row)).collect()
}

/// Writes the batch and commits it. Answers those that were fresh; the others came before under the same key.
pub(super) async fn write_signups(
    connection: &mut PgConnection,
    rows: &[&SignupRow],
    republish_after_seconds: f64,
) -> Result<Vec<Written>, sqlx::Error> {
    let written = sqlx::query_file!(
        "src/store/queries/write_signups.sql",
        &column(rows, |row| row.id),
        &column(rows, |row| row.person.0),
        &column(rows, |row| row.email.as_str()) as _,
        &column(rows, |row| row.name.as_deref()) as _,
        &column(rows, |row| row.campaign.as_str()) as _,
        &column(rows, |row| row.offer.as_str()) as _,
        &column(rows, |row| row.offer_version),
        &column(rows, |row| row.accepted_at) as &[OffsetDateTime],
        &column(rows, |row| row.event_id),
        &column(rows, |row| row.payload.as_slice()) as _,
        &column(rows, |row| row.traceparent.as_str()) as _,
        &column(rows, |row| row.held),
        &column(rows, |row| row.limit_key.0),
        &column(rows, |row| row.idempotency.as_ref().map(|known| &known.key.0[..])) as _,
        &column(rows, |row| row
            .idempotency
            .as_ref()
            .map(|known| &known.fingerprint.0[..])) as _,
        &column(rows, |row| row.told.utm_source.as_deref()) as _,
        &column(rows, |row| row.told.utm_medium.as_deref()) as _,
        &column(rows, |row| row.told.utm_campaign.as_deref()) as _,
        &column(rows, |row| row.told.utm_term.as_deref()) as _,
        &column(rows, |row| row.told.utm_content.as_deref()) as _,
        &column(rows, |row| row.told.referrer_class.as_deref()) as _,
        &column(rows, |row| row.told.click_id_kind.as_deref()) as _,
        &column(rows, |row| row.touch.click_id.as_ref().map(|id| id.expose())) as _,
        &column(rows, |row| row.told.channel_group.as_deref()) as _,
        &column(rows, |row| row.touch.landing_page.as_deref()) as _,
        &column(rows, |row| row.evidence.page()) as _,
        &column(rows, |row| row.evidence.client().to_string()),
        &column(rows, |row| row.evidence.user_agent()) as _,
        &column(rows, |row| row.evidence.method.as_str()) as _,
        &column(rows, |row| row.wording.version.as_str()) as _,
        &column(rows, |row| &row.wording.delivery.0[..]) as _,
        &column(rows, |row| row.wording.updates.as_ref().map(|sum| &sum.0[..])) as _,
        republish_after_seconds,
        SignupAccepted::TOPIC,
        SignupAccepted::TYPE,
        contracts::envelope::JSON,
    )
    .fetch_all(connection)
    .await?;
    written
        .into_iter()
        .map(|row| {
            let delivery = Delivery::parse(&row.delivery).ok_or(sqlx::Error::RowNotFound)?;
            Ok(Written { id: row.id, delivery })
        })
        .collect()
}

/// Reads what came before under these keys. A statement of its own: what another replica has written a moment ago
/// is invisible to the one that met it.
pub(super) async fn known_keys(
    connection: &mut PgConnection,
    keys: &[KeyHash],
) -> Result<Vec<KnownKey>, sqlx::Error> {
    let keys: Vec<&[u8]> = keys.iter().map(|key| &key.0[..]).collect();
    let known = sqlx::query!(
        "select key_hash, fingerprint, signup_id from idempotency_keys where key_hash = any($1)",
        &keys as _
    )
    .fetch_all(connection)
    .await?;
    let sums = known.into_iter().filter_map(|row| {
        Some(KnownKey {
            key: KeyHash(row.key_hash.try_into().ok()?),
            fingerprint: Fingerprint(row.fingerprint.try_into().ok()?),
            signup: row.signup_id,
        })
    });
    Ok(sums.collect())
}
