//! Postgres away, frozen, or too slow: 503 soon, no lies, and no restart afterwards.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lifecycle::Supervisor;
use postgres::DatabaseConfig;
use signup::error::Answer;
use signup::store::signup_queue::QueueLimits;
use signup::{App, Config, Error, commands};
use telemetry::TraceParent;
use testkit::{Fault, FaultProxy, TestDatabase, wait_for, wait_until};

use crate::test_app::{TestApp, address, config, count, no_kafka, request};

/// What a visitor may have to wait for a 503.
const PATIENCE: Duration = Duration::from_secs(3);

fn behind(database: &TestDatabase, proxy: &FaultProxy) -> Config {
    let reached = DatabaseConfig {
        url: database.url_through(proxy).into(),
        ..database.config("signup")
    };
    config(reached, no_kafka())
}

/// Catches a statement without a deadline of our own: the server's does not help while it is frozen.
#[tokio::test]
async fn while_postgres_is_frozen_requests_are_refused_within_three_seconds_and_it_heals_by_itself() {
    let database = testkit::database("signup").await;
    let proxy = FaultProxy::start(database.upstream());
    let service = TestApp::start(behind(&database, &proxy)).await;
    let campaign = service.campaign().await;
    service.sign_up("before@example.com").await;

    proxy.set(Fault::BlackHole).await;
    let began = Instant::now();
    let asked = (0..50).map(|n| {
        let request = request(campaign.clone(), &format!("frozen{n}@example.com"));
        commands::request_signup(&service.state, request)
    });
    for answer in join_all(asked).await {
        let error = answer.expect_err("nothing can be stored");
        assert_eq!(error.answer(), Answer::TryAgain);
    }
    assert!(began.elapsed() < PATIENCE, "answered after {:?}", began.elapsed());

    proxy.set(Fault::Pass).await;
    let healed = async || {
        let request = request(campaign.clone(), "after@example.com");
        commands::request_signup(&service.state, request).await.ok()
    };
    wait_for("signups are taken again", Duration::from_secs(10), healed).await;
}

/// Catches a writer that takes entries however long they have waited: their visitors have been told to try again.
#[tokio::test]
async fn what_has_waited_for_more_than_a_second_is_thrown_out_and_never_written() {
    let database = testkit::database("signup").await;
    let proxy = FaultProxy::start(database.upstream());
    let service = TestApp::start(behind(&database, &proxy)).await;
    let campaign = service.campaign().await;
    service.sign_up("before@example.com").await;

    proxy.set(Fault::BlackHole).await;
    let began = Instant::now();
    let first = commands::request_signup(&service.state, request(campaign.clone(), "first@example.com"));
    let others = async {
        let queued = || service.state.metrics.queue_entries.get();
        wait_until("the first is being written", PATIENCE, async || queued() == 0).await;
        let asked = (0..20).map(|n| {
            let request = request(campaign.clone(), &format!("thrown{n}@example.com"));
            commands::request_signup(&service.state, request)
        });
        join_all(asked).await
    };
    let thaw = async {
        let too_long = Duration::from_millis(1200);
        wait_until("a second has passed", PATIENCE, async || {
            began.elapsed() > too_long
        })
        .await;
        proxy.set(Fault::Pass).await;
    };
    let (_, thrown_out, ()) = tokio::join!(first, others, thaw);
    for answer in thrown_out {
        assert_eq!(
            answer.expect_err("it has waited too long").answer(),
            Answer::TryAgain
        );
    }
    wait_for("signups are taken again", Duration::from_secs(10), async || {
        let request = request(campaign.clone(), "after@example.com");
        commands::request_signup(&service.state, request).await.ok()
    })
    .await;
    let thrown = "select count(*) from leads where email like 'thrown%'";
    assert_eq!(count(database.pool(), thrown).await, 0);
}

/// Catches work that runs in the request, or without a deadline outside its task.
#[tokio::test]
async fn every_other_command_gives_up_within_three_seconds_too_and_the_pool_heals() {
    let database = testkit::database("signup").await;
    let proxy = FaultProxy::start(database.upstream());
    let service = TestApp::start(behind(&database, &proxy)).await;
    proxy.set(Fault::BlackHole).await;
    let began = Instant::now();
    let asked = (0..20).map(|n| {
        let email = address(&format!("frozen{n}@example.com"));
        commands::request_my_data(&service.state, email, TraceParent::new_root())
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.expect_err("frozen").answer(), Answer::TryAgain);
    }
    assert!(began.elapsed() < PATIENCE, "answered after {:?}", began.elapsed());
    proxy.set(Fault::Pass).await;
    wait_for("requests are taken again", Duration::from_secs(20), async || {
        let email = address("after@example.com");
        commands::request_my_data(&service.state, email, TraceParent::new_root())
            .await
            .ok()
    })
    .await;
}

#[tokio::test]
async fn the_service_starts_without_postgres_and_works_when_it_comes() {
    let database = testkit::database("signup").await;
    let campaign = TestApp::without_kafka(&database).await.campaign().await;
    let proxy = FaultProxy::start(database.upstream());
    proxy.set(Fault::Refuse).await;
    let service = TestApp::start_bare(behind(&database, &proxy));
    let asked = || commands::request_signup(&service.state, request(campaign.clone(), "anna@example.com"));
    let error = asked().await.expect_err("there is no database");
    assert_eq!(error.answer(), Answer::TryAgain);
    proxy.set(Fault::Pass).await;
    wait_for("signups are taken", Duration::from_secs(10), async || {
        asked().await.ok()
    })
    .await;
}

/// Catches a writer that keeps a connection after a failure.
#[tokio::test]
async fn a_connection_that_is_cut_costs_its_batch_and_no_more() {
    let database = testkit::database("signup").await;
    let proxy = FaultProxy::start(database.upstream());
    let service = TestApp::start(behind(&database, &proxy)).await;
    let campaign = service.campaign().await;
    service.sign_up("before@example.com").await;
    proxy.set(Fault::Refuse).await;
    proxy.set(Fault::Pass).await;
    let asked = async || {
        let request = request(campaign.clone(), "anna@example.com");
        commands::request_signup(&service.state, request).await.ok()
    };
    wait_for("signups are taken again", Duration::from_secs(10), asked).await;
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let database = testkit::database("signup").await;
    let campaign = TestApp::without_kafka(&database).await.campaign().await;
    let supervisor = Supervisor::new();
    let limits = QueueLimits {
        entries: 4,
        bytes: 1024 * 1024,
    };
    let config = Config {
        queue: limits,
        ..config(database.config("signup"), no_kafka())
    };
    let app = App::build(config, &supervisor).expect("a valid configuration");
    let state = app.state().clone();
    let asked = |n: usize| {
        let (state, request) = (
            state.clone(),
            request(campaign.clone(), &format!("anna{n}@example.com")),
        );
        supervisor
            .spawner()
            .spawn(async move { commands::request_signup(&state, request).await })
    };
    let waiting: Vec<_> = (0..4).map(asked).collect();
    wait_until("the queue is full", PATIENCE, async || {
        state.metrics.queue_entries.get() == 4
    })
    .await;
    let refused = asked(4).await.expect("no panic");
    assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
    app.start(&supervisor);
    for answer in waiting {
        answer.await.expect("no panic").expect("accepted");
    }
}
