//! What must not be acknowledged (RFC 3834): robots and lists, whoever typed their addresses into the form.

use contracts::notification::{Purpose, State};
use mail_parser::MessageParser;

use crate::samples::{asked, enquiry};
use crate::test_app::TestApp;

#[tokio::test]
async fn no_robot_and_no_list_is_acknowledged_and_the_team_hears_of_the_question() {
    let app = TestApp::start().await;
    let robots = [
        "mailer-daemon@example.com",
        "No-Reply@example.com",
        "owner-news@example.com",
        "news-bounces@example.com",
    ];
    for robot in robots {
        let enquiry = enquiry(robot);
        app.publish(vec![asked(&enquiry)]).await;
        let told = app.told(enquiry.enquiry_id, State::Suppressed).await;
        assert!(
            told.iter()
                .all(|told| (told.purpose == Purpose::Ack) == (told.state == State::Suppressed)),
            "{told:?}"
        );
    }
    app.wait_for_count(
        4,
        "select count(*) from notifications where purpose = 'team' and state = 'accepted'",
    )
    .await;
    assert!(robots.iter().all(|robot| app.mails_to(robot).is_empty()));
    assert_eq!(
        app.count("select count(*) from suppressions").await,
        0,
        "a robot's address is nobody's decision"
    );
}

#[tokio::test]
async fn our_own_answers_say_that_they_are_and_must_not_be_answered_themselves() {
    let app = TestApp::start().await;
    app.publish(vec![asked(&enquiry("anna@example.com"))]).await;
    let summary = app.summary_to("anna@example.com").await;
    assert_eq!(summary.outline.envelope.from, "", "the null sender");
    let raw = app.around.mailbox.raw(&summary).await;
    let verdict = notification::domain::auto_reply::judge(&raw, &[]);
    assert_eq!(verdict.answer, notification::domain::auto_reply::Answer::MustNot);
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    let field = |name: &'static str| {
        mail.header(name)
            .and_then(|value| value.as_text())
            .map(str::to_owned)
    };
    assert_eq!(field("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(field("X-Auto-Response-Suppress").as_deref(), Some("All"));
}
