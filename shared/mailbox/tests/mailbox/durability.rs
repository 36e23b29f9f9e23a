//! What is in the folder, and what a restart makes of it.

use std::fs;

use lifecycle::Supervisor;
use mailbox::{Mailbox, MailboxConfig};

use crate::client::SmtpClient;
use crate::running::{ANY_PORT, FULL, Folder, Running, mail};

#[tokio::test]
async fn a_restart_finds_every_mail_as_it_was() {
    let running = Running::start().await;
    running.deliver(&[&mail("One"), FULL]).await;
    let before = running.json("/api/v1/messages").await;
    let running = Running::start_in(running.stop().await).await;
    assert_eq!(running.json("/api/v1/messages").await, before);
    assert_eq!(running.text("/api/v1/message/latest/raw").await, FULL);
}

/// The runtime is torn down in the middle of everything, as close to `kill -9` as one process comes.
#[test]
fn a_process_that_dies_loses_nothing_that_was_answered_with_250() {
    let folder = Folder::new();
    let dying = tokio::runtime::Runtime::new().expect("a runtime");
    dying.block_on(async {
        let config = MailboxConfig::bind(ANY_PORT, ANY_PORT, folder.path().to_owned()).expect("free ports");
        let mailbox = Mailbox::start(config, &Supervisor::new())
            .await
            .expect("the mailbox starts");
        let mut client = SmtpClient::connect(mailbox.smtp_addr()).await;
        let reply = client
            .send("a@mail.example", &["ada@mail.example"], &mail("Acknowledged"))
            .await;
        assert!(reply.starts_with("250 "), "{reply}");
        client.say("MAIL FROM:<a@mail.example>").await;
        client.say("RCPT TO:<ada@mail.example>").await;
        client.say("DATA").await;
        client.write(b"Subject: Half\r\n\r\nto be").await;
    });
    dying.shutdown_background();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let subjects = runtime.block_on(async { Running::start_in(folder).await.subjects() });
    assert_eq!(subjects, ["Acknowledged"]);
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_cleared_away() {
    let folder = Folder::new();
    let leftover = folder
        .path()
        .join("incoming/019339c1-0000-7000-8000-000000000000");
    fs::create_dir_all(leftover.parent().expect("a parent")).expect("a folder");
    fs::write(&leftover, "X-Mailbox-Outline: {\"Mess").expect("a file");
    let running = Running::start_in(folder).await;
    assert!(running.subjects().is_empty());
    assert!(!leftover.exists());
}

#[tokio::test]
async fn a_file_that_is_none_of_ours_is_left_alone() {
    let running = Running::start().await;
    running.deliver(&[&mail("One")]).await;
    let folder = running.stop().await;
    let foreign = folder.path().join("mails/notes.txt");
    fs::write(&foreign, "not a mail").expect("a file");
    let running = Running::start_in(folder).await;
    assert_eq!(running.subjects(), ["One"]);
    assert!(foreign.exists());
}

#[tokio::test]
async fn a_kept_file_is_a_mail_that_any_reader_opens() {
    let running = Running::start().await;
    running.deliver(&[&mail("One")]).await;
    let id = running.mailbox.messages()[0].id;
    let file = fs::read_to_string(running.folder.path().join(format!("mails/{id}.eml"))).expect("the file");
    let (outline, rest) = file.split_once("\r\n").expect("a first line");
    assert!(outline.starts_with("X-Mailbox-Outline: {"), "{outline}");
    assert_eq!(rest, mail("One"));
}

#[tokio::test]
async fn deleted_mails_stay_deleted_after_a_restart() {
    let running = Running::start().await;
    running.deliver(&[&mail("One")]).await;
    let deleted = running
        .http()
        .delete(running.url("/api/v1/messages"))
        .send()
        .await;
    assert!(deleted.expect("an answer").status().is_success());
    let running = Running::start_in(running.stop().await).await;
    assert!(running.subjects().is_empty());
}
