//! Each service is killed once, in the middle of its work.

use std::collections::BTreeSet;
use std::time::Duration;

use system::{Fleet, Network, mails_to};
use testkit::{Fault, FaultProxy, TestMailbox, kafka, mailbox, wait_until};
use tokio::task::JoinSet;

use crate::DEADLINE;

const VISITORS: usize = 60;
/// Mails that notification sends at once.
const SENDERS: usize = 8;

fn address(number: usize) -> String {
    format!("visitor{number}@example.com")
}

async fn everybody_is_mailed(mailbox: &TestMailbox, acknowledged: &BTreeSet<String>) {
    wait_until("every acknowledged visitor is mailed", DEADLINE, async || {
        acknowledged
            .iter()
            .all(|address| !mails_to(mailbox, address).is_empty())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_signup_acknowledged_before_it_was_killed_is_mailed() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    fleet.apply_demo_offer().await;
    // A commit takes a while, so that the kill comes before what was answered too early.
    let way = FaultProxy::start(fleet.signup_database.upstream());
    way.set(Fault::Latency(Duration::from_millis(50))).await;
    let through = fleet.signup_database.url_through(&way);
    fleet.signup.set(&[("DATABASE_URL", through)]);
    fleet.start_all().await;

    let mut posts = JoinSet::new();
    for number in 0..VISITORS {
        let (http, url, address) = (
            fleet.http().clone(),
            fleet.signup.url("/v1/signups"),
            address(number),
        );
        posts.spawn(async move {
            let body = serde_json::json!({
                "email": address, "campaign": "instagram", "consent": { "updates": false },
            });
            let answer = http.post(url).json(&body).send().await;
            answer
                .is_ok_and(|answer| answer.status() == 202)
                .then_some(address)
        });
    }
    let first = posts
        .join_next()
        .await
        .expect("posts are under way")
        .expect("a post ends");
    fleet.signup.kill();
    let acknowledged: BTreeSet<_> = posts
        .join_all()
        .await
        .into_iter()
        .chain([first])
        .flatten()
        .collect();
    fleet.signup.start().await;

    assert!(!acknowledged.is_empty(), "somebody was answered before the kill");
    everybody_is_mailed(&mailbox, &acknowledged).await;
    let once = acknowledged
        .iter()
        .all(|address| mails_to(&mailbox, address).len() == 1);
    assert!(once, "a killed signup repeats events, never mails");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_notification_owed_when_it_was_killed_is_mailed_under_the_same_message_id() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let relay = FaultProxy::start(mailbox.upstream());
    let mut network = Network::new(&kafka, &mailbox);
    network.smtp_url = format!("smtp://{}", relay.address());
    let mut fleet = Fleet::new(&network).await;
    fleet
        .notification
        .set(&[("SMTP_CONNECTIONS", SENDERS.to_string())]);
    fleet.apply_demo_offer().await;
    fleet.start_all().await;

    // From some moment on the relay hangs, so that the kill finds mails under way.
    let mut acknowledged = BTreeSet::new();
    for number in 0..VISITORS {
        if number == VISITORS / 2 {
            relay.set(Fault::BlackHole).await;
        }
        fleet.sign_up(&address(number)).await;
        acknowledged.insert(address(number));
    }
    wait_until("mails are under way", DEADLINE, async || {
        let leased = "select count(*) from due_notifications where leased_until > now()";
        let leased: i64 = sqlx::query_scalar(leased)
            .fetch_one(fleet.notification_database.pool())
            .await
            .expect("the ledger can be read");
        leased > 0
    })
    .await;
    fleet.notification.kill();
    relay.set(Fault::Pass).await;
    fleet.notification.start().await;

    everybody_is_mailed(&mailbox, &acknowledged).await;
    for address in &acknowledged {
        let ids: BTreeSet<_> = mails_to(&mailbox, address)
            .iter()
            .map(|mail| mail.outline.message_id.clone())
            .collect();
        assert_eq!(ids.len(), 1, "a repeated mail keeps its Message-ID");
    }
    let extra = mailbox.messages().len() - VISITORS;
    assert!(
        extra <= SENDERS,
        "{extra} extra mails, at most one for each sender under way"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_notification_had_read_but_not_stored_when_it_was_killed_is_mailed() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::without_republishing(&Network::new(&kafka, &mailbox)).await;
    let way = FaultProxy::start(fleet.notification_database.upstream());
    let through = fleet.notification_database.url_through(&way);
    fleet.notification.set(&[("DATABASE_URL", through)]);
    fleet.start_all().await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;

    way.set(Fault::Refuse).await;
    fleet.sign_up("during@example.com").await;
    wait_until("its event was read", DEADLINE, async || {
        fleet.notification.log().contains("batch is tried again")
    })
    .await;
    fleet.notification.kill();
    way.set(Fault::Pass).await;
    fleet.notification.start().await;

    everybody_is_mailed(&mailbox, &["during@example.com".to_owned()].into()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_takes_no_other_mail_while_it_cannot_record_what_became_of_the_last() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    fleet.apply_demo_offer().await;
    fleet.notification.set(&[("SMTP_CONNECTIONS", "2".to_owned())]);
    fleet.start_all().await;

    // Mails can be claimed, but no attempt be recorded.
    let mut database = fleet.notification_database.connection().await;
    let mut holder = sqlx::Connection::begin(&mut database)
        .await
        .expect("a transaction begins");
    sqlx::query("lock table attempts in exclusive mode")
        .execute(&mut *holder)
        .await
        .expect("the table is locked");
    for number in 0..20 {
        fleet.sign_up(&address(number)).await;
    }
    wait_until("outcomes cannot be recorded", DEADLINE, async || {
        fleet
            .notification
            .log()
            .contains("outcomes cannot be recorded yet")
    })
    .await;

    assert!(mailbox.messages().len() <= 2, "one mail a sender went out");
    holder.rollback().await.expect("the table is free");
    everybody_is_mailed(&mailbox, &(0..20).map(address).collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_enquiry_acknowledged_before_it_was_killed_reaches_the_team() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;

    for number in 0..10 {
        fleet
            .ask(&address(number), &format!("Question number {number} of ten"))
            .await;
    }
    fleet.enquiry.kill();
    fleet.enquiry.start().await;

    let expected: BTreeSet<_> = (0..10).map(address).collect();
    everybody_is_mailed(&mailbox, &expected).await;
    wait_until("the team has all questions", DEADLINE, async || {
        mails_to(&mailbox, "sales@course.example").len() == 10
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_good_order_leaves_nothing_behind() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("vera@example.com").await;
    mailbox.wait_for("the delivery mail", |_| true).await;

    fleet.signup.stop().await;
    fleet.enquiry.stop().await;
    fleet.notification.stop().await;

    let held: i64 = sqlx::query_scalar("select count(*) from due_notifications where lease_id is not null")
        .fetch_one(fleet.notification_database.pool())
        .await
        .expect("the ledger can be read");
    assert_eq!(held, 0, "no lease is left to run out");
}
