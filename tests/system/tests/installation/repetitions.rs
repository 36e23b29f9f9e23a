//! Events that come again, and events that nobody can read.

use contracts::signup::SignupAccepted;
use contracts::{Payload, topics};
use kafka::Record;
use system::{Fleet, Network, mails_to};
use testkit::{TestKafka, kafka, mailbox, wait_until};

use crate::DEADLINE;
use crate::replay::{again, as_another_event, produce};

/// The records of the accepted signups so far, as they could be produced again.
async fn accepted(kafka: &TestKafka) -> Vec<Record> {
    let is_accepted = |header: Option<&[u8]>| header == Some(SignupAccepted::TYPE.as_bytes());
    let tail = kafka.tail(topics::SIGNUP_EVENTS);
    let wanted = "the event of the signup";
    let records = tail
        .wait_for(wanted, |all| {
            all.iter().any(|one| is_accepted(one.header("ce_type")))
        })
        .await;
    records
        .into_iter()
        .filter(|one| is_accepted(one.header("ce_type")))
        .map(again)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_ten_times_more_is_one_mail() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("vera@example.com").await;
    mailbox.wait_for("the delivery mail", |_| true).await;

    let event = accepted(&kafka).await.remove(0);
    let (_, behind) = as_another_event(&event);
    let mut records = vec![event; 10];
    records.push(behind);
    produce(&kafka, records).await;

    wait_until("the mail of the event behind them comes", DEADLINE, async || {
        mails_to(&mailbox, "vera@example.com").len() > 1
    })
    .await;
    let rows: i64 = sqlx::query_scalar("select count(*) from notifications")
        .fetch_one(fleet.notification_database.pool())
        .await
        .expect("the ledger can be read");
    assert_eq!(rows, 2, "ten repetitions left nothing");
    assert_eq!(mails_to(&mailbox, "vera@example.com").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_goes_to_the_dead_letters_and_the_partition_goes_on() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("vera@example.com").await;
    mailbox.wait_for("the delivery mail", |_| true).await;
    let good = accepted(&kafka).await.remove(0);

    let garbage = Record {
        payload: Some(b"{\"signup_id\": 7".to_vec()),
        ..good.clone()
    };
    let mut newer = good.clone();
    for (name, value) in &mut newer.headers {
        if name == "ce_type" {
            *value = SignupAccepted::TYPE.replace(".v1", ".v2").into_bytes();
        }
    }
    let (_, behind) = as_another_event(&good);
    let headless = Record {
        headers: Vec::new(),
        ..good
    };
    produce(&kafka, vec![garbage.clone(), newer, headless, behind]).await;

    let letters = kafka.tail("notification.dead-letters");
    let letters = letters.wait_for("three dead letters", |all| all.len() >= 3).await;
    assert_eq!(letters.len(), 3);
    let kept = letters.iter().filter(|letter| letter.payload == garbage.payload);
    assert_eq!(kept.count(), 1, "a dead letter keeps its value as it was");
    wait_until(
        "the event behind them in the same partition is mailed",
        DEADLINE,
        async || mails_to(&mailbox, "vera@example.com").len() == 2,
    )
    .await;
}
