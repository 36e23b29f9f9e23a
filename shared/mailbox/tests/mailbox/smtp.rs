//! The dialogue with senders.

use std::time::Duration;

use mailbox::MAX_MAIL_BYTES;

use crate::client::SmtpClient;
use crate::running::{Running, mail};

#[tokio::test]
async fn a_mail_is_in_the_mailbox_as_soon_as_it_was_answered_with_250() {
    let running = Running::start().await;
    running.deliver(&[&mail("One")]).await;
    assert_eq!(running.subjects(), ["One"]);
}

#[tokio::test]
async fn the_server_offers_its_extensions_to_ehlo_and_none_to_helo() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    let offer = client.say("EHLO test").await;
    for extension in [
        "SIZE 31457280",
        "8BITMIME",
        "PIPELINING",
        "ENHANCEDSTATUSCODES",
        "SMTPUTF8",
    ] {
        assert!(
            offer.lines().any(|line| &line[4..] == extension),
            "{extension} in {offer}"
        );
    }
    assert_eq!(client.say("HELO test").await, "250 mailbox");
}

#[tokio::test]
async fn several_mails_go_through_one_connection() {
    let running = Running::start().await;
    running
        .deliver(&[&mail("One"), &mail("Two"), &mail("Three")])
        .await;
    assert_eq!(running.subjects(), ["Three", "Two", "One"]);
}

#[tokio::test]
async fn commands_sent_in_one_go_are_answered_in_order() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    client
        .write(
            b"MAIL FROM:<>\r\nRCPT TO:<ada@mail.example>\r\nRCPT TO:<nobody>\r\nNOOP\r\nVRFY ada\r\nDATA\r\n",
        )
        .await;
    let mut codes = Vec::new();
    for _ in 0..6 {
        codes.push(client.reply().await[..3].to_owned());
    }
    assert_eq!(codes, ["250", "250", "553", "250", "252", "354"]);
    client
        .write(format!("{}.\r\nQUIT\r\n", mail("One")).as_bytes())
        .await;
    assert!(client.reply().await.starts_with("250 "));
    assert!(client.reply().await.starts_with("221 "));
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn lines_that_begin_with_a_dot_arrive_as_they_were() {
    let running = Running::start().await;
    running
        .deliver(&["Subject: Dots\r\n\r\n..\r\n..a\r\nb.\r\n"])
        .await;
    let raw = running
        .mailbox
        .raw(running.mailbox.messages()[0].id)
        .await
        .expect("readable");
    assert_eq!(
        raw.as_deref(),
        Some(b"Subject: Dots\r\n\r\n.\r\n.a\r\nb.\r\n".as_slice())
    );
}

#[tokio::test]
async fn a_mail_cannot_be_smuggled_in_behind_a_bare_line_end() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    let hidden = format!("{}\n.\nMAIL FROM:<evil@mail.example>\r\n", mail("Outer"));
    let reply = client
        .send("sender@mail.example", &["ada@mail.example"], &hidden)
        .await;
    assert!(reply.starts_with("554 5.6.0"), "{reply}");
    assert!(running.subjects().is_empty());
    let reply = client
        .send("sender@mail.example", &["ada@mail.example"], &mail("Honest"))
        .await;
    assert!(reply.starts_with("250 "), "{reply}");
}

#[tokio::test]
async fn too_long_a_line_is_refused_and_the_connection_goes_on() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    let long = format!("{}{}\r\n", mail("Long"), "x".repeat(999));
    let reply = client
        .send("sender@mail.example", &["ada@mail.example"], &long)
        .await;
    assert!(reply.starts_with("554 5.6.0"), "{reply}");
    assert!(
        client
            .say(&format!("NOOP {}", "x".repeat(5_000)))
            .await
            .starts_with("500 5.5.2")
    );
    assert!(client.say("NOOP").await.starts_with("250 "));
}

