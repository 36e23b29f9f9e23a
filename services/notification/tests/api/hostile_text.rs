//! What visitors type to break things, in every field that reaches a mail: the mail is intact all the same.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test has no settings: the corpora's folder comes by environment, and a skip is told aloud"
)]

use std::path::PathBuf;
use std::time::Duration;

use contracts::enquiry::EnquiryAccepted;
use contracts::offer::DeliveryMode;
use contracts::signup::SignupAccepted;
use contracts::{EmailAddress, MessageText, PersonName};
use mail_parser::{Address, Message, MessageParser};
use testkit::wait_until;
use uuid::Uuid;

use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::TestApp;

const DEADLINE: Duration = Duration::from_secs(120);

/// Strings that are hostile in ways of our own, and those of the corpus where it is there.
fn strings() -> Vec<String> {
    let own = [
        ".",
        "..",
        "\n.\n",
        "a\n.\nQUIT\n",
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "%0d%0aBcc: x@y.example",
    ];
    let mut strings: Vec<String> = own.map(str::to_owned).into();
    match std::env::var_os("LEADSTREAM_CORPORA") {
        None => println!("only our own strings: LEADSTREAM_CORPORA is not set"),
        Some(folder) => {
            let path = PathBuf::from(folder).join("http-abuse/naughty-strings.json");
            let text = std::fs::read_to_string(path).expect("the corpus can be read");
            strings.extend(serde_json::from_str::<Vec<String>>(&text).expect("a list of strings"));
        }
    }
    strings
}

/// The question of a visitor who types this wherever the form lets it pass.
fn asking(typed: &str) -> Option<EnquiryAccepted> {
    let message = MessageText::parse(typed).ok()?;
    let name = PersonName::parse(typed).ok();
    Some(EnquiryAccepted {
        enquiry_id: Uuid::now_v7(),
        message,
        name,
        acknowledge: false,
        ..enquiry("anna@example.com")
    })
}

#[tokio::test]
async fn whatever_a_visitor_typed_the_teams_mail_is_intact() {
    let app = TestApp::start().await;
    let asked_with: Vec<_> = strings().iter().filter_map(|typed| asking(typed)).collect();
    assert!(asked_with.len() > 4, "most strings pass the form");
    app.publish(asked_with.iter().map(asked).collect()).await;
    wait_until("every question is mailed", DEADLINE, async || {
        app.mails_to("sales@course.example").len() == asked_with.len()
    })
    .await;

    let mut texts = Vec::new();
    let mut headers = Vec::new();
    for summary in app.mails_to("sales@course.example") {
        let raw = app.around.mailbox.raw(&summary).await;
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        headers.push(
            mail.headers()
                .iter()
                .map(|header| header.name().to_owned())
                .collect::<Vec<_>>(),
        );
        texts.push(mail.body_text(0).expect("a text part").replace("\r\n", "\n"));
        assert_eq!(mail.html_body_count(), 1, "the HTML part is there");
    }
    assert!(
        headers.iter().all(|names| *names == headers[0]),
        "no text changes the headers"
    );
    for question in &asked_with {
        let message = question.message.expose();
        let kept = texts
            .iter()
            .any(|text| message.lines().all(|line| text.contains(line.trim_end())));
        assert!(kept, "a message arrives as it was typed: {message:?}");
    }
}

/// Addresses that are hostile in ways of our own, and what the corpus makes of them: those that the forms let pass.
fn addresses() -> Vec<EmailAddress> {
    let own = [
        "o'hara+x=y@example.com",
        "{{7*7}}@example.com",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "anna@example.com\r\nBcc: x@y.example",
        "anna@example.com,x@y.example",
        "<anna@example.com>",
        "\"a b\"@example.com",
        "anna@[127.0.0.1]",
    ];
    let typed = strings();
    let made = typed.iter().flat_map(|typed| {
        [
            typed.clone(),
            format!("{typed}@example.com"),
            format!("anna@{typed}"),
        ]
    });
    let all = own.map(str::to_owned).into_iter().chain(made);
    let mut addresses: Vec<EmailAddress> = all.filter_map(|text| EmailAddress::parse(&text).ok()).collect();
    let robots = |address: &EmailAddress| notification::domain::auto_reply::is_read_by_a_person(address);
    addresses.retain(robots);
    addresses.sort_by_key(|address| address.expose().to_lowercase());
    addresses.dedup_by_key(|address| address.expose().to_lowercase());
    addresses
}

fn only<'a>(addresses: Option<&'a Address<'a>>) -> &'a str {
    let addresses: Vec<_> = addresses.into_iter().flat_map(Address::iter).collect();
    assert_eq!(addresses.len(), 1, "one address, whatever was typed");
    addresses[0].address().expect("an address")
}

fn header_names(mail: &Message<'_>) -> Vec<String> {
    mail.headers()
        .iter()
        .map(|header| header.name().to_owned())
        .collect()
}

#[tokio::test]
async fn whatever_address_passes_the_forms_is_the_only_one_in_its_field_and_changes_no_other() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let addresses = addresses();
    assert!(addresses.len() >= 3, "some hostile addresses are addresses");
    let mut events = Vec::new();
    for address in &addresses {
        let signup: SignupAccepted = signup(address.expose());
        events.extend([accepted(&signup), asked(&enquiry(address.expose()))]);
    }
    app.publish(events).await;
    // Of each address: what it asked for, the acknowledgement, and the team's mail.
    wait_until("every mail", DEADLINE, async || {
        app.around.mailbox.messages().len() == 3 * addresses.len()
    })
    .await;

    let (mut asked_by, mut mailed_to, mut headers) = (Vec::new(), Vec::new(), Vec::new());
    for summary in app.around.mailbox.messages() {
        let raw = app.around.mailbox.raw(&summary).await;
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        assert_eq!(summary.outline.envelope.to, [only(mail.to())]);
        assert!(mail.cc().is_none() && mail.bcc().is_none());
        if mail.reply_to().is_some() {
            asked_by.push(only(mail.reply_to()).to_owned());
        } else {
            mailed_to.push(only(mail.to()).to_owned());
        }
        headers.push(header_names(&mail));
    }
    let mut expected: Vec<String> = addresses
        .iter()
        .map(|address| address.expose().to_owned())
        .collect();
    expected.sort();
    asked_by.sort();
    assert_eq!(asked_by, expected);
    mailed_to.sort();
    mailed_to.dedup();
    assert_eq!(mailed_to, expected);
    headers.sort();
    headers.dedup();
    assert_eq!(
        headers.len(),
        3,
        "three kinds of mails, each with its own header fields"
    );
}
