//! Two replicas of signup on one database.

use system::{Fleet, Network, mails_to};
use testkit::{kafka, mailbox, wait_until};
use tokio::task::JoinSet;

use crate::DEADLINE;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_parallel_posts_of_one_address_at_two_replicas_are_one_mail() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    let mut second = fleet.signup.replica();
    second.start().await;
    let urls = [fleet.signup.url("/v1/signups"), second.url("/v1/signups")];
    let body = serde_json::json!({
        "email": "vera@example.com", "campaign": "linkedin", "consent": { "updates": false },
    });

    let mut posts = JoinSet::new();
    for number in 0..200 {
        let request = fleet.http().post(&urls[number % 2]).json(&body);
        posts.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
    }
    assert!(posts.join_all().await.into_iter().all(|status| status == 202));

    let counted = "select count(*) filter (where delivery in ('owed', 'done')), count(*) from signups";
    let (owed, all): (i64, i64) = sqlx::query_as(counted)
        .fetch_one(fleet.signup_database.pool())
        .await
        .expect("the signups can be read");
    assert_eq!((owed, all), (1, 200), "all are kept, one is owed a mail");
    mailbox.wait_for("the one mail", |_| true).await;
    wait_until("the outcome has come back", DEADLINE, async || {
        let done = "select count(*) from signups where delivery = 'done'";
        let done: i64 = sqlx::query_scalar(done)
            .fetch_one(fleet.signup_database.pool())
            .await
            .expect("the signups can be read");
        done == 1
    })
    .await;
    assert_eq!(mails_to(&mailbox, "vera@example.com").len(), 1);
}
