//! What the logs of the three processes tell, and what they never do.

use serde_json::Value;
use system::{Fleet, Network, Private, Service, link_in, mails_to, send_form};
use testkit::{TestMailbox, kafka, mailbox, wait_for, wait_until};

use crate::DEADLINE;

const ADDRESS: &str = "very.private+tag@example.com";
const NAME: &str = "Zoë Verysecret";
const MESSAGE: &str = "My company = Größenwahn; may I pay in instalments?";
const SIGNUP_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ENQUIRY_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const VISITORS_STEP: &str = "00f067aa0ba902b7";

fn traceparent(trace: &str) -> String {
    format!("00-{trace}-{VISITORS_STEP}-01")
}

/// The lines of a log that belong to a trace. Every line must be one JSON object.
fn lines_of(service: &Service, trace: &str) -> Vec<Value> {
    let log = service.log();
    let lines = log.lines().map(|line| match serde_json::from_str::<Value>(line) {
        Ok(line) if line.is_object() => line,
        _ => panic!("no JSON object: {line}"),
    });
    lines.filter(|line| line["trace_id"] == trace).collect()
}

/// Waits until the trace has lines of this message, and returns them.
async fn lines(service: &Service, trace: &str, message: &str, count: usize) -> Vec<Value> {
    let what = format!("{count} lines {message:?} of {trace}");
    wait_for(&what, DEADLINE, async || {
        let mut lines = lines_of(service, trace);
        lines.retain(|line| line["message"] == message);
        (lines.len() >= count).then_some(lines)
    })
    .await
}

/// A signup and a question, by the forms of their pages.
async fn send_both_forms(fleet: &Fleet) {
    let (http, signup) = (
        fleet.http(),
        fleet.signup.url("/c/instagram?utm_source=instagram"),
    );
    let typed = [("email", ADDRESS), ("updates", "yes")];
    let thanks = send_form(http, &signup, &typed, &traceparent(SIGNUP_TRACE)).await;
    assert!(thanks.ends_with("/c/instagram/thanks"), "{thanks}");
    let (contact, trace) = (fleet.enquiry.url("/contact"), traceparent(ENQUIRY_TRACE));
    let typed = [
        ("email", ADDRESS),
        ("name", NAME),
        ("topic", "pricing"),
        ("message", MESSAGE),
    ];
    let thanks = send_form(http, &contact, &typed, &trace).await;
    assert!(thanks.contains("/contact/thanks"), "{thanks}");
}

/// The request's line, and the lines of the mails that it led to: each in the log of its own process.
async fn follow(entrance: &Service, route: &str, fleet: &Fleet, trace: &str, purposes: &[&str]) {
    let requests = lines(entrance, trace, "request", 2).await;
    let taken = requests
        .iter()
        .find(|line| line["status"] == 303)
        .expect("the form was taken");
    assert_eq!(
        (&taken["method"], &taken["route"]),
        (&"POST".into(), &route.into())
    );
    assert_eq!(taken["parent_id"], VISITORS_STEP, "{taken}");
    let mails = lines(&fleet.notification, trace, "mail", purposes.len()).await;
    for purpose in purposes {
        let mail = mails.iter().find(|line| line["purpose"] == *purpose);
        let mail = mail.unwrap_or_else(|| panic!("no {purpose} in {mails:?}"));
        assert_eq!(mail["outcome"], "accepted", "{mail}");
        assert_eq!(mail["parent_id"], taken["span_id"], "the form caused the mail");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_id_leads_from_each_form_through_the_json_logs_to_the_hand_off_of_its_mails() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;

    send_both_forms(&fleet).await;

    follow(
        &fleet.signup,
        "/c/{campaign}",
        &fleet,
        SIGNUP_TRACE,
        &["delivery"],
    )
    .await;
    follow(
        &fleet.enquiry,
        "/contact",
        &fleet,
        ENQUIRY_TRACE,
        &["team", "ack"],
    )
    .await;
}

async fn has_mails(mailbox: &TestMailbox, count: usize) {
    wait_until("the visitor has all mails", DEADLINE, async || {
        mails_to(mailbox, ADDRESS).len() == count
    })
    .await;
}

/// What a mail's links carry, and the address that its bounces go to.
async fn use_tokens(fleet: &Fleet, mailbox: &TestMailbox, private: &mut Private) {
    for mail in mails_to(mailbox, ADDRESS) {
        let mail = mailbox.message(&mail).await;
        if let Some(bounces) = mail.return_path.split('@').next().filter(|path| !path.is_empty()) {
            private.add(bounces);
        }
        for path in ["/d/", "/u/", "/confirm/", "/me/"] {
            let Some(link) = link_in(&mail.text, &fleet.signup.url(""), path) else {
                continue;
            };
            private.add(link.rsplit('/').next().expect("a token ends the link"));
            let opened = fleet.http().get(&link).send().await.expect("signup answers");
            assert!(opened.status().is_success(), "{path}: {}", opened.status());
            let pressed = fleet.http().post(&link).form(&[("do", "export")]).send().await;
            assert_ne!(pressed.expect("signup answers").status(), 500);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_holds_an_address_a_name_a_message_or_a_token_in_any_coding_even_at_debug() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    let mut private = Private::default();
    for text in [ADDRESS, "very.private", NAME, "Verysecret", MESSAGE, "Größenwahn"] {
        private.add(text);
    }

    send_both_forms(&fleet).await;
    let too_long = format!("{MESSAGE}{}", "x".repeat(40_000));
    let refused = fleet.http().post(fleet.enquiry.url("/contact"));
    let refused = refused
        .form(&[("email", ADDRESS), ("message", &too_long)])
        .send()
        .await;
    assert!(refused.expect("enquiry answers").status().is_client_error());
    has_mails(&mailbox, 2).await;
    // Another mail to this address is due in ten minutes: the test moves its clock, not the machine's.
    sqlx::query("update mail_budgets set sent_at = array[now() - interval '11 minutes']")
        .execute(fleet.signup_database.pool())
        .await
        .expect("the budget is moved");
    let ask_for_data = fleet
        .http()
        .post(fleet.signup.url("/me"))
        .form(&[("email", ADDRESS)]);
    assert!(
        ask_for_data
            .send()
            .await
            .expect("signup answers")
            .status()
            .is_success()
    );
    has_mails(&mailbox, 3).await;
    use_tokens(&fleet, &mailbox, &mut private).await;
    fleet.signup.run(&["person", "erase", ADDRESS]).await;

    for service in [&mut fleet.signup, &mut fleet.enquiry, &mut fleet.notification] {
        service.stop().await;
        assert!(service.log().contains("\"level\":\"DEBUG\""), "it logs at debug");
        assert_eq!(private.found_in(&service.log()), Vec::<String>::new());
    }
}
