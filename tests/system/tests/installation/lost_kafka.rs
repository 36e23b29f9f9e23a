//! Kafka loses records, or all of them; what is owed is published again.

use kafka::create_topics;
use system::{Broker, Cluster, Fleet, Network, mails_to};
use testkit::{kafka, mailbox, wait_until};

use crate::DEADLINE;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_offer_has_not_arrived_waits_and_then_goes() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    fleet.apply_demo_offer().await;
    // The offer is not published while signup does not run; its event is put aside so that the signup's goes first.
    let pool = fleet.signup_database.pool();
    for statement in [
        "create table offers_aside as select * from outbox",
        "delete from outbox",
    ] {
        sqlx::query(statement)
            .execute(pool)
            .await
            .expect("the outbox is put aside");
    }
    fleet.signup.start().await;
    fleet.notification.start().await;
    fleet.sign_up("vera@example.com").await;
    wait_until("the mail waits for its offer", DEADLINE, async || {
        let waiting = "select count(*) from notifications where state = 'waiting_for_offer'";
        let waiting: i64 = sqlx::query_scalar(waiting)
            .fetch_one(fleet.notification_database.pool())
            .await
            .expect("the ledger can be read");
        waiting == 1
    })
    .await;
    assert!(mailbox.messages().is_empty());

    let back = "insert into outbox overriding system value select * from offers_aside order by seq";
    sqlx::query(back)
        .execute(fleet.signup_database.pool())
        .await
        .expect("the outbox is put back");
    mailbox.wait_for("the mail", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_owed_is_mailed_once_although_kafka_lost_its_whole_log() {
    let mailbox = mailbox().await;
    let mut broker = Broker::start().await;
    let mut fleet = Fleet::start(&Network::with_broker(&broker, &mailbox)).await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;

    // Published, but not consumed: exactly what is gone with the log.
    fleet.notification.stop().await;
    fleet.sign_up("lost@example.com").await;
    fleet.ask("question@example.com", "Does anybody read this?").await;
    wait_until("the events are on Kafka", DEADLINE, async || {
        let left = "select count(*) from outbox";
        let signup: i64 = sqlx::query_scalar(left)
            .fetch_one(fleet.signup_database.pool())
            .await
            .expect("the outbox can be read");
        let enquiry: i64 = sqlx::query_scalar(left)
            .fetch_one(fleet.enquiry_database.pool())
            .await
            .expect("the outbox can be read");
        signup + enquiry == 0
    })
    .await;
    broker.stop().await;
    broker.lose_log(Cluster::Anew);
    broker.start_again().await;
    create_topics(&broker.config(), &contracts::topics::all())
        .await
        .expect("the topics are made again");
    fleet.notification.start().await;

    for address in ["lost@example.com", "question@example.com", "sales@course.example"] {
        let what = format!("{address} is mailed");
        wait_until(&what, DEADLINE, async || !mails_to(&mailbox, address).is_empty()).await;
    }
    for address in [
        "before@example.com",
        "lost@example.com",
        "question@example.com",
        "sales@course.example",
    ] {
        assert_eq!(mails_to(&mailbox, address).len(), 1, "{address} is mailed once");
    }
}
