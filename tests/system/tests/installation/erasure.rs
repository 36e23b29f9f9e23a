//! Erasing a person everywhere.

use contracts::topics;
use system::{Fleet, Network, all_rows, holds, mails_to};
use testkit::{TestMailbox, kafka, mailbox, wait_until};

use crate::{DEADLINE, replay};

const TRACES: [&str; 3] = ["vera.erased", "Verasname", "Please never keep this sentence"];

async fn traces(fleet: &Fleet) -> Vec<String> {
    let mut found = Vec::new();
    for database in [
        &fleet.signup_database,
        &fleet.enquiry_database,
        &fleet.notification_database,
    ] {
        let rows = all_rows(database.pool()).await;
        let kept = TRACES.iter().filter(|trace| holds(&rows, trace));
        found.extend(kept.map(|trace| (*trace).to_owned()));
    }
    found
}

/// A signup and a question of one person, both mailed.
async fn leave_traces(fleet: &Fleet, mailbox: &TestMailbox) {
    let signup = serde_json::json!({
        "email": "vera.erased@example.com", "name": "Verasname", "campaign": "youtube",
        "consent": { "updates": true },
    });
    let question = serde_json::json!({
        "email": "vera.erased@example.com", "name": "Verasname", "topic": "pricing",
        "message": "Please never keep this sentence",
    });
    for (url, body) in [
        (fleet.signup.url("/v1/signups"), signup),
        (fleet.enquiry.url("/v1/enquiries"), question),
    ] {
        let answer = fleet
            .http()
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("the service answers");
        assert_eq!(answer.status(), 202);
    }
    wait_until("both mails have come", DEADLINE, async || {
        mails_to(mailbox, "vera.erased@example.com").len() == 2
    })
    .await;
}

async fn everybody_has_confirmed(fleet: &Fleet) {
    let open = "select count(*) from erased_people where enquiry_confirmed_at is null \
                or notification_confirmed_at is null";
    wait_until("both services have confirmed", DEADLINE, async || {
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(fleet.signup_database.pool())
            .await
            .expect("it can be read");
        open == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_leaves_no_trace_and_a_replay_stays_inert() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    leave_traces(&fleet, &mailbox).await;
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
    everybody_has_confirmed(&fleet).await;
    let mut records: Vec<_> = records.into_iter().map(replay::again).collect();
    let (behind, record) = replay::as_another_event(&records[0]);
    records.push(record);
    replay::produce(&kafka, records).await;
    wait_until(
        "the ledger keeps the id of the event behind them",
        DEADLINE,
        async || {
            let kept: i64 = sqlx::query_scalar("select count(*) from notifications where event_id = $1")
                .bind(behind)
                .fetch_one(fleet.notification_database.pool())
                .await
                .expect("the ledger can be read");
            kept == 1
        },
    )
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
