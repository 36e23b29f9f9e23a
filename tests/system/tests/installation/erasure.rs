//! Erasing a person everywhere.

use contracts::topics;
use kafka::{Producer, Record};
use sqlx::PgPool;
use system::{Fleet, Network, mails_to};
use testkit::{kafka, mailbox, wait_until};

use crate::DEADLINE;

const TRACES: [&str; 3] = ["vera.erased", "Verasname", "Please never keep this sentence"];

/// Every row of every table as text.
async fn all_rows(pool: &PgPool) -> String {
    let tables = "select table_name::text from information_schema.tables where table_schema = 'public' \
                  and table_type = 'BASE TABLE'";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(pool)
        .await
        .expect("the tables are known");
    let mut text = String::new();
    for table in tables {
        // Bytes are shown as they are, so that an address within a payload is found.
        let rows = format!("select replace(t::text, '\\', '') from (select * from \"{table}\") t");
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(rows))
            .fetch_all(pool)
            .await
            .expect("a table can be read");
        text.extend(rows);
    }
    text
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

async fn traces(fleet: &Fleet) -> Vec<String> {
    let mut found = Vec::new();
    for database in [
        &fleet.signup_database,
        &fleet.enquiry_database,
        &fleet.notification_database,
    ] {
        let rows = all_rows(database.pool()).await;
        let kept = TRACES
            .iter()
            .filter(|trace| rows.contains(**trace) || rows.contains(&hex(trace)));
        found.extend(kept.map(|trace| (*trace).to_owned()));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_leaves_no_trace_and_a_replay_stays_inert() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    let body = serde_json::json!({
        "email": "vera.erased@example.com", "name": "Verasname", "campaign": "youtube",
        "consent": { "updates": true },
    });
    fleet
        .http()
        .post(fleet.signup.url("/v1/signups"))
        .json(&body)
        .send()
        .await
        .expect("signup answers");
    let question = serde_json::json!({
        "email": "vera.erased@example.com", "name": "Verasname", "topic": "pricing",
        "message": "Please never keep this sentence",
    });
    fleet
        .http()
        .post(fleet.enquiry.url("/v1/enquiries"))
        .json(&question)
        .send()
        .await
        .expect("enquiry answers");
    wait_until("both mails have come", DEADLINE, async || {
        mails_to(&mailbox, "vera.erased@example.com").len() == 2
    })
    .await;
    assert!(!traces(&fleet).await.is_empty(), "the search finds what is there");
    let records = kafka
        .tail(topics::SIGNUP_EVENTS)
        .wait_for("the event", |all| !all.is_empty())
        .await;

    fleet
        .signup
        .run(&["person", "erase", "vera.erased@example.com"])
        .await;

    wait_until("no database holds a trace", DEADLINE, async || {
        traces(&fleet).await.is_empty()
    })
    .await;
    wait_until("both services have confirmed", DEADLINE, async || {
        let open = "select count(*) from erased_people where enquiry_confirmed_at is null \
                    or notification_confirmed_at is null";
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(fleet.signup_database.pool())
            .await
            .expect("it can be read");
        open == 0
    })
    .await;

    let again = records.into_iter().map(|one| Record {
        topic: one.topic,
        key: one.key,
        payload: one.payload,
        headers: one.headers,
        timestamp: one.timestamp,
    });
    let producer = Producer::new(&kafka.config("test")).expect("a producer");
    for sent in producer.send_all(again.collect()).await {
        sent.expect("the record is persisted");
    }
    fleet.sign_up("marker@example.com").await;
    mailbox
        .wait_for("the mail behind", |mail| {
            mail.outline.to[0].address == "marker@example.com"
        })
        .await;
    assert_eq!(
        mails_to(&mailbox, "vera.erased@example.com").len(),
        2,
        "a replay mails nobody who was erased"
    );
    assert_eq!(
        traces(&fleet).await,
        Vec::<String>::new(),
        "a replay brings nothing back"
    );
}
