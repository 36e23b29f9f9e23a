//! Everything that is kept about a person, read from all tables.

use contracts::PersonId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::consent::Sha256Sum;
use crate::domain::my_data::{MyConsent, MyData, MyDownload, MySignup, MyTouch};
use crate::error::Error;
use crate::store::signups;

/// What is kept about a person; nothing if it is not a lead.
///
/// # Errors
/// What the database says.
pub async fn read(connection: &mut PgConnection, person: PersonId) -> Result<Option<MyData>, Error> {
    let lead = sqlx::query!(
        "select email, name, created_at from leads where person_id = $1",
        person.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(lead) = lead else { return Ok(None) };
    let ids = signups::of_person(connection, person).await?;
    Ok(Some(MyData {
        email: lead.email,
        name: lead.name,
        known_since: lead.created_at,
        signups: my_signups(connection, &ids).await?,
        consents: consents(connection, &ids).await?,
        downloads: downloads(connection, &ids).await?,
    }))
}

async fn my_signups(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<MySignup>, Error> {
    let rows = sqlx::query!(
        "select s.id, s.offer, s.campaign, s.accepted_at, s.mail_state, s.mail_reply_code, s.mail_feedback,
                t.utm_source, t.utm_medium, t.utm_campaign, t.utm_term, t.utm_content, t.referrer_class,
                t.click_id_kind, t.click_id, t.channel_group, t.landing_page
         from signups s join touches t on t.signup_id = s.id
         where s.id = any($1) order by s.id",
        ids
    )
    .fetch_all(connection)
    .await?;
    let signup = rows.into_iter().map(|row| MySignup {
        id: row.id,
        offer: row.offer,
        campaign: row.campaign,
        at: row.accepted_at,
        mail: row.mail_state,
        mail_reply_code: row.mail_reply_code,
        mail_feedback: row.mail_feedback,
        touch: MyTouch {
            told: contracts::signup::Touch {
                utm_source: row.utm_source,
                utm_medium: row.utm_medium,
                utm_campaign: row.utm_campaign,
                utm_term: row.utm_term,
                utm_content: row.utm_content,
                referrer_class: row.referrer_class,
                click_id_kind: row.click_id_kind,
                channel_group: row.channel_group,
            },
            click_id: row.click_id,
            landing_page: row.landing_page,
        },
    });
    Ok(signup.collect())
}

async fn consents(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<MyConsent>, Error> {
    let rows = sqlx::query!(
        "select purpose, state, wording_version, wording_sha256, page, client_address, user_agent, method, at
         from consents where signup_id = any($1) order by id",
        ids
    )
    .fetch_all(connection)
    .await?;
    let sum = |bytes: Vec<u8>| Some(Sha256Sum(bytes.try_into().ok()?).to_string());
    let consent = rows.into_iter().map(|row| MyConsent {
        purpose: row.purpose,
        state: row.state,
        wording_version: row.wording_version,
        wording_sha256: row.wording_sha256.and_then(sum),
        page: row.page,
        client_address: row.client_address,
        user_agent: row.user_agent,
        method: row.method,
        at: row.at,
    });
    Ok(consent.collect())
}

async fn downloads(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<MyDownload>, Error> {
    let rows = sqlx::query_as!(
        MyDownload,
        "select signup_id, fetcher, at from downloads where signup_id = any($1) order by id",
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
