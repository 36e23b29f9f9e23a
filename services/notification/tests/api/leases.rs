use std::time::Duration;

use contracts::notification::State;
use contracts::offer::DeliveryMode;
use mailbox::{Fault, Moment, Rule};

use crate::samples::{accepted, signup};
use crate::test_app::{Surroundings, TestApp};

const SENDING: &str = "select count(*) from due_notifications where lease_id is not null";

async fn app_that_sends_slowly() -> TestApp {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.misbehave(Rule::new(Moment::Message, Fault::Delay(Duration::from_secs(1))));
    app
}

/// Fails on a build that writes an outcome without asking whose lease it is: the mail counts as accepted then.
#[tokio::test]
async fn an_outcome_that_comes_after_the_lease_has_gone_is_kept_but_changes_nothing() {
    let app = app_that_sends_slowly().await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.wait_for_count(1, SENDING).await;
    app.execute(
        "update due_notifications set lease_id = gen_random_uuid(), leased_until = now() + interval '1 hour'",
    )
    .await;
    app.wait_for_count(
        1,
        "select count(*) from attempts where late and outcome = 'accepted' and reply_text is null",
    )
    .await;
    assert_eq!(
        app.count("select count(*) from notifications where state = 'queued' and revision = 1")
            .await,
        1
    );
    assert_eq!(app.count(SENDING).await, 1);
    let late = app.metric("leadstream_notification_late_outcomes_total").await;
    assert!((late - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_mail_whose_sender_died_is_sent_when_the_lease_has_run_out() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.kafka = crate::test_app::no_kafka();
    let app = around.start(config);
    let insert = "with ledger as (
            insert into notifications (id, event_source, event_id, purpose, recipient, event_time, request_id, person_id,
                                       address, content, state)
            values (gen_random_uuid(), 'enquiry', gen_random_uuid(), 'ack', 0, now(), gen_random_uuid(),
                    gen_random_uuid(), 'anna@example.com',
                    '{\"kind\":\"ack\",\"reference\":\"Q-1\",\"topic\":\"Prices\",\"team\":\"Sales\"}', 'queued')
            returning id)
        insert into due_notifications (notification_id, lease_id, leased_until)
        select id, gen_random_uuid(), now() + interval '1 second' from ledger";
    app.execute(insert).await;
    app.mail_to("anna@example.com").await;
    app.wait_for_count(1, "select count(*) from notifications where state = 'accepted'")
        .await;
}

#[tokio::test]
async fn a_mail_is_leased_for_twice_the_time_that_an_attempt_may_take() {
    let app = app_that_sends_slowly().await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let leased = "select count(*) from due_notifications
                  where leased_until between now() + interval '18 seconds' and now() + interval '20 seconds'";
    app.wait_for_count(1, leased).await;
    app.told(signup.signup_id, State::Accepted).await;
}
