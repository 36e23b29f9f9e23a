//! Erasing a person: nothing is left, everybody is told, and the person may come again.

use std::time::Duration;

use contracts::signup::{PersonErased, SignupAccepted, Unsubscribed};
use contracts::{Payload, PersonId, Source};
use signup::commands::confirm_erasure::confirm_erasure;
use signup::commands::republish_unconfirmed::republish_erasures;
use signup::commands::{self, erase_address, erase_my_data, record_download, request_my_data, unsubscribe};
use signup::domain::consent::Method;
use signup::domain::fetcher::Fetcher;
use sqlx::PgPool;
use telemetry::TraceParent;
use testkit::wait_until;

use crate::test_app::{
    TestApp, address, change, count, empty_outbox, evidence, outbox, token, told, with_key,
};

/// Every table, as the text of its rows.
async fn all_rows(pool: &PgPool) -> Vec<(String, String)> {
    let tables: Vec<String> =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
            .fetch_all(pool)
            .await
            .expect("tables");
    let mut rows = Vec::new();
    for table in tables {
        let question = sqlx::AssertSqlSafe(format!("select row_to_json(t)::text from {table} t"));
        let found: Vec<String> = sqlx::query_scalar(question).fetch_all(pool).await.expect("rows");
        rows.extend(found.into_iter().map(|row| (table.clone(), row)));
    }
    rows
}

/// Tables in which this text, or its bytes, can be found.
fn traces(rows: &[(String, String)], text: &str) -> Vec<String> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hit = |row: &str| row.contains(text) || row.contains(&hex);
    rows.iter()
        .filter(|(_, row)| hit(row))
        .map(|(table, _)| table.clone())
        .collect()
}

/// A lead that has left something in every table.
async fn lead_everywhere(service: &TestApp, pool: &PgPool) -> SignupAccepted {
    empty_outbox(pool).await;
    let mut asked = with_key(service.request("anna@example.com").await, "key-1", "{}");
    asked.updates = true;
    commands::request_signup(&service.state, asked)
        .await
        .expect("accepted");
    let mail: SignupAccepted = told(pool).await;
    let mut held = service.request("anna@example.com").await;
    held.held = true;
    commands::request_signup(&service.state, held)
        .await
        .expect("accepted");
    service.sign_up("anna@example.com").await;
    record_download(&service.state, token(&mail.download), Fetcher::Person)
        .await
        .expect("a file");
    let said = evidence(Method::UnsubscribePage);
    unsubscribe(
        &service.state,
        token(&mail.links.unsubscribe),
        said,
        TraceParent::new_root(),
    )
    .await
    .expect("done");
    change(pool, "delete from mail_budgets").await;
    request_my_data(
        &service.state,
        address("anna@example.com"),
        TraceParent::new_root(),
    )
    .await
    .expect("taken");
    let owed = "select count(*) from mail_requests where delivery = 'owed'";
    wait_until("the mail is owed", Duration::from_secs(5), async || {
        count(pool, owed).await == 1
    })
    .await;
    mail
}

/// Catches a table that the erasure forgets: it looks into all there are.
#[tokio::test]
async fn an_erased_person_leaves_no_trace_and_everybody_else_stays() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    let mail = lead_everywhere(&service, pool).await;
    service.sign_up("ben@example.com").await;
    let before = all_rows(pool).await;
    assert!(!traces(&before, "anna").is_empty() && !traces(&before, "Quietname").is_empty());

    let person = erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    assert_eq!(person, mail.person_id);
    let after = all_rows(pool).await;
    for text in [
        "anna",
        &mail.signup_id.to_string(),
        token(&mail.download),
        token(&mail.links.unsubscribe),
    ] {
        assert_eq!(traces(&after, text), Vec::<String>::new(), "{text}");
    }
    let mut kept = traces(&after, &person.to_string());
    kept.sort();
    kept.dedup();
    assert_eq!(
        kept,
        ["erased_people", "outbox"],
        "only that the person was erased"
    );
    assert_eq!(count(pool, "select count(*) from mail_budgets").await, 1, "ben's");
    assert_eq!(count(pool, "select count(*) from idempotency_keys").await, 0);
    assert_eq!(
        outbox(pool).await,
        [Unsubscribed::TYPE, SignupAccepted::TYPE, PersonErased::TYPE],
        "that anna wants no mails, ben's signup, and the erasure"
    );

    service.sign_up("anna@example.com").await;
    let again = "select count(*) from signups s join leads l using (person_id)
                 where l.email = 'anna@example.com' and s.delivery = 'owed'";
    assert_eq!(count(pool, again).await, 1, "the person may come again");
}

