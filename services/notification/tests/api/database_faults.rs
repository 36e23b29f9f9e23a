use contracts::notification::State;
use contracts::offer::DeliveryMode;
use testkit::{Fault, FaultProxy, wait_until};

use crate::samples::{accepted, offer, signup};
use crate::test_app::{SOON, Surroundings, database_through};

#[tokio::test]
async fn a_service_without_its_database_is_unready_and_heals_by_itself() {
    let around = Surroundings::new().await;
    let proxy = FaultProxy::start(around.database.upstream());
    proxy.set(Fault::Refuse).await;
    let mut config = around.config();
    config.database = database_through(&around.database, &proxy);
    let app = around.start(config);
    app.publish(offer(1, DeliveryMode::Link)).await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    wait_until("unready", SOON, async || {
        app.get_admin("/readyz").await.status() == 503
    })
    .await;
    assert_eq!(app.get_admin("/livez").await.status(), 200);

    proxy.set(Fault::Pass).await;
    wait_until("ready", SOON, async || {
        app.get_admin("/readyz").await.status() == 200
    })
    .await;
    app.told(signup.signup_id, State::Accepted).await;
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
}

#[tokio::test]
async fn a_database_that_hangs_while_a_mail_is_sent_gets_the_outcome_later_and_no_second_mail() {
    let around = Surroundings::new().await;
    let proxy = FaultProxy::start(around.database.upstream());
    let mut config = around.config();
    config.database = database_through(&around.database, &proxy);
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    app.publish(vec![accepted(&signup("before@example.com"))]).await;
    app.wait_for_count(1, "select count(*) from attempts").await;
    let slow = mailbox::Fault::Delay(std::time::Duration::from_secs(1));
    app.misbehave(mailbox::Rule::new(mailbox::Moment::Message, slow).times(1));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.wait_for_count(
        1,
        "select count(*) from due_notifications where lease_id is not null",
    )
    .await;
    proxy.set(Fault::BlackHole).await;
    app.mail_to("anna@example.com").await;
    assert_eq!(
        app.count("select count(*) from attempts").await,
        1,
        "the outcome cannot be written"
    );

    proxy.set(Fault::Pass).await;
    app.told(signup.signup_id, State::Accepted).await;
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
    assert_eq!(app.count("select count(*) from attempts where not late").await, 2);
}
