//! Kafka and the relay go away and come back; nothing that was acknowledged is lost.

use system::{Broker, Fleet, Network, mails_to};
use testkit::{Fault, FaultProxy, kafka, mailbox, wait_until};

use crate::DEADLINE;

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_taken_without_kafka_and_mailed_when_it_is_back() {
    let mailbox = mailbox().await;
    let mut broker = Broker::start().await;
    let fleet = Fleet::start(&Network::with_broker(&broker, &mailbox)).await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;

    broker.stop().await;
    fleet.sign_up("during@example.com").await;
    fleet.ask("question@example.com", "Is this thing on?").await;
    broker.start_again().await;

    wait_until("both are mailed", DEADLINE, async || {
        mails_to(&mailbox, "during@example.com").len() == 1
            && mails_to(&mailbox, "question@example.com").len() == 1
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
    assert_eq!(mails_to(&mailbox, "during@example.com").len(), 1);
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
    relay.set(Fault::Pass).await;

    mailbox.wait_for("the mail", |_| true).await;
    assert_eq!(mails_to(&mailbox, "vera@example.com").len(), 1);
}