#[tokio::test]
async fn a_person_erases_themselves_with_the_link_to_their_data() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mail = lead_everywhere(&service, database.pool()).await;
    let link = service
        .state
        .rules
        .links
        .my_data(mail.person_id, time::OffsetDateTime::now_utc());
    erase_my_data(&service.state, token(&link)).await.expect("erased");
    assert_eq!(
        traces(&all_rows(database.pool()).await, "anna"),
        Vec::<String>::new()
    );
    assert_eq!(
        count(database.pool(), "select count(*) from mail_budgets").await,
        0
    );
}

#[tokio::test]
async fn an_erasure_of_somebody_unknown_here_is_told_nevertheless() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    let person = erase_address(&service.state, &address("asker@example.com"))
        .await
        .expect("erased");
    assert_eq!(told::<PersonErased>(database.pool()).await.person_id, person);
}

#[tokio::test]
async fn an_erasure_is_published_again_until_both_services_have_confirmed_it() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    empty_outbox(pool).await;
    let person = erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    let erasure: PersonErased = told(pool).await;
    let published_again = async || {
        empty_outbox(pool).await;
        change(pool, "update erased_people set next_publish_at = now()").await;
        republish_erasures(&service.state).await.expect("looked");
        outbox(pool).await.len()
    };
    assert_eq!(published_again().await, 1);
    assert_eq!(told::<PersonErased>(pool).await, erasure);
    let confirm = async |service: &TestApp, person: PersonId, by: Source| {
        confirm_erasure(&service.state, person, erasure.erased_at, by)
            .await
            .expect("noted");
    };
    confirm(&service, person, Source::Enquiry).await;
    assert_eq!(published_again().await, 1, "notification has not confirmed");
    confirm(&service, person, Source::Notification).await;
    assert_eq!(published_again().await, 0);
}

#[tokio::test]
async fn a_confirmation_of_an_earlier_erasure_does_not_confirm_the_next() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    empty_outbox(pool).await;
    let person = erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    let first: PersonErased = told(pool).await;
    erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased again");
    for by in [Source::Enquiry, Source::Notification] {
        confirm_erasure(&service.state, person, first.erased_at, by)
            .await
            .expect("noted");
    }
    let confirmed = "select count(*) from erased_people where enquiry_confirmed_at is not null";
    assert_eq!(count(pool, confirmed).await, 0);
}

/// Catches locks that are not taken in the writer's order.
#[tokio::test]
async fn an_erasure_while_the_person_signs_up_again_and_again_ends_and_loses_nobody_elses_signup() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let campaign = service.campaign().await;
    let signing_up = async {
        for n in 0..60 {
            let key = format!("key-{}", n % 3);
            let request = with_key(
                crate::test_app::request(campaign.clone(), "anna@example.com"),
                &key,
                "{}",
            );
            commands::request_signup(&service.state, request)
                .await
                .expect("accepted");
        }
    };
    let erasing = async {
        for _ in 0..20 {
            erase_address(&service.state, &address("anna@example.com"))
                .await
                .expect("erased");
        }
    };
    tokio::join!(signing_up, erasing);
    erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    assert_eq!(
        traces(&all_rows(database.pool()).await, "anna"),
        Vec::<String>::new()
    );
    assert_eq!(
        count(database.pool(), "select count(*) from idempotency_keys").await,
        0
    );
}

#[tokio::test]
async fn an_erasure_does_not_take_back_that_a_person_wants_no_mails() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    service.sign_up("anna@example.com").await;
    let mail: SignupAccepted = told(database.pool()).await;
    let (link, said) = (token(&mail.links.unsubscribe), evidence(Method::OneClick));
    unsubscribe(&service.state, link, said, TraceParent::new_root())
        .await
        .expect("done");
    erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    assert_eq!(
        outbox(database.pool()).await,
        [Unsubscribed::TYPE, PersonErased::TYPE]
    );
}

/// Breaks on a build whose lead grows with every signup: each of them would rewrite it.
#[tokio::test]
async fn somebody_who_signs_up_again_and_again_stays_a_small_row_and_is_erased_whole() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    for _ in 0..110 {
        service.sign_up("anna@example.com").await;
    }
    assert_eq!(
        count(pool, "select cardinality(signup_ids)::bigint from leads").await,
        100
    );
    let person = PersonId::of(&service.state.rules.subject_key, &address("anna@example.com"));
    let shown = commands::show_lead(&service.state, person).await.expect("read");
    assert_eq!(shown.expect("a lead").signups.len(), 110);

    erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    for table in [
        "select count(*) from signups",
        "select count(*) from touches",
        "select count(*) from consents",
        "select count(*) from more_signups",
        "select count(*) from leads",
    ] {
        assert_eq!(count(pool, table).await, 0, "{table}");
    }
}