#[tokio::test]
async fn too_big_a_mail_gets_552_and_the_connection_goes_on() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    let declared = format!("MAIL FROM:<a@mail.example> SIZE={}", MAX_MAIL_BYTES + 1);
    assert!(client.say(&declared).await.starts_with("552 5.3.4"));
    let line = format!("{}\r\n", "x".repeat(98));
    let big = format!("{}{}", mail("Big"), line.repeat(MAX_MAIL_BYTES / line.len() + 1));
    let reply = client
        .send("sender@mail.example", &["ada@mail.example"], &big)
        .await;
    assert!(reply.starts_with("552 5.3.4"), "{reply}");
    let reply = client
        .send("sender@mail.example", &["ada@mail.example"], &mail("Small"))
        .await;
    assert!(reply.starts_with("250 "), "{reply}");
    assert_eq!(running.subjects(), ["Small"]);
}

#[tokio::test]
async fn commands_out_of_order_get_503() {
    let running = Running::start().await;
    let mut client = SmtpClient::open(running.mailbox.smtp_addr()).await;
    client.reply().await;
    assert!(
        client
            .say("MAIL FROM:<a@mail.example>")
            .await
            .starts_with("503 5.5.1")
    );
    client.say("EHLO test").await;
    assert!(
        client
            .say("RCPT TO:<b@mail.example>")
            .await
            .starts_with("503 5.5.1")
    );
    assert!(client.say("DATA").await.starts_with("503 5.5.1"));
    assert!(client.say("MAIL FROM:<a@mail.example>").await.starts_with("250 "));
    assert!(
        client
            .say("MAIL FROM:<a@mail.example>")
            .await
            .starts_with("503 5.5.1")
    );
    assert!(client.say("DATA").await.starts_with("503 5.5.1"));
}

#[tokio::test]
async fn reset_forgets_the_mail_that_was_begun() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    client.say("MAIL FROM:<a@mail.example>").await;
    client.say("RCPT TO:<old@mail.example>").await;
    assert!(client.say("RSET").await.starts_with("250 "));
    let reply = client
        .send("b@mail.example", &["new@mail.example"], &mail("One"))
        .await;
    assert!(reply.starts_with("250 "), "{reply}");
    let envelope = running.mailbox.messages()[0].outline.envelope.clone();
    assert_eq!(
        (envelope.from.as_str(), envelope.to),
        ("b@mail.example", vec!["new@mail.example".to_owned()])
    );
}

#[tokio::test]
async fn an_address_outside_ascii_needs_smtputf8() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    client.say("MAIL FROM:<a@mail.example>").await;
    assert!(
        client
            .say("RCPT TO:<用户@mail.example>")
            .await
            .starts_with("553 5.6.7")
    );
    client.say("RSET").await;
    client
        .say("MAIL FROM:<a@mail.example> BODY=8BITMIME SMTPUTF8")
        .await;
    assert!(
        client
            .say("RCPT TO:<用户@mail.example>")
            .await
            .starts_with("250 ")
    );
    assert!(
        client
            .data("Subject: Grüße\r\n\r\nÄ\r\n")
            .await
            .starts_with("250 ")
    );
    assert_eq!(
        running.mailbox.messages()[0].outline.envelope.to,
        ["用户@mail.example"]
    );
    assert_eq!(running.subjects(), ["Grüße"]);
}

#[tokio::test]
async fn mails_that_arrive_at_once_are_all_kept() {
    let running = Running::start().await;
    let subjects: Vec<String> = (0..40).map(|n| format!("Mail {n:02}")).collect();
    let mails: Vec<String> = subjects.iter().map(|subject| mail(subject)).collect();
    let mails: Vec<&str> = mails.iter().map(String::as_str).collect();
    tokio::join!(
        running.deliver(&mails[..10]),
        running.deliver(&mails[10..20]),
        running.deliver(&mails[20..30]),
        running.deliver(&mails[30..]),
    );
    let mut kept = running.subjects();
    kept.sort();
    assert_eq!(kept, subjects);
}

#[tokio::test]
async fn a_stopping_server_tells_its_clients() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    running.stop().await;
    let last_words = tokio::time::timeout(Duration::from_secs(10), client.reply()).await;
    assert!(last_words.expect("a reply").starts_with("421 4.3.2"));
}
