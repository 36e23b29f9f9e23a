//! A mailbox of one test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use testkit::{http_client, mailbox};

/// Speaks just enough SMTP.
fn send(smtp_url: &str, to: &str, subject: &str) {
    let stream = TcpStream::connect(smtp_url.trim_start_matches("smtp://")).expect("the mailbox listens");
    let mut replies = BufReader::new(stream.try_clone().expect("a socket")).lines();
    let mail = format!("Subject: {subject}\r\nFrom: a@example.com\r\nTo: {to}\r\n\r\nHello\r\n.");
    for line in [
        "HELO test",
        "MAIL FROM:<a@example.com>",
        &format!("RCPT TO:<{to}>"),
        "DATA",
        &mail,
        "QUIT",
    ] {
        let reply = replies.next().expect("a reply").expect("a reply");
        assert!(reply.starts_with(['2', '3']), "{reply}");
        write!(&stream, "{line}\r\n").expect("a line was sent");
    }
}

#[tokio::test]
async fn a_mail_is_waited_for_and_read() {
    let mailbox = mailbox().await;
    let url = mailbox.smtp_url();
    let sent = tokio::task::spawn_blocking(move || {
        send(&url, "one@example.com", "First");
        send(&url, "two@example.com", "Second");
    });
    let mail = mailbox
        .wait_for("the second mail", |mail| mail.outline.subject == "Second")
        .await;
    sent.await.unwrap();
    assert_eq!(mail.outline.envelope.to, ["two@example.com"]);
    assert!(mailbox.message(&mail).await.text.contains("Hello"));
    assert!(mailbox.raw(&mail).await.starts_with(b"Subject: Second"));
    assert_eq!(mailbox.messages().len(), 2);
}

#[tokio::test]
async fn each_test_has_its_own_mailbox_with_its_own_api() {
    let (one, other) = (mailbox().await, mailbox().await);
    let url = one.smtp_url();
    tokio::task::spawn_blocking(move || send(&url, "one@example.com", "First"))
        .await
        .unwrap();
    one.wait_for("the mail", |_| true).await;
    assert!(other.messages().is_empty());
    let answer = http_client()
        .get(format!("{}/api/v1/messages", one.http_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}
