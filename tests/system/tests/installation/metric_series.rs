//! What strangers choose makes no new time series.

use std::collections::BTreeSet;

use serde_json::json;
use system::{Fleet, Network, Service};
use testkit::{kafka, mailbox};
use uuid::Uuid;

/// Names and labels of what a service exports, without the values.
async fn series(fleet: &Fleet, service: &Service) -> BTreeSet<String> {
    let answer = fleet.http().get(service.admin_url("/metrics")).send().await;
    let text = answer.expect("metrics come").text().await.expect("all of them");
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()))
        .collect()
}

/// Words in every place where a stranger can put some.
async fn visit(fleet: &Fleet) {
    let word = Uuid::now_v7().simple().to_string();
    let paths = [
        fleet.signup.url(&format!("/c/{word}?utm_source={word}")),
        fleet.signup.url(&format!(
            "/c/instagram?utm_source={word}&utm_medium={word}&gclid={word}"
        )),
        fleet.signup.url(&format!("/{word}")),
        fleet.signup.url(&format!("/d/{word}")),
        fleet
            .enquiry
            .url(&format!("/contact?campaign={word}&utm_term={word}")),
        fleet.enquiry.url(&format!("/static/enquiry/{word}")),
        fleet.notification.url(&format!("/v1/{word}")),
    ];
    for path in paths {
        let visit = fleet.http().get(path).header("host", format!("{word}.example"));
        let visit = visit
            .header("user-agent", &word)
            .header("referer", format!("https://{word}.example/"));
        visit.send().await.expect("it answers");
    }
    let signup =
        json!({ "email": format!("{word}@example.com"), "campaign": word, "consent": { "updates": false } });
    let post = fleet.http().post(fleet.signup.url("/v1/signups")).json(&signup);
    post.send().await.expect("it answers");
    let method = reqwest::Method::from_bytes(word.as_bytes()).expect("any word is a method");
    fleet
        .http()
        .request(method, fleet.signup.url("/me"))
        .send()
        .await
        .expect("it answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_strangers_make_no_new_time_series() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    let services = [&fleet.signup, &fleet.enquiry, &fleet.notification];
    // Every status class and every step has been seen once before it is counted.
    for _ in 0..5 {
        visit(&fleet).await;
    }
    let mut before = Vec::new();
    for service in services {
        before.push(series(&fleet, service).await);
    }

    for _ in 0..200 {
        visit(&fleet).await;
    }

    for (service, before) in services.into_iter().zip(before) {
        let new: Vec<_> = series(&fleet, service)
            .await
            .difference(&before)
            .cloned()
            .collect();
        assert_eq!(new, Vec::<String>::new());
    }
}
