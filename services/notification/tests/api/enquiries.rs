use contracts::notification::{Purpose, State};
use mailbox::{Fault, Moment, Rule};
use uuid::uuid;

use crate::deliveries::reviewed;
use crate::samples::{asked, enquiry};
use crate::test_app::TestApp;

#[tokio::test]
async fn the_team_gets_the_question_and_the_visitor_an_acknowledgement() {
    let app = TestApp::start().await;
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;

    let team = app.mail_to("sales@course.example").await;
    insta::assert_snapshot!("team_text", team.text);
    insta::assert_snapshot!("team_html", team.html);
    assert_eq!(team.subject, "[Q-7K3M-9QXP] Prices & plans");
    assert_eq!(team.reply_to[0].address, "anna@example.com");
    assert!(team.return_path.starts_with("b-"), "a bounce address");
    assert!(team.list_unsubscribe.header.is_empty());

    let ack = app.mail_to("anna@example.com").await;
    insta::assert_snapshot!("ack_text", ack.text);
    insta::assert_snapshot!("ack_html", ack.html);
    assert_eq!(ack.subject, "[Q-7K3M-9QXP] We have your question");
    assert_eq!(ack.return_path, "", "an acknowledgement never bounces");
    for words in [&ack.subject, &ack.text, &ack.html] {
        assert!(
            !words.contains("discount") && !words.contains("Muster"),
            "it quotes the visitor"
        );
    }
    let raw = app.around.mailbox.raw(&app.mails_to("anna@example.com")[0]).await;
    let raw = String::from_utf8(raw).expect("ASCII");
    assert!(raw.contains("\r\nAuto-Submitted: auto-replied\r\n"));
    assert!(raw.contains("\r\nX-Auto-Response-Suppress: All\r\n"));
}

#[tokio::test]
async fn both_mails_of_a_question_are_reviewed_whole() {
    let app = TestApp::start().await;
    let event = asked(&enquiry("anna@example.com"));
    app.publish(vec![event.with_id(uuid!("01998f2e-0000-7000-8000-000000000004"))])
        .await;
    insta::assert_snapshot!("team", reviewed(&app, "sales@course.example").await);
    insta::assert_snapshot!("ack", reviewed(&app, "anna@example.com").await);
}

#[tokio::test]
async fn no_acknowledgement_is_owed_where_the_budget_is_used_up() {
    let app = TestApp::start().await;
    let mut enquiry = enquiry("anna@example.com");
    enquiry.acknowledge = false;
    app.publish(vec![asked(&enquiry)]).await;
    app.told(enquiry.enquiry_id, State::Accepted).await;
    assert_eq!(app.count("select count(*) from notifications").await, 1);
    assert!(app.mails_to("anna@example.com").is_empty());
}

#[tokio::test]
async fn a_team_that_refuses_for_good_is_replaced_by_the_fallback_inbox() {
    let app = TestApp::start().await;
    let refusal = Fault::Reply("550 5.1.1 no such user".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, refusal).to("sales@course.example"));
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;

    let mail = app.mail_to("office@course.example").await;
    assert_eq!(mail.subject, "[Q-7K3M-9QXP] Prices & plans");
    assert_eq!(mail.reply_to[0].address, "anna@example.com");
    let told = app.told(enquiry.enquiry_id, State::Failed).await;
    let failed = told
        .iter()
        .find(|told| told.state == State::Failed)
        .expect("told");
    assert_eq!(
        (failed.purpose, failed.recipient, failed.reply_code),
        (Purpose::Team, 0, Some(550))
    );
    app.wait_for_count(
        1,
        "select count(*) from notifications where recipient = 1 and state = 'accepted'",
    )
    .await;
    let alert = app
        .metric("leadstream_notification_team_failures_total{inbox=\"first\"")
        .await;
    assert!((alert - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_fallback_inbox_that_refuses_too_is_the_end() {
    let app = TestApp::start().await;
    let refusal = Fault::Reply("550 5.1.1 no such user".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, refusal).to("*@course.example"));
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;
    app.wait_for_count(
        2,
        "select count(*) from notifications where purpose = 'team' and state = 'failed'",
    )
    .await;
    let alert = app
        .metric("leadstream_notification_team_failures_total{inbox=\"fallback\"")
        .await;
    assert!((alert - 1.0).abs() < f64::EPSILON);
}
