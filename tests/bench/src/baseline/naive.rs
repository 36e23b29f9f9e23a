use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, ServiceConfig};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::signup::{Answer, Signup};

const CONNECTIONS: u32 = 16;
/// Long enough that a request waits for a connection as long as it takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn pool(url: &str) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_lazy(url)
}

pub(super) fn routes(routes: &mut ServiceConfig, pool: PgPool) {
    routes
        .app_data(Data::new(pool))
        .route("/v1/signups", web::post().to(take));
}

async fn take(signup: Json<Signup>, pool: Data<PgPool>) -> HttpResponse {
    match store(&pool, &signup).await {
        Ok(id) => HttpResponse::Accepted().json(Answer::new(id)),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// The lead, the signup and its event.
async fn store(pool: &PgPool, signup: &Signup) -> Result<Uuid, sqlx::Error> {
    let (id, person) = (
        Uuid::now_v7(),
        Uuid::new_v5(&Uuid::NAMESPACE_OID, signup.email.as_bytes()),
    );
    let payload = payload(signup, id);
    let mut transaction = pool.begin().await?;
    insert_lead(&mut transaction, signup, id, person).await?;
    insert_signup(&mut transaction, signup, id, person, &payload).await?;
    insert_event(&mut transaction, id, person, &payload).await?;
    transaction.commit().await?;
    Ok(id)
}

fn payload(signup: &Signup, id: Uuid) -> Vec<u8> {
    let payload = serde_json::json!({
        "signup": id, "email": signup.email, "name": signup.name, "campaign": signup.campaign,
        "consent": signup.consent, "touch": signup.touch,
    });
    payload.to_string().into_bytes()
}

async fn insert_lead(
    connection: &mut PgConnection,
    signup: &Signup,
    id: Uuid,
    person: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into leads (person_id, email, name, created_at, signup_ids) values ($1, $2, $3, now(), array[$4])
         on conflict (person_id) do update set signup_ids = leads.signup_ids || excluded.signup_ids",
    )
    .bind(person)
    .bind(&signup.email)
    .bind(&signup.name)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_signup(
    connection: &mut PgConnection,
    signup: &Signup,
    id: Uuid,
    person: Uuid,
    payload: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into signups (id, person_id, campaign, offer, offer_version, accepted_at, event_id, payload, event_time,
                              delivery, next_republish_at)
         values ($1, $2, $3, $3, 1, now(), $1, $4, now(), 'owed', now() + interval '2 minutes')",
    )
    .bind(id)
    .bind(person)
    .bind(&signup.campaign)
    .bind(payload)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_event(
    connection: &mut PgConnection,
    id: Uuid,
    person: Uuid,
    payload: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into outbox (event_id, topic, key, event_type, event_time, content_type, person_id, payload)
         values ($1, 'signup.events', $2, 'leadstream.signup.accepted.v1', now(), 'application/json', $3, $4)",
    )
    .bind(id)
    .bind(person.to_string())
    .bind(person)
    .bind(payload)
    .execute(connection)
    .await?;
    Ok(())
}
