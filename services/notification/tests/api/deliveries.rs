use contracts::Event;
use contracts::notification::State;
use contracts::offer::DeliveryMode;
use contracts::signup::{FreshDownload, LinksRequested, MyDataRequested};
use mail_parser::{MessageParser, MimeHeaders};
use mailbox::{Fault, Moment, Rule};
use time::OffsetDateTime;
use uuid::{Uuid, uuid};

use crate::samples::{accepted, address, file, mail_links, person, signup};
use crate::test_app::TestApp;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The only mail, as it came in, with what differs from run to run replaced.
pub async fn reviewed(app: &TestApp, address: &str) -> String {
    app.mail_to(address).await;
    let mails = app.mails_to(address);
    assert_eq!(mails.len(), 1);
    let raw = String::from_utf8(app.around.mailbox.raw(&mails[0]).await).expect("ASCII");
    let envelope = &mails[0].outline.envelope;
    let mut lines = vec![
        format!("MAIL FROM:<{}>", envelope.from),
        format!("RCPT TO:<{}>", envelope.to.join(" ")),
    ];
    for line in raw.lines() {
        let is_base64 = line.len() >= 60
            && line
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
        match line {
            _ if line.starts_with("Received:") || line.starts_with("Return-Path:") => {}
            _ if line.starts_with("Date: ") => lines.push("Date: [date]".to_owned()),
            _ if is_base64 => {
                if lines.last().is_some_and(|last| last != "[base64]") {
                    lines.push("[base64]".to_owned());
                }
            }
            line => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

#[tokio::test]
async fn a_signup_is_mailed_with_text_html_and_the_file() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    let mut signup = signup("Anna.Muster@example.com");
    signup.confirm = Some("https://course.example/confirm/confirm-token".to_owned());
    let event = accepted(&signup)
        .with_id(uuid!("01998f2e-0000-7000-8000-000000000001"))
        .traced(Some(TRACE.to_owned()));
    app.publish(vec![event]).await;
    insta::assert_snapshot!("delivery", reviewed(&app, "Anna.Muster@example.com").await);

    let told = app.told(signup.signup_id, State::Accepted).await;
    assert_eq!(
        told.last().map(|told| (told.revision, told.reply_code)),
        Some((2, Some(250)))
    );
    let about_it = |record: &&kafka::Received| record.key == Some(signup.signup_id.to_string().into_bytes());
    let records = app.around.told.records();
    let record = records.iter().find(about_it).expect("told");
    let step = String::from_utf8(record.header("traceparent").expect("a trace").to_vec()).expect("ASCII");
    assert_eq!(step[..35], TRACE[..35], "the trace goes on");
    assert_ne!(step, TRACE, "with a step of its own");
}

#[tokio::test]
async fn the_attached_file_is_the_one_that_was_published() {
    let app = TestApp::start_with_offer(DeliveryMode::Attachment).await;
    let addresses = ["a@example.com", "b@example.com", "c@example.com"];
    app.publish(
        addresses
            .iter()
            .map(|address| accepted(&signup(address)))
            .collect(),
    )
    .await;
    for address in addresses {
        app.mail_to(address).await;
        let raw = app.around.mailbox.raw(&app.mails_to(address)[0]).await;
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        let attached = mail.attachment(0).expect("an attachment");
        assert_eq!(attached.attachment_name(), Some("system-design.pdf"));
        assert!(attached.contents() == file(), "the file of {address} differs");
    }
}

#[tokio::test]
async fn a_link_only_offer_attaches_nothing() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    let mail = app.mail_to("anna@example.com").await;
    assert!(mail.attachments.is_empty());
    assert!(mail.text.contains("https://course.example/d/download-token"));
    assert!(!mail.text.contains("attached"));
}

#[tokio::test]
async fn a_file_that_the_relay_finds_too_big_is_left_out_and_the_link_stays() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    app.misbehave(Rule::new(Moment::Message, Fault::Reply("552 5.3.4 too big".to_owned())).times(1));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let mail = app.mail_to("anna@example.com").await;
    assert!(mail.attachments.is_empty());
    assert!(mail.text.contains("https://course.example/d/download-token"));
    app.told(signup.signup_id, State::Accepted).await;
    assert_eq!(app.count("select count(*) from attempts").await, 1);
}

/// Fails on a build that does not listen to what EHLO says: the relay of this test takes whatever comes.
#[tokio::test]
async fn a_file_that_is_bigger_than_the_relay_says_it_takes_is_never_sent() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    let hello = Fault::Reply("250-relay.example\r\n250 SIZE 700000".to_owned());
    app.misbehave(Rule::new(Moment::Hello, hello));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    let mail = app.mail_to("anna@example.com").await;
    assert!(mail.attachments.is_empty());
    assert!(mail.text.contains("https://course.example/d/download-token"));
    app.wait_for_count(1, "select count(*) from attempts").await;
}

#[tokio::test]
async fn fresh_links_are_mailed() {
    let app = TestApp::start().await;
    let at = OffsetDateTime::now_utc();
    let requested = LinksRequested {
        request_id: Uuid::now_v7(),
        person_id: person("anna@example.com"),
        email: address("anna@example.com"),
        downloads: vec![FreshDownload {
            title: "System <Design> Cheat Sheet".to_owned(),
            url: "https://course.example/d/fresh-token".to_owned(),
        }],
        links: mail_links(),
        requested_at: at,
    };
    let event = Event::new(requested.person_id, at, &requested);
    app.publish(vec![event.with_id(uuid!("01998f2e-0000-7000-8000-000000000002"))])
        .await;
    insta::assert_snapshot!("links", reviewed(&app, "anna@example.com").await);
}

#[tokio::test]
async fn the_link_to_ones_data_is_mailed() {
    let app = TestApp::start().await;
    let at = OffsetDateTime::now_utc();
    let requested = MyDataRequested {
        request_id: Uuid::now_v7(),
        person_id: person("anna@example.com"),
        email: address("anna@example.com"),
        link: "https://course.example/me/my-data-token".to_owned(),
        links: mail_links(),
        requested_at: at,
    };
    let event = Event::new(requested.person_id, at, &requested);
    app.publish(vec![event.with_id(uuid!("01998f2e-0000-7000-8000-000000000003"))])
        .await;
    insta::assert_snapshot!("my_data", reviewed(&app, "anna@example.com").await);
}

#[tokio::test]
async fn what_a_taken_mail_said_and_whom_it_went_to_is_forgotten() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    let query = "select count(*) from notifications where address is null and content is null and person_id is not null";
    assert_eq!(app.count(query).await, 1);
    assert_eq!(app.count("select count(*) from due_notifications").await, 0);
    let delivered = app
        .metric("leadstream_signup_to_mail_seconds_count{service=\"notification\"}")
        .await;
    assert!((delivered - 1.0).abs() < f64::EPSILON);
}
