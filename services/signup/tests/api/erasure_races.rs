//! An erasure and what happens to the same person at the same moment: held still by locks, so that the order is sure.

use std::time::Duration;

use contracts::PersonId;
use contracts::signup::SignupAccepted;
use lifecycle::Supervisor;
use signup::commands::lapse_consents::lapse_consents;
use signup::commands::{self, erase_address, record_download};
use signup::domain::fetcher::Fetcher;
use signup::{App, State};
use sqlx::{PgPool, Postgres, Transaction};
use testkit::{TestDatabase, wait_until};

use crate::test_app::{TestApp, address, change, config, count, empty_outbox, no_kafka, token, told};

const DEADLINE: Duration = Duration::from_secs(10);
const WAITING: &str = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";

async fn until_one_waits(pool: &PgPool) {
    wait_until("somebody waits for a lock", DEADLINE, async || {
        count(pool, WAITING).await > 0
    })
    .await;
}

/// As the batch writer leaves them before its commit.
async fn first_signup_under_way(pool: &PgPool, person: PersonId) -> Transaction<'static, Postgres> {
    let mut writing = pool.begin().await.expect("a transaction");
    let lead = "insert into leads (person_id, email, created_at, signup_ids) values ($1, 'anna@example.com', now(), $2)";
    let signup = "insert into signups (id, person_id, campaign, offer, offer_version, accepted_at, event_id, payload,
                                       event_time, delivery, next_republish_at)
                  values ($2, $1, 'instagram', 'system-design', 1, now(), $2, '{}', clock_timestamp(), 'owed', now())";
    let id = uuid::Uuid::now_v7();
    let lead = sqlx::query(lead).bind(person.0).bind(vec![id]);
    lead.execute(&mut *writing).await.expect("written");
    let signup = sqlx::query(signup).bind(person.0).bind(id);
    signup.execute(&mut *writing).await.expect("written");
    writing
}

/// Stops an erasure just before its end, until this transaction is over.
async fn hold_up_erasure(pool: &PgPool, person: PersonId) -> Transaction<'static, Postgres> {
    let mut holding = pool.begin().await.expect("a transaction");
    let note = "insert into erased_people (person_id, erased_at, event_id, next_publish_at)
                values ($1, now(), $1, now())";
    let note = sqlx::query(note).bind(person.0);
    note.execute(&mut *holding).await.expect("noted");
    holding
}

fn person_of(service: &TestApp) -> PersonId {
    PersonId::of(&service.state.rules.subject_key, &address("anna@example.com"))
}

fn erase(state: &State) -> tokio::task::JoinHandle<()> {
    let state = state.clone();
    state.clone().spawner.spawn(async move {
        let email = address("anna@example.com");
        erase_address(&state, &email).await.expect("erased");
    })
}

/// Breaks on a build whose erasure locks only leads that it can see.
#[tokio::test]
async fn a_first_signup_that_is_being_written_is_erased_with_the_rest() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    let writing = first_signup_under_way(pool, person_of(&service)).await;

    let erasing = erase(&service.state);
    until_one_waits(pool).await;
    writing.commit().await.expect("committed");
    erasing.await.expect("erased");

    assert_eq!(count(pool, "select count(*) from leads").await, 0);
    assert_eq!(count(pool, "select count(*) from signups").await, 0);
}

/// Breaks on a build that takes the time of a signup before it has the lock: its mail would never come.
#[tokio::test]
async fn a_signup_that_was_taken_before_an_erasure_and_written_after_it_is_a_new_one() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    empty_outbox(pool).await;
    let (app, supervisor) = app_that_does_not_write_yet(&database);
    let request = service.request("anna@example.com").await;
    let state = app.state().clone();
    let queued = state.clone();
    let waiting = supervisor
        .spawner()
        .spawn(async move { commands::request_signup(&queued, request).await });
    wait_until("it is queued", DEADLINE, async || {
        state.metrics.queue_entries.get() == 1
    })
    .await;
    erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    app.start(&supervisor);
    waiting.await.expect("no panic").expect("accepted");

    let later =
        "select count(*) from signups join erased_people using (person_id) where event_time > erased_at";
    assert_eq!(count(pool, later).await, 1, "it is not taken for an erased one");
    let same = "select count(*) from outbox o join signups s on s.event_id = o.event_id and s.event_time = o.event_time";
    assert_eq!(count(pool, same).await, 1, "and is told with that time");
}

