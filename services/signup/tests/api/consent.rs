//! Consent: given, confirmed, withdrawn and lapsed, with evidence that nobody can change.

use contracts::Payload;
use contracts::signup::{SignupAccepted, UnsubscribeScope, Unsubscribed, UpdatesConfirmed};
use signup::commands::lapse_consents::lapse_consents;
use signup::commands::{self, check_link, confirm_updates, not_me, unsubscribe};
use signup::domain::consent::Method;
use signup::domain::link_token::LinkKind;
use signup::error::Answer;
use sqlx::PgPool;
use telemetry::TraceParent;

use crate::test_app::{TestApp, count, empty_outbox, evidence, outbox, token, told};

/// Signs up with the box ticked. Answers what the mail will hold; the outbox is empty afterwards.
async fn sign_up_for_updates(service: &TestApp, pool: &PgPool) -> SignupAccepted {
    empty_outbox(pool).await;
    let mut asked = service.request("anna@example.com").await;
    asked.updates = true;
    commands::request_signup(&service.state, asked)
        .await
        .expect("accepted");
    let told = told(pool).await;
    empty_outbox(pool).await;
    told
}

async fn states(pool: &PgPool) -> Vec<(String, String, String)> {
    sqlx::query_as("select purpose, state, method from consents order by id")
        .fetch_all(pool)
        .await
        .expect("rows")
}

fn row(purpose: &str, state: &str, method: &str) -> (String, String, String) {
    (purpose.to_owned(), state.to_owned(), method.to_owned())
}

#[tokio::test]
async fn pending_consent_is_given_by_the_link_once_and_told_once() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = sign_up_for_updates(&service, database.pool()).await;
    let link = mail.confirm.expect("the box was ticked");
    let opened = check_link(&service.state, LinkKind::Confirm, token(&link)).await;
    assert!(opened.is_ok(), "opening the link changes nothing");
    for _ in 0..2 {
        let said = evidence(Method::ConfirmPage);
        confirm_updates(&service.state, token(&link), said, TraceParent::new_root())
            .await
            .expect("confirmed");
    }
    let rows = states(database.pool()).await;
    let expected = [
        row("delivery", "given", "form"),
        row("updates", "pending", "form"),
        row("updates", "given", "confirm_page"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(outbox(database.pool()).await, [UpdatesConfirmed::TYPE]);
}

#[tokio::test]
async fn unsubscribing_twice_is_noted_once_and_told_each_time() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = sign_up_for_updates(&service, database.pool()).await;
    for _ in 0..2 {
        let (link, said) = (token(&mail.links.unsubscribe), evidence(Method::OneClick));
        unsubscribe(&service.state, link, said, TraceParent::new_root())
            .await
            .expect("done");
    }
    assert_eq!(
        states(database.pool()).await.last(),
        Some(&row("updates", "withdrawn", "one_click"))
    );
    assert_eq!(count(database.pool(), "select count(*) from consents").await, 3);
    assert_eq!(outbox(database.pool()).await, [Unsubscribed::TYPE; 2]);
}

#[tokio::test]
async fn who_never_asked_for_updates_can_still_unsubscribe_and_is_heard() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    service.sign_up("anna@example.com").await;
    let mail: SignupAccepted = told(database.pool()).await;
    let said = evidence(Method::UnsubscribePage);
    unsubscribe(
        &service.state,
        token(&mail.links.unsubscribe),
        said,
        TraceParent::new_root(),
    )
    .await
    .expect("done");
    assert_eq!(
        states(database.pool()).await.last(),
        Some(&row("updates", "withdrawn", "unsubscribe_page"))
    );
    told::<Unsubscribed>(database.pool()).await;
}

#[tokio::test]
async fn a_confirm_link_is_dead_after_the_withdrawal() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = sign_up_for_updates(&service, database.pool()).await;
    let said = evidence(Method::UnsubscribePage);
    unsubscribe(
        &service.state,
        token(&mail.links.unsubscribe),
        said,
        TraceParent::new_root(),
    )
    .await
    .expect("done");
    let link = mail.confirm.expect("the box was ticked");
    let said = evidence(Method::ConfirmPage);
    let refused = confirm_updates(&service.state, token(&link), said, TraceParent::new_root()).await;
    assert_eq!(refused.expect_err("withdrawn").answer(), Answer::DeadLink);
}

#[tokio::test]
async fn this_was_not_me_withdraws_everything() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = sign_up_for_updates(&service, database.pool()).await;
    let said = evidence(Method::NotMe);
    not_me(
        &service.state,
        token(&mail.links.unsubscribe),
        said,
        TraceParent::new_root(),
    )
    .await
    .expect("done");
    let withdrawn =
        "select count(distinct purpose) from consents where state = 'withdrawn' and method = 'not_me'";
    assert_eq!(count(database.pool(), withdrawn).await, 2);
    assert_eq!(
        told::<Unsubscribed>(database.pool()).await.scope,
        UnsubscribeScope::Everything
    );
}

#[tokio::test]
async fn consent_that_nobody_confirmed_lapses_after_thirty_days_and_the_signup_stays() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = sign_up_for_updates(&service, database.pool()).await;
    lapse_consents(&service.state).await.expect("looked");
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from consents where state = 'lapsed'"
        )
        .await,
        0
    );
    let mut connection = database.connection().await;
    for statement in [
        "alter table consents disable trigger consents_are_append_only",
        "update consents set at = at - interval '31 days'",
        "alter table consents enable trigger consents_are_append_only",
    ] {
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .expect("the clock goes on");
    }
    for _ in 0..2 {
        lapse_consents(&service.state).await.expect("lapsed");
    }
    assert_eq!(
        states(database.pool()).await.last(),
        Some(&row("updates", "lapsed", "lapse"))
    );
    assert_eq!(count(database.pool(), "select count(*) from consents").await, 3);
    assert_eq!(count(database.pool(), "select count(*) from signups").await, 1);
    let link = mail.confirm.expect("the box was ticked");
    let late = confirm_updates(
        &service.state,
        token(&link),
        evidence(Method::ConfirmPage),
        TraceParent::new_root(),
    );
    assert_eq!(late.await.expect_err("lapsed").answer(), Answer::DeadLink);
}

#[tokio::test]
async fn evidence_can_be_neither_changed_nor_deleted() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    service.sign_up("anna@example.com").await;
    for statement in [
        "update consents set state = 'withdrawn'",
        "delete from consents",
        "truncate consents",
    ] {
        assert!(
            sqlx::query(statement).execute(database.pool()).await.is_err(),
            "{statement}"
        );
    }
}

#[tokio::test]
async fn a_link_of_one_kind_is_worth_nothing_as_another() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = sign_up_for_updates(&service, database.pool()).await;
    let unsubscribe_token = token(&mail.links.unsubscribe);
    let download_token = token(&mail.download);
    for (kind, token) in [
        (LinkKind::Confirm, unsubscribe_token),
        (LinkKind::MyData, unsubscribe_token),
        (LinkKind::Confirm, download_token),
    ] {
        let opened = check_link(&service.state, kind, token).await;
        assert_eq!(opened.expect_err("another kind").answer(), Answer::DeadLink);
    }
    let said = evidence(Method::UnsubscribePage);
    let refused = unsubscribe(&service.state, download_token, said, TraceParent::new_root()).await;
    assert_eq!(refused.expect_err("another kind").answer(), Answer::DeadLink);
}
