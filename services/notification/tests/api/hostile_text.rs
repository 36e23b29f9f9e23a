//! What visitors type to break things, in every field that reaches a mail: the mail is intact all the same.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test has no settings: the corpora's folder comes by environment, and a skip is told aloud"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use contracts::enquiry::EnquiryAccepted;
use contracts::offer::{DeliveryMode, OfferPublished};
use contracts::signup::SignupAccepted;
use contracts::{EmailAddress, Event, MessageText, PersonName};
use data_encoding::BASE64;
use mail_parser::{Address, Message, MessageParser};
use serde_json::Value;
use testkit::wait_until;
use uuid::Uuid;

use crate::samples::{accepted, asked, chunks, enquiry, manifest, offer_version, published, signup};
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

/// Texts that would be a header field, an address, a part or another mail of their own.
const INJECTIONS: [&str; 9] = [
    "x\r\nBcc: eve@evil.example",
    "x\nBcc: eve@evil.example\n\nanother body",
    "x\rBcc: eve@evil.example",
    "x\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n",
    "=?utf-8?q?x=0D=0ABcc:_eve@evil.example?=",
    "x\u{2028}Bcc: eve@evil.example\u{85}Cc: eve@evil.example",
    "\"x\" <eve@evil.example>, eve@evil.example; :",
    "x\r\n--a-00000000000000000000000000000000--\r\n\r\nContent-Type: text/html",
    "x\\\"; filename=\"evil.exe",
];

/// A question with this text in one field after the other: those that somebody outside or in the team writes.
fn questions(typed: &str) -> Vec<EnquiryAccepted> {
    let question = || EnquiryAccepted {
        enquiry_id: Uuid::now_v7(),
        ..enquiry("anna@example.com")
    };
    let mut all = vec![question(), question(), question(), question()];
    all[0].topic.title = typed.to_owned();
    all[1].team.name = typed.to_owned();
    all[2].rule = typed.to_owned();
    all[3].reference = typed.to_owned();
    let named = PersonName::parse(typed).ok().map(|name| EnquiryAccepted {
        name: Some(name),
        ..question()
    });
    let told = MessageText::parse(typed).ok().map(|message| EnquiryAccepted {
        message,
        ..question()
    });
    all.extend(named.into_iter().chain(told));
    all
}

/// The same of an offer.
fn offers(typed: &str, first: i32) -> Vec<OfferPublished> {
    let modes = [DeliveryMode::Link, DeliveryMode::Link, DeliveryMode::Attachment];
    let mut all: Vec<_> = (first..)
        .zip(modes)
        .map(|(version, mode)| manifest(version, mode))
        .collect();
    all[0].title = typed.to_owned();
    all[1].mail.subject = format!("Yours: {}", typed.replace(['{', '}'], ""));
    all[2].file.name = typed.to_owned();
    all
}

/// A lead of this offer version, with this text in the fields that an event has besides.
fn lead(version: i32, typed: &str) -> Event {
    accepted(&SignupAccepted {
        offer: offer_version(version),
        greeting: typed.to_owned(),
        offer_title: typed.to_owned(),
        name: PersonName::parse(typed).ok(),
        ..signup("berta@example.com")
    })
}

/// What Python's parser makes of mails; `None`, said aloud, where there is no Python.
fn parsed_by_another(mails: &[Vec<u8>]) -> Option<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/parse_mails.py");
    let python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        println!("SKIPPED: there is no python3: mails are not parsed by another program");
        return None;
    };
    let mut stdin = python.stdin.take().expect("piped");
    let lines: String = mails.iter().map(|mail| BASE64.encode(mail) + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = python.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("written");
    assert!(output.status.success(), "the parser failed");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect(),
    )
}

/// What no text may change: which fields and parts there are, and whom they name.
fn shape(mail: &Value) -> Value {
    serde_json::json!([mail["names"], mail["addresses"], mail["defects"], mail["parts"]])
}

/// Fails on a build that writes any of these fields into a header as it is, or a carriage return into a body.
#[tokio::test]
async fn no_text_of_any_field_makes_a_header_a_recipient_or_a_part_of_its_own() {
    let app = TestApp::start().await;
    let plain = ["plain"];
    let mut events = chunks();
    let mut mails: i64 = 0;
    for (typed, first) in plain.iter().chain(&INJECTIONS).zip((1..).step_by(3)) {
        for offer in offers(typed, first) {
            events.extend([published(&offer), lead(offer.offer.version, typed)]);
            mails += 1;
        }
        let questions = questions(typed);
        mails += 2 * i64::try_from(questions.len()).expect("a number");
        events.extend(questions.iter().map(asked));
    }
    app.publish(events).await;
    wait_until("every mail is settled", DEADLINE, async || {
        app.count("select count(*) from notifications where settled_at is not null")
            .await
            == mails
    })
    .await;
    let accepted = "select count(*) from notifications where state = 'accepted'";
    assert_eq!(app.count(accepted).await, mails);
    let mut raw = Vec::new();
    for summary in app.around.mailbox.messages() {
        raw.push(app.around.mailbox.raw(&summary).await);
    }
    let Some(parsed) = parsed_by_another(&raw) else {
        return;
    };
    let mut shapes: Vec<Value> = parsed.iter().map(shape).collect();
    shapes.sort_by_key(Value::to_string);
    shapes.dedup();
    assert_eq!(
        shapes.len(),
        4,
        "one for each kind of mail, with a file or not: {shapes:#?}"
    );
    for shape in shapes {
        assert_eq!(shape[2], serde_json::json!([]), "nothing is against the rules");
    }
}