fn app_that_does_not_write_yet(database: &TestDatabase) -> (App, Supervisor) {
    let supervisor = Supervisor::new();
    let config = config(database.config("signup"), no_kafka());
    let app = App::build(config, &supervisor).expect("a valid configuration");
    (app, supervisor)
}

/// Breaks on a build that notes a fetch of a signup it does not hold.
#[tokio::test]
async fn a_fetch_during_an_erasure_leaves_nothing() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    empty_outbox(pool).await;
    service.sign_up("anna@example.com").await;
    let mail: SignupAccepted = told(pool).await;
    let holding = hold_up_erasure(pool, mail.person_id).await;
    let erasing = erase(&service.state);
    until_one_waits(pool).await;

    let fetching = record_download(&service.state, token(&mail.download), Fetcher::Person);
    let over = async {
        wait_until("the fetch waits or is noted", DEADLINE, async || {
            count(pool, WAITING).await == 2 || count(pool, "select count(*) from downloads").await == 1
        })
        .await;
        holding.rollback().await.expect("let go");
        erasing.await.expect("erased");
    };
    let (_served_or_not, ()) = tokio::join!(fetching, over);

    assert_eq!(count(pool, "select count(*) from downloads").await, 0);
}

/// Breaks on a build whose lapse does not look whether the signup is being erased.
#[tokio::test]
async fn a_consent_that_lapses_during_an_erasure_leaves_nothing() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    let mut asked = service.request("anna@example.com").await;
    asked.updates = true;
    commands::request_signup(&service.state, asked)
        .await
        .expect("accepted");
    change(
        pool,
        "alter table consents disable trigger consents_are_append_only",
    )
    .await;
    change(pool, "update consents set at = at - interval '31 days'").await;
    change(
        pool,
        "alter table consents enable trigger consents_are_append_only",
    )
    .await;
    let holding = hold_up_erasure(pool, person_of(&service)).await;
    let erasing = erase(&service.state);
    until_one_waits(pool).await;

    lapse_consents(&service.state).await.expect("looked");
    holding.rollback().await.expect("let go");
    erasing.await.expect("erased");

    assert_eq!(count(pool, "select count(*) from consents").await, 0);
}

/// Breaks on a build that takes the time of an erasure after it has deleted the person's requests: this one would be
/// neither erased nor answered.
#[tokio::test]
async fn a_request_for_ones_data_during_an_erasure_is_a_new_one() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    service.sign_up("anna@example.com").await;
    change(pool, "delete from mail_budgets").await;
    let mut holding = pool.begin().await.expect("a transaction");
    sqlx::query("select from outbox where person_id is not null for update")
        .execute(&mut *holding)
        .await
        .expect("the signup's event is held");
    let erasing = erase(&service.state);
    until_one_waits(pool).await;

    let trace = telemetry::TraceParent::new_root();
    commands::request_my_data(&service.state, address("anna@example.com"), trace)
        .await
        .expect("accepted");
    let owed = "select count(*) from mail_requests where delivery <> 'asked'";
    wait_until("it is looked into", DEADLINE, async || {
        count(pool, owed).await == 1
    })
    .await;
    holding.rollback().await.expect("let go");
    erasing.await.expect("erased");

    let later = "select count(*) from mail_requests join erased_people using (person_id) where event_time > erased_at";
    assert_eq!(count(pool, later).await, 1, "it is answered");
}
