//! The graceful stop.

use crate::site::{Options, SOON, Site};
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn a_stop_finishes_the_request_under_way_and_takes_no_new_ones() {
    let site = Site::start();
    let url = site.url("/slow");
    let under_way = site.supervisor.spawner().spawn(async { reqwest::get(url).await });
    site.gate.begun.notified().await;

    site.supervisor.request_stop();
    timeout(SOON, site.is_not_ready())
        .await
        .expect("the stop has begun");
    assert!(!site.served.is_finished(), "the request is still under way");
    site.gate.go_on.notify_one();
    let answer = timeout(SOON, under_way)
        .await
        .expect("in time")
        .expect("no panic")
        .expect("an answer");
    assert_eq!(answer.text().await.expect("text"), "done");

    timeout(SOON, site.served)
        .await
        .expect("in time")
        .expect("no panic")
        .expect("served");
    assert!(
        reqwest::get(format!("http://{}/c/thanks", site.public))
            .await
            .is_err()
    );
    assert!(site.supervisor.stop(SOON).await);
}

#[tokio::test]
async fn while_it_drains_it_is_not_ready_but_still_answers() {
    let site = Site::with(Options {
        drain: SOON,
        ..Options::default()
    });
    assert_eq!(
        reqwest::get(site.admin_url("/readyz"))
            .await
            .expect("an answer")
            .status(),
        200
    );

    site.supervisor.request_stop();
    timeout(SOON, site.is_not_ready()).await.expect("not ready");
    let answer = site.get("/c/thanks").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["connection"],
        "close",
        "so that load balancers let go of the connection"
    );
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let site = Site::start();
    let idle = tokio::net::TcpStream::connect(site.public)
        .await
        .expect("connected");
    assert_eq!(site.get("/c/thanks").await.status(), 200);
    site.supervisor.request_stop();
    timeout(Duration::from_secs(10), site.served)
        .await
        .expect("in time")
        .expect("no panic")
        .expect("served");
    drop(idle);
}

#[tokio::test]
async fn a_busy_port_is_named_by_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound");
    let error = web::bind("PUBLIC_LISTEN", address).expect_err("taken");
    assert_eq!(
        error.to_string(),
        format!("PUBLIC_LISTEN cannot be used: {address} is taken by another program.")
    );
}
