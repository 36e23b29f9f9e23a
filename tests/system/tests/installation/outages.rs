//! Kafka, the relay and Postgres go away and come back; nothing that was acknowledged is lost.

use serde_json::{Value, json};
use system::{Broker, Fleet, Network, mails_to};
use testkit::{Fault, FaultProxy, TestDatabase, kafka, mailbox, wait_until};

use crate::DEADLINE;

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_taken_without_kafka_and_mailed_when_it_is_back() {
    let mailbox = mailbox().await;
    let mut broker = Broker::start().await;
    let mut fleet = Fleet::without_republishing(&Network::with_broker(&broker, &mailbox)).await;
    fleet.start_all().await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;

    // Whoever holds events in memory alone loses them with the process.
    broker.stop().await;
    for number in 0..3 {
        fleet.sign_up(&format!("during{number}@example.com")).await;
    }
    fleet.ask("question@example.com", "Is this thing on?").await;
    fleet.signup.kill();
    fleet.signup.start().await;
    broker.start_again().await;

    wait_until("all of them are mailed", DEADLINE, async || {
        let signups = (0..3).map(|number| format!("during{number}@example.com"));
        let mut addresses = signups.chain(["question@example.com".to_owned()]);
        addresses.all(|address| mails_to(&mailbox, &address).len() == 1)
    })
    .await;
    wait_until("the outbox is empty", DEADLINE, async || {
        let left: i64 = sqlx::query_scalar("select count(*) from outbox")
            .fetch_one(fleet.signup_database.pool())
            .await
            .expect("the outbox can be read");
        left == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_taken_without_a_relay_and_mailed_when_it_is_back() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let relay = FaultProxy::start(mailbox.upstream());
    let mut network = Network::new(&kafka, &mailbox);
    network.smtp_url = format!("smtp://{}", relay.address());
    relay.set(Fault::Refuse).await;
    let fleet = Fleet::start(&network).await;

    fleet.sign_up("vera@example.com").await;
    wait_until("the mail is owed", DEADLINE, async || {
        let owed = "select count(*) from notifications where state = 'queued'";
        let owed: i64 = sqlx::query_scalar(owed)
            .fetch_one(fleet.notification_database.pool())
            .await
            .expect("the ledger can be read");
        owed == 1
    })
    .await;
    wait_until("the relay was asked in vain", DEADLINE, async || {
        let asked: i64 = sqlx::query_scalar("select count(*) from attempts")
            .fetch_one(fleet.notification_database.pool())
            .await
            .expect("the ledger can be read");
        asked > 0
    })
    .await;
    relay.set(Fault::Pass).await;

    mailbox.wait_for("the mail", |_| true).await;
    assert_eq!(mails_to(&mailbox, "vera@example.com").len(), 1);
}

/// Posts under one key, and answers with the status and the seconds after which to try again.
async fn post_with_key(fleet: &Fleet, url: &str, body: &Value) -> (u16, Option<String>) {
    let post = fleet
        .http()
        .post(url)
        .json(body)
        .header("idempotency-key", "the-one-try");
    let answer = post.send().await.expect("the service answers");
    let wait = answer.headers().get("retry-after");
    let wait = wait.map(|wait| wait.to_str().expect("a number").to_owned());
    (answer.status().as_u16(), wait)
}

/// How many requests a service holds.
async fn requests(database: &TestDatabase, table: &'static str) -> i64 {
    let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(count)
        .fetch_one(database.pool())
        .await
        .expect("the requests can be counted")
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_frozen_database_nothing_is_acknowledged_and_the_retry_is_one_request() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    fleet.apply_demo_offer().await;
    let ways = [&fleet.signup_database, &fleet.enquiry_database].map(|to| FaultProxy::start(to.upstream()));
    let through = fleet.signup_database.url_through(&ways[0]);
    fleet.signup.set(&[("DATABASE_URL", through)]);
    let through = fleet.enquiry_database.url_through(&ways[1]);
    fleet.enquiry.set(&[("DATABASE_URL", through)]);
    fleet.start_all().await;
    let signup =
        json!({ "email": "vera@example.com", "campaign": "instagram", "consent": { "updates": false } });
    let question = json!({ "email": "vera@example.com", "topic": "pricing", "message": "Is this thing on?" });
    let (signups, enquiries) = (
        fleet.signup.url("/v1/signups"),
        fleet.enquiry.url("/v1/enquiries"),
    );
    // The campaign is known from now on: nothing but the signup itself needs the database.
    fleet.sign_up("before@example.com").await;

    for way in &ways {
        way.set(Fault::BlackHole).await;
    }
    for (url, body) in [(&signups, &signup), (&enquiries, &question)] {
        let (status, wait) = post_with_key(&fleet, url, body).await;
        assert_eq!(status, 503, "not acknowledged: {url}");
        assert!(wait.is_some(), "it says when to try again: {url}");
    }
    for way in &ways {
        way.set(Fault::Pass).await;
    }

    for (url, body) in [(&signups, &signup), (&enquiries, &question)] {
        wait_until("it heals without a restart", DEADLINE, async || {
            post_with_key(&fleet, url, body).await.0 == 202
        })
        .await;
    }
    assert_eq!(
        requests(&fleet.signup_database, "signups").await,
        2,
        "the one before, and one"
    );
    assert_eq!(requests(&fleet.enquiry_database, "enquiries").await, 1);
}
