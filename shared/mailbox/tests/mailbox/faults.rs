//! The mailbox misbehaving on request.

use std::time::{Duration, Instant};

use mailbox::{Fault, Moment, Rule, Script};

use crate::client::SmtpClient;
use crate::running::{Running, mail};

fn reply(text: &str) -> Fault {
    Fault::Reply(text.to_owned())
}

#[tokio::test]
async fn a_recipient_like_the_pattern_is_refused_and_others_are_not() {
    let running = Running::start().await;
    let refusal = "452 4.2.2 the mailbox is full";
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Recipient, reply(refusal)).to("*@full.example")));
    let mut client = running.connect().await;
    assert_eq!(
        client
            .send("a@mail.example", &["ada@full.example"], &mail("No"))
            .await,
        refusal
    );
    client.say("RSET").await;
    assert!(
        client
            .send("a@mail.example", &["ada@mail.example"], &mail("Yes"))
            .await
            .starts_with("250 ")
    );
    assert_eq!(running.subjects(), ["Yes"]);
}

#[tokio::test]
async fn a_421_greeting_hangs_up_as_often_as_it_was_asked_for() {
    let running = Running::start().await;
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Greeting, reply("421 4.3.2 not now")).times(1)));
    let mut client = SmtpClient::open(running.mailbox.smtp_addr()).await;
    assert_eq!(client.reply().await, "421 4.3.2 not now");
    assert_eq!(client.reply().await, "");
    running.deliver(&[&mail("Later")]).await;
}

#[tokio::test]
async fn closing_at_the_final_dot_loses_the_mail() {
    let running = Running::start().await;
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Message, Fault::Close).times(1)));
    let mut client = running.connect().await;
    assert_eq!(
        client
            .send("a@mail.example", &["ada@mail.example"], &mail("Lost"))
            .await,
        ""
    );
    assert!(running.subjects().is_empty());
}

#[tokio::test]
async fn closing_after_the_mail_was_stored_keeps_it_without_a_reply() {
    let running = Running::start().await;
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Stored, Fault::Close).to("ada@*").times(1)));
    let mut client = running.connect().await;
    assert_eq!(
        client
            .send("a@mail.example", &["ada@mail.example"], &mail("Kept"))
            .await,
        ""
    );
    assert_eq!(running.subjects(), ["Kept"]);
}

#[tokio::test]
async fn a_refused_mail_is_not_kept_and_the_connection_goes_on() {
    let running = Running::start().await;
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Message, reply("550 5.7.1 spam")).times(1)));
    let mut client = running.connect().await;
    assert_eq!(
        client
            .send("a@mail.example", &["ada@mail.example"], &mail("Spam"))
            .await,
        "550 5.7.1 spam"
    );
    assert!(
        client
            .send("a@mail.example", &["ada@mail.example"], &mail("Ham"))
            .await
            .starts_with("250 ")
    );
    assert_eq!(running.subjects(), ["Ham"]);
}

#[tokio::test]
async fn a_delay_comes_before_the_usual_answer() {
    let running = Running::start().await;
    let delay = Duration::from_millis(50);
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Sender, Fault::Delay(delay))));
    let mut client = running.connect().await;
    let asked = Instant::now();
    assert!(client.say("MAIL FROM:<a@mail.example>").await.starts_with("250 "));
    assert!(asked.elapsed() >= delay);
}

#[tokio::test]
async fn an_empty_script_ends_the_misbehaviour() {
    let running = Running::start().await;
    running
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Hello, reply("502 5.5.1 no"))));
    let mut client = SmtpClient::open(running.mailbox.smtp_addr()).await;
    client.reply().await;
    assert_eq!(client.say("EHLO test").await, "502 5.5.1 no");
    running.mailbox.play(Script::new());
    assert!(client.say("EHLO test").await.starts_with("250-"));
}
