//! A full disk under Postgres, and under Kafka.

use std::collections::BTreeSet;

use reqwest::Client;
use serde_json::{Value, json};
use sqlx::PgPool;
use system::{Broker, Fleet, Network, Server, SmallDisk, mails_to};
use testkit::{TestMailbox, kafka, mailbox, wait_until};

use crate::DEADLINE;

/// By then a full disk has been noticed.
const MOST: usize = 3_000;

fn signup(address: &str) -> Value {
    json!({ "email": address, "campaign": "instagram", "consent": { "updates": false } })
}

fn question(address: &str) -> Value {
    json!({ "email": address, "topic": "pricing", "message": "Is there room for my question?".repeat(20) })
}

async fn post(http: &Client, url: &str, body: &Value) -> (u16, bool) {
    let key = body["email"].as_str().expect("an address");
    let post = http.post(url).json(body).header("idempotency-key", key);
    let answer = post.send().await.expect("the service answers");
    (
        answer.status().as_u16(),
        answer.headers().contains_key("retry-after"),
    )
}

/// Asks until one is told to come again, and returns that one. Those before were acknowledged.
async fn until_refused(
    http: &Client,
    url: &str,
    bodies: impl Iterator<Item = Value>,
    acknowledged: &mut BTreeSet<String>,
) -> Value {
    for body in bodies.take(MOST) {
        match post(http, url, &body).await {
            (202, _) => acknowledged.insert(body["email"].as_str().expect("an address").to_owned()),
            (503, true) => return body,
            (status, waits) => panic!("{status} with Retry-After: {waits}, from {url}"),
        };
    }
    panic!("{url} takes more than a full disk holds");
}

async fn each_is_mailed_once(mailbox: &TestMailbox, addresses: &BTreeSet<String>) {
    wait_until("everybody who was acknowledged is mailed", DEADLINE, async || {
        addresses
            .iter()
            .all(|address| !mails_to(mailbox, address).is_empty())
    })
    .await;
    for address in addresses {
        assert_eq!(mails_to(mailbox, address).len(), 1, "{address} is mailed once");
    }
}

async fn rows(pool: &PgPool, table: &str) -> usize {
    let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    let count: i64 = sqlx::query_scalar(count)
        .fetch_one(pool)
        .await
        .expect("the table can be read");
    usize::try_from(count).expect("a number of rows")
}

/// Catches an answer before the commit, and a pool that keeps what a full disk has broken.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants root, and fills a disk of its own"]
async fn with_the_disk_of_postgres_full_nobody_is_told_yes_and_with_room_again_it_heals() {
    let Some(disk) = SmallDisk::mount(320) else { return };
    let server = Server::start_in(disk.folder()).await;
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    let urls = [server.create("signup").await, server.create("enquiry").await];
    for (service, url) in [&mut fleet.signup, &mut fleet.enquiry].into_iter().zip(&urls) {
        service.set(&[("DATABASE_URL", url.clone())]);
        service.run(&["migrate"]).await;
    }
    fleet.apply_demo_offer().await;
    fleet.start_all().await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;

    disk.fill();
    let (http, mut visitors, mut askers) = (fleet.http(), BTreeSet::new(), BTreeSet::new());
    let (signups, enquiries) = (
        fleet.signup.url("/v1/signups"),
        fleet.enquiry.url("/v1/enquiries"),
    );
    let bodies = (0..).map(|number| signup(&format!("visitor{number}@example.com")));
    let refused = until_refused(http, &signups, bodies, &mut visitors).await;
    let bodies = (0..).map(|number| question(&format!("asker{number}@example.com")));
    let unanswered = until_refused(http, &enquiries, bodies, &mut askers).await;

    disk.free();
    for (url, body, among) in [
        (&signups, &refused, &mut visitors),
        (&enquiries, &unanswered, &mut askers),
    ] {
        wait_until("it heals without a restart", DEADLINE, async || {
            post(http, url, body).await.0 == 202
        })
        .await;
        among.insert(body["email"].as_str().expect("an address").to_owned());
    }
    server.crash().await;
    let pools = urls.map(|url| PgPool::connect_lazy(&url).expect("a URL"));
    wait_until("the server has recovered", DEADLINE, async || {
        sqlx::query("select 1").execute(&pools[0]).await.is_ok()
    })
    .await;
    assert_eq!(
        rows(&pools[0], "signups").await,
        visitors.len() + 1,
        "one row for each, and the one before"
    );
    assert_eq!(rows(&pools[1], "enquiries").await, askers.len());
    each_is_mailed_once(&mailbox, &visitors).await;
    each_is_mailed_once(&mailbox, &askers).await;
}

/// Catches an outbox whose rows go before Kafka has them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants root, and fills a disk of its own"]
async fn with_the_disk_of_kafka_full_requests_wait_in_the_outbox_and_are_mailed_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(64) else { return };
    let broker = Broker::start_in(disk.folder()).await;
    let mailbox = mailbox().await;
    let mut fleet = Fleet::without_republishing(&Network::with_broker(&broker, &mailbox)).await;
    fleet.start_all().await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;

    disk.fill();
    let mut acknowledged = BTreeSet::new();
    let url = fleet.signup.url("/v1/signups");
    for number in 0..200 {
        let address = format!("visitor{number}@example.com");
        assert_eq!(
            post(fleet.http(), &url, &signup(&address)).await.0,
            202,
            "{address}"
        );
        acknowledged.insert(address);
    }
    fleet.ask("asker@example.com", "Is this thing on?").await;
    acknowledged.insert("asker@example.com".to_owned());
    wait_until("a full disk is noticed", DEADLINE, async || {
        fleet.signup.log().contains("\"level\":\"WARN\"")
    })
    .await;
    assert!(
        rows(fleet.signup_database.pool(), "outbox").await > 0,
        "events wait in the outbox"
    );

    // What its publisher had in hand goes with it, unless the row is still there.
    fleet.signup.kill();
    disk.free();
    fleet.signup.start().await;
    each_is_mailed_once(&mailbox, &acknowledged).await;
    wait_until("the outbox is empty", DEADLINE, async || {
        rows(fleet.signup_database.pool(), "outbox").await == 0
    })
    .await;
}
