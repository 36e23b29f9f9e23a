//! What visitors type to break things, as the name and message of a question: the team's mail is intact all the same.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test has no settings: the corpora's folder comes by environment, and a skip is told aloud"
)]

use std::path::PathBuf;
use std::time::Duration;

use contracts::enquiry::EnquiryAccepted;
use contracts::{MessageText, PersonName};
use mail_parser::MessageParser;
use testkit::wait_until;
use uuid::Uuid;

use crate::samples::{asked, enquiry};
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
