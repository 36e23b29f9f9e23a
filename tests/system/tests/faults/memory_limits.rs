//! A process that takes more memory than it may have: the kernel kills it in the middle of its work.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use system::{Fleet, MemoryLimit, Network, Server, Service, mails_to};
use testkit::{TestMailbox, kafka, mailbox, wait_until};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::DEADLINE;

/// What a limited process may take more than it has.
const MORE_MEBIBYTES: u64 = 6;
/// Bodies that are held while they are read: more than that.
const HALF_SENT: usize = 600;

async fn everybody_is_mailed_once(mailbox: &TestMailbox, acknowledged: &BTreeSet<String>) {
    wait_until("every acknowledged visitor is mailed", DEADLINE, async || {
        acknowledged
            .iter()
            .all(|address| !mails_to(mailbox, address).is_empty())
    })
    .await;
    for address in acknowledged {
        assert_eq!(mails_to(mailbox, address).len(), 1, "{address} is mailed once");
    }
}

/// Bodies that are almost whole, on connections that stay open.
async fn fill_memory(address: SocketAddr, path: &str) -> Vec<TcpStream> {
    let body = "x".repeat(31 * 1024);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len() + 1
    );
    let mut held = Vec::new();
    for _ in 0..HALF_SENT {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            break;
        };
        if stream.write_all(head.as_bytes()).await.is_ok() {
            held.push(stream);
        }
    }
    held
}

/// The service is killed under its limit, and started again without one. `false` where no limit can be set.
async fn is_killed_and_starts_again(service: &mut Service, path: &str) -> bool {
    let Some(limit) = MemoryLimit::of(service.id(), MORE_MEBIBYTES) else {
        return false;
    };
    let held = fill_memory(service.public(), path).await;
    service.was_killed().await;
    drop(held);
    drop(limit);
    service.start().await;
    true
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants root, for a limit to a process's memory"]
async fn a_signup_and_an_enquiry_that_run_out_of_memory_lose_nothing() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    let mut acknowledged = BTreeSet::new();
    for number in 0..40 {
        let (visitor, asker) = (
            format!("visitor{number}@example.com"),
            format!("asker{number}@example.com"),
        );
        fleet.sign_up(&visitor).await;
        fleet.ask(&asker, "Is there memory for my question?").await;
        acknowledged.extend([visitor, asker]);
    }
    if is_killed_and_starts_again(&mut fleet.signup, "/v1/signups").await {
        is_killed_and_starts_again(&mut fleet.enquiry, "/v1/enquiries").await;
    }
    everybody_is_mailed_once(&mailbox, &acknowledged).await;
}

/// The demo's offer with a file that is attached and takes more memory than there is.
fn heavy_offer() -> PathBuf {
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../services/leadstream/demo/offers/system-design-cheat-sheet");
    let to = std::env::temp_dir().join(format!("leadstream-heavy-{}", std::process::id()));
    fs::create_dir_all(&to).expect("a folder");
    for file in [
        "offer.toml",
        "mail.txt",
        "mail.html",
        "system-design-cheat-sheet.pdf",
    ] {
        fs::copy(from.join(file), to.join(file)).expect("the demo's file");
    }
    let file = fs::OpenOptions::new()
        .append(true)
        .open(to.join("system-design-cheat-sheet.pdf"))
        .expect("the file");
    file.set_len(9 * 1024 * 1024).expect("it grows");
    to
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants root, for a limit to a process's memory"]
async fn a_notification_that_runs_out_of_memory_loses_nothing() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("before@example.com").await;
    mailbox.wait_for("the mail before", |_| true).await;
    let Some(limit) = MemoryLimit::of(fleet.notification.id(), MORE_MEBIBYTES) else {
        return;
    };
    let offer = heavy_offer();
    fleet
        .signup
        .run(&["offers", "apply", &offer.display().to_string()])
        .await;
    fs::remove_dir_all(&offer).expect("it was read");
    let mut acknowledged = BTreeSet::new();
    for number in 0..10 {
        let address = format!("visitor{number}@example.com");
        fleet.sign_up(&address).await;
        acknowledged.insert(address);
    }
    fleet.notification.was_killed().await;
    drop(limit);
    fleet.notification.start().await;
    wait_until("every acknowledged visitor is mailed", DEADLINE, async || {
        acknowledged
            .iter()
            .all(|address| !mails_to(&mailbox, address).is_empty())
    })
    .await;
    let ids: BTreeSet<_> = mailbox
        .messages()
        .iter()
        .map(|mail| mail.outline.message_id.clone())
        .collect();
    assert_eq!(
        ids.len(),
        acknowledged.len() + 1,
        "a repeated mail keeps its Message-ID"
    );
}

/// One session that is killed makes Postgres end all of them and recover.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "with a server of its own"]
async fn a_session_of_postgres_that_is_killed_costs_no_request_that_was_acknowledged() {
    let server = Server::start().await;
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    let url = server.create("signup").await;
    fleet.signup.set(&[("DATABASE_URL", url)]);
    fleet.signup.run(&["migrate"]).await;
    fleet.apply_demo_offer().await;
    fleet.start_all().await;
    let mut acknowledged = BTreeSet::new();
    for number in 0..60 {
        if number == 30 {
            server.crash_one_session().await;
        }
        let address = format!("visitor{number}@example.com");
        let body =
            serde_json::json!({ "email": address, "campaign": "instagram", "consent": { "updates": false } });
        wait_until("it heals without a restart", DEADLINE, async || {
            let post = fleet.http().post(fleet.signup.url("/v1/signups")).json(&body);
            let answer = post
                .header("idempotency-key", &address)
                .send()
                .await
                .expect("signup answers");
            assert!(
                [202, 503].contains(&answer.status().as_u16()),
                "{}",
                answer.status()
            );
            answer.status() == 202
        })
        .await;
        acknowledged.insert(address);
    }
    everybody_is_mailed_once(&mailbox, &acknowledged).await;
}
