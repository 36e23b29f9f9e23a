//! Kafka may lose everything: owed events come again under their own ids, and stop when something is heard of them.

use contracts::notification::{Purpose, State, StateChanged};
use contracts::signup::SignupAccepted;
use contracts::{Payload, topics};
use signup::commands::republish_owed::republish_owed;
use signup::commands::{record_mail_states::record_mail_states, retry_stuck};
use sqlx::PgPool;
use uuid::Uuid;

use crate::test_app::{TestApp, change, count, empty_outbox, outbox};

const DUE: &str = "update signups set next_republish_at = now() - interval '1 second'";

/// The next look at owed requests, as if the time had come.
async fn look_again(service: &TestApp, pool: &PgPool) {
    change(pool, DUE).await;
    republish_owed(&service.state).await.expect("looked");
}

async fn event_id(pool: &PgPool) -> Uuid {
    sqlx::query_scalar("select event_id from signups")
        .fetch_one(pool)
        .await
        .expect("one signup")
}

fn state(signup: Uuid, event: Uuid, revision: i32, state: State) -> StateChanged {
    StateChanged {
        request_id: signup,
        event_id: event,
        purpose: Purpose::Delivery,
        recipient: 0,
        revision,
        state,
        reply_code: Some(250),
        feedback: None,
        at: time::OffsetDateTime::now_utc(),
    }
}

/// Catches a new event id for each publication: consumers would mail twice.
#[tokio::test]
async fn an_event_that_kafka_lost_comes_again_with_its_id_and_its_data() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let events = kafka.tail(topics::SIGNUP_EVENTS);
    let service = TestApp::with_kafka(&database, &kafka).await;
    service.sign_up("anna@example.com").await;
    let empty = async || outbox(database.pool()).await.is_empty();
    testkit::wait_until("the event is out", std::time::Duration::from_secs(10), empty).await;
    look_again(&service, database.pool()).await;
    let records = events
        .wait_for("the event comes again", |records| records.len() == 2)
        .await;
    let (first, again) = (&records[0], &records[1]);
    assert_eq!(first.header("ce_id"), again.header("ce_id"));
    assert_eq!(first.header("ce_time"), again.header("ce_time"));
    assert_eq!(first.header("ce_type"), Some(SignupAccepted::TYPE.as_bytes()));
    assert_eq!((&first.key, &first.payload), (&again.key, &again.payload));
}

#[tokio::test]
async fn an_event_that_still_waits_in_the_outbox_is_not_doubled_and_costs_no_try() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    service.sign_up("anna@example.com").await;
    look_again(&service, database.pool()).await;
    assert_eq!(outbox(database.pool()).await.len(), 1);
    assert_eq!(
        count(database.pool(), "select tries::bigint from signups").await,
        0
    );
}

#[tokio::test]
async fn each_wait_is_twice_as_long_and_after_the_last_try_the_request_is_stuck() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    service.sign_up("anna@example.com").await;
    for minutes in [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048] {
        empty_outbox(database.pool()).await;
        look_again(&service, database.pool()).await;
        assert_eq!(outbox(database.pool()).await.len(), 1);
        let wait = "select round(extract(epoch from next_republish_at - now()) / 60)::bigint from signups";
        assert_eq!(count(database.pool(), wait).await, minutes);
    }
    empty_outbox(database.pool()).await;
    look_again(&service, database.pool()).await;
    assert!(outbox(database.pool()).await.is_empty());
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from signups where delivery = 'stuck'"
        )
        .await,
        1
    );

    assert_eq!(retry_stuck(&service.state).await.expect("retried"), 1);
    look_again(&service, database.pool()).await;
    assert_eq!(outbox(database.pool()).await.len(), 1);
}

/// Catches states that are taken in the order of their arrival instead of their revision.
#[tokio::test]
async fn once_notification_holds_the_event_there_is_a_day_and_after_the_outcome_there_is_silence() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    let signup = service.sign_up("anna@example.com").await;
    let event = event_id(pool).await;
    record_mail_states(&service.state, vec![state(signup, event, 1, State::Queued)])
        .await
        .expect("noted");
    let hours = "select round(extract(epoch from next_republish_at - now()) / 3600)::bigint from signups";
    assert_eq!(count(pool, hours).await, 24);

    let told = vec![
        state(signup, event, 3, State::Accepted),
        state(signup, event, 2, State::Queued),
    ];
    record_mail_states(&service.state, told).await.expect("noted");
    record_mail_states(&service.state, vec![state(signup, event, 2, State::Parked)])
        .await
        .expect("older");
    let done = "select count(*) from signups
                where delivery = 'done' and mail_state = 'accepted' and mail_revision = 3 and mail_reply_code = 250";
    assert_eq!(count(pool, done).await, 1);
    empty_outbox(pool).await;
    look_again(&service, pool).await;
    assert!(outbox(pool).await.is_empty());
}

#[tokio::test]
async fn a_parked_event_and_a_repeated_queued_state_postpone_the_next_try() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    let signup = service.sign_up("anna@example.com").await;
    let event = event_id(pool).await;
    let hours = "select round(extract(epoch from next_republish_at - now()) / 3600)::bigint from signups";
    let soon = "update signups set next_republish_at = now()";
    // A parked event has no revision; a relay's faults do not raise the one of a mail that is queued.
    for told in [
        state(signup, event, 0, State::Parked),
        state(signup, event, 1, State::Queued),
        state(signup, event, 1, State::Queued),
    ] {
        change(pool, soon).await;
        record_mail_states(&service.state, vec![told])
            .await
            .expect("noted");
        assert_eq!(count(pool, hours).await, 24);
    }
}

#[tokio::test]
async fn a_state_of_another_event_or_of_nobody_changes_nothing() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let signup = service.sign_up("anna@example.com").await;
    let strangers = vec![
        state(signup, Uuid::now_v7(), 1, State::Accepted),
        state(Uuid::now_v7(), Uuid::now_v7(), 1, State::Accepted),
    ];
    record_mail_states(&service.state, strangers)
        .await
        .expect("noted");
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from signups where mail_state is null"
        )
        .await,
        1
    );
}
