//! The main job: a signup brings the cheat sheet, a question reaches the team.

use system::{Fleet, Network, link_in, mails_to};
use testkit::{kafka, mailbox, wait_until};

use crate::DEADLINE;

#[tokio::test(flavor = "multi_thread")]
async fn a_signup_brings_a_mail_whose_link_and_attachment_are_the_pdf() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;

    fleet.sign_up("vera@example.com").await;

    let mail = mailbox.wait_for("the delivery mail", |_| true).await;
    let message = mailbox.message(&mail).await;
    let link = link_in(&message.text, &fleet.signup.url(""), "/d/").expect("a link to the file");
    let answer = fleet.http().get(&link).send().await.expect("signup answers");
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    let file = answer.bytes().await.expect("the whole file");
    assert!(file.starts_with(b"%PDF-"));
    assert_eq!(message.attachments.len(), 1);
    assert_eq!(
        message.attachments[0].size,
        file.len() as u64,
        "the attachment is the same file"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unsubscribing_by_one_click_leaves_what_is_asked_for() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("vera@example.com").await;
    let mail = mailbox.wait_for("the delivery mail", |_| true).await;
    let message = mailbox.message(&mail).await;
    let link = link_in(&message.text, &fleet.signup.url(""), "/u/").expect("a link to unsubscribe");

    let click = fleet.http().post(&link).body("List-Unsubscribe=One-Click");
    let click = click.header("content-type", "application/x-www-form-urlencoded");
    let answer = click.send().await.expect("signup answers");
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers().get("location").is_none(),
        "RFC 8058 knows no redirect"
    );

    // The budget of the address is over only after ten minutes: the test moves its clock, not the machine's.
    let past = "update mail_budgets set sent_at = array[now() - interval '11 minutes']";
    sqlx::query(past)
        .execute(fleet.signup_database.pool())
        .await
        .expect("the budget is moved");
    fleet.sign_up("vera@example.com").await;
    wait_until("the delivery asked for again comes", DEADLINE, async || {
        mails_to(&mailbox, "vera@example.com").len() == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_presses_this_was_not_me_in_a_mail_is_mailed_nothing_more_and_a_team_still_hears_of_questions() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("vera@example.com").await;
    let mail = mailbox.wait_for("the delivery mail", |_| true).await;
    let message = mailbox.message(&mail).await;
    let link = link_in(&message.text, &fleet.signup.url(""), "/u/").expect("a link in every delivery mail");
    let page = fleet.http().get(&link).send().await.expect("signup answers");
    let page = page.text().await.expect("a page");
    assert!(page.contains("This was not me"), "{page}");

    let pressed = fleet.http().post(&link).form(&[("scope", "everything")]);
    assert_eq!(pressed.send().await.expect("signup answers").status(), 200);
    let suppressed =
        "select count(*) from suppressions where active and scope = 'everything' and reason = 'not_me'";
    wait_until("notification has heard it", DEADLINE, async || {
        let count: i64 = sqlx::query_scalar(suppressed)
            .fetch_one(fleet.notification_database.pool())
            .await
            .expect("a number");
        count == 1
    })
    .await;

    fleet.ask("vera@example.com", "Who signed me up?").await;
    let settled = "select count(*) from notifications
                   where (purpose = 'team' and state = 'accepted') or (purpose = 'ack' and state = 'suppressed')";
    wait_until("both mails are settled", DEADLINE, async || {
        let count: i64 = sqlx::query_scalar(settled)
            .fetch_one(fleet.notification_database.pool())
            .await
            .expect("a number");
        count == 2
    })
    .await;
    assert_eq!(
        mails_to(&mailbox, "vera@example.com").len(),
        1,
        "the first one alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_reaches_the_right_team_and_is_acknowledged() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;

    fleet
        .ask(
            "vera@example.com",
            "What does the course cost for a team of five?",
        )
        .await;

    let team = mailbox
        .wait_for("the team's mail", |mail| {
            mail.outline
                .reply_to
                .iter()
                .any(|to| to.address == "vera@example.com")
        })
        .await;
    assert_eq!(team.outline.to[0].address, "sales@course.example");
    let team = mailbox.message(&team).await;
    assert!(
        team.text
            .contains("What does the course cost for a team of five?")
    );

    wait_until("the acknowledgement comes", DEADLINE, async || {
        mails_to(&mailbox, "vera@example.com").len() == 1
    })
    .await;
    let acknowledgement = mailbox.message(&mails_to(&mailbox, "vera@example.com")[0]).await;
    assert_eq!(
        acknowledgement.return_path, "",
        "RFC 3834 wants an empty envelope sender"
    );
    assert!(
        !acknowledgement.text.contains("team of five"),
        "it quotes nothing of the visitor"
    );
    assert!(
        !acknowledgement.text.contains("Vera"),
        "it quotes nothing of the visitor"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_id_leads_from_the_request_to_the_mail_and_no_log_names_the_visitor() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let body = serde_json::json!({
        "email": "very.private@example.com", "name": "Verysecret", "campaign": "youtube",
        "consent": { "updates": false },
    });
    let request = fleet.http().post(fleet.signup.url("/v1/signups")).json(&body);
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    assert_eq!(request.send().await.expect("signup answers").status(), 202);
    mailbox.wait_for("the delivery mail", |_| true).await;

    let question_trace = "0af7651916cd43dd8448eb211c80319c";
    let question = serde_json::json!({
        "email": "very.private@example.com", "name": "Verysecret", "topic": "pricing", "message": "Verysecret too",
    });
    let request = fleet
        .http()
        .post(fleet.enquiry.url("/v1/enquiries"))
        .json(&question);
    let request = request.header("traceparent", format!("00-{question_trace}-00f067aa0ba902b7-01"));
    assert_eq!(request.send().await.expect("enquiry answers").status(), 202);

    for (service, trace) in [
        (&fleet.signup, trace),
        (&fleet.notification, trace),
        (&fleet.enquiry, question_trace),
        (&fleet.notification, question_trace),
    ] {
        wait_until("the trace id is in the log", DEADLINE, async || {
            service.log().contains(trace)
        })
        .await;
    }
    for service in [&fleet.signup, &fleet.enquiry, &fleet.notification] {
        let log = service.log().to_lowercase();
        assert!(
            !log.contains("very.private") && !log.contains("verysecret"),
            "{log}"
        );
    }
}
