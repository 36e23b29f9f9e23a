//! Every metric and label that rules and dashboards name is exported by the running services.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mailbox::Summary;
use system::{Fleet, Network, link_in};
use testkit::{TestMailbox, kafka, mailbox, wait_until};

use crate::expression::{Named, named};
use crate::queries::{Query, all, rules, text};

/// What Prometheus itself, and targets on Kubernetes, add to every series.
const TARGET_LABELS: [&str; 8] = [
    "job",
    "instance",
    "namespace",
    "pod",
    "container",
    "endpoint",
    "node",
    "service",
];
/// Metrics of others: Prometheus, Kafka Exporter, CloudNativePG, postgres_exporter.
const FOREIGN: [&str; 19] = [
    "up",
    "kafka_brokers",
    "kafka_consumergroup_lag",
    "kafka_consumergroup_members",
    "kafka_topic_partition_current_offset",
    "kafka_topic_partition_under_replicated_partition",
    "cnpg_backends_total",
    "cnpg_pg_database_size_bytes",
    "cnpg_pg_replication_lag",
    "cnpg_pg_stat_database_deadlocks",
    "cnpg_pg_stat_database_xact_commit",
    "cnpg_pg_stat_database_xact_rollback",
    "pg_database_size_bytes",
    "pg_stat_activity_count",
    "pg_stat_database_deadlocks",
    "pg_stat_database_xact_commit",
    "pg_stat_database_xact_rollback",
    "vector",
    "time",
];
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const DEADLINE: Duration = Duration::from_secs(60);

/// Series by metric: the values of each label.
type Exported = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_and_label_of_rules_and_dashboards_is_exported() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = Fleet::start(&Network::new(&kafka, &mailbox)).await;
    go_all_ways(&fleet, &mailbox).await;

    let (queries, recorded) = (all(), recorded());
    let mut told = Vec::new();
    wait_until("all of it is exported", DEADLINE, async || {
        let exported = exported(&fleet).await;
        let missing: Vec<_> = queries
            .iter()
            .flat_map(|query| missing_of(query, &exported, &recorded))
            .collect();
        if missing != told {
            report(&missing);
            told.clone_from(&missing);
        }
        missing.is_empty()
    })
    .await;
}

/// From a visit to a reader, a question, and fresh links: series with labels of campaigns exist only then.
async fn go_all_ways(fleet: &Fleet, mailbox: &TestMailbox) {
    let browser = |request: reqwest::RequestBuilder| request.header("user-agent", BROWSER);
    let visit = browser(fleet.http().get(fleet.signup.url("/c/instagram"))).send();
    assert!(visit.await.expect("signup answers").status().is_success());
    fleet.sign_up("vera@example.com").await;
    let is_delivery = |mail: &Summary| mail.outline.to.iter().any(|to| to.address == "vera@example.com");
    let mail = mailbox.wait_for("the delivery mail", is_delivery).await;
    let message = mailbox.message(&mail).await;
    let link = link_in(&message.text, &fleet.signup.url(""), "/d/").expect("a link");
    let download = browser(fleet.http().get(&link)).send();
    assert!(download.await.expect("signup answers").status().is_success());
    fleet.ask("vera@example.com", "What does it cost?").await;
    let fresh_links = fleet.http().post(fleet.signup.url("/d"));
    let fresh_links = fresh_links.form(&[("email", "vera@example.com")]).send();
    fresh_links.await.expect("signup answers");
}

#[expect(clippy::print_stdout, reason = "shown with the failure")]
fn report(missing: &[String]) {
    println!("missing: {missing:#?}");
}

/// What a query names and nobody exports, with the query's place.
fn missing_of(query: &Query, exported: &Exported, recorded: &BTreeSet<String>) -> Vec<String> {
    let missing = missing(&named(&query.expression), exported, recorded);
    missing
        .into_iter()
        .map(|what| format!("{}: {what}", query.place))
        .collect()
}

/// Names of the recording rules.
fn recorded() -> BTreeSet<String> {
    rules("recording")
        .iter()
        .map(|rule| text(&rule["record"]).to_owned())
        .collect()
}

/// What an expression names and nobody exports.
fn missing(named: &Named, exported: &Exported, recorded: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    let mut labels: BTreeSet<&str> = TARGET_LABELS.into();
    let mut all_ours = true;
    for selector in &named.selectors {
        if FOREIGN.contains(&selector.metric.as_str()) || recorded.contains(&selector.metric) {
            all_ours = false;
            continue;
        }
        let Some(series) = exported.get(&selector.metric) else {
            missing.push(selector.metric.clone());
            continue;
        };
        labels.extend(series.keys().map(String::as_str));
        for (label, value) in &selector.matchers {
            missing.extend(
                unmatched(series, label, value)
                    .map(|value| format!("{}{{{label}={value:?}}}", selector.metric)),
            );
        }
    }
    let groupings = named
        .groupings
        .iter()
        .filter(|label| all_ours && !labels.contains(label.as_str()));
    missing.extend(groupings.map(|label| format!("label {label}")));
    missing
}

/// The first alternative of a matcher that no series has.
fn unmatched<'a>(
    series: &'a BTreeMap<String, BTreeSet<String>>,
    label: &'a str,
    value: &'a str,
) -> impl Iterator<Item = &'a str> {
    let values = series.get(label);
    let is_open =
        value.contains('$') || value.contains(".+") || (TARGET_LABELS.contains(&label) && label != "service");
    let alternatives = value.split('|').filter(move |_| !is_open);
    alternatives.filter(move |one| !values.is_some_and(|values| values.contains(*one)))
}

async fn exported(fleet: &Fleet) -> Exported {
    let mut exported = Exported::new();
    for service in [&fleet.signup, &fleet.enquiry, &fleet.notification] {
        let answer = fleet.http().get(service.admin_url("/metrics")).send().await;
        let text = answer.expect("metrics").text().await.expect("text");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            add(&mut exported, line);
        }
    }
    exported
}

/// Adds a line of the text format. No label of ours holds a comma or a quote.
fn add(exported: &mut Exported, line: &str) {
    let (metric, rest) = line
        .split_once('{')
        .unwrap_or_else(|| (line.split(' ').next().unwrap_or_default(), "}"));
    let series = exported.entry(metric.to_owned()).or_default();
    let labels = rest.rsplit_once('}').map_or("", |(labels, _)| labels);
    for (label, value) in labels.split("\",").filter_map(|label| label.split_once("=\"")) {
        let values = series.entry(label.to_owned()).or_default();
        values.insert(value.trim_end_matches('"').to_owned());
    }
}
