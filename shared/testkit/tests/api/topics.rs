//! Topics of one test on the shared broker.

use std::process::Command;
use std::time::Duration;

use contracts::topics;
use kafka::{KafkaConfig, Producer, Record, check_topics, create_topics};
use testkit::{kafka, wait_until};

fn record(topic: &str, key: &str) -> Record {
    Record {
        topic: topic.to_owned(),
        key: Some(key.into()),
        payload: Some(b"{}".to_vec()),
        headers: Vec::new(),
        timestamp: None,
    }
}

#[tokio::test]
async fn every_topic_is_there_and_a_tail_reads_it_from_its_start() {
    let kafka = kafka().await;
    let missing = check_topics(&kafka.config("test"), &topics::all()).await.unwrap();
    assert_eq!(missing, Vec::<String>::new());

    let producer = Producer::new(&kafka.config("test")).unwrap();
    let keys = ["one", "two", "three"];
    let reports = producer
        .send_all(keys.map(|key| record(topics::SIGNUP_EVENTS, key)).to_vec())
        .await;
    assert!(reports.iter().all(Result::is_ok), "{reports:?}");
    let tail = kafka.tail(topics::SIGNUP_EVENTS);
    let records = tail.wait_for("three records", |records| records.len() == 3).await;
    let mut found: Vec<_> = records.into_iter().filter_map(|record| record.key).collect();
    found.sort();
    assert_eq!(found, [b"one".to_vec(), b"three".to_vec(), b"two".to_vec()]);
}

#[tokio::test]
async fn tests_do_not_see_each_others_records() {
    let (one, other) = (kafka().await, kafka().await);
    let producer = Producer::new(&one.config("test")).unwrap();
    producer
        .send_all(vec![record(topics::OFFER_VERSIONS, "mine")])
        .await;
    let elsewhere = Producer::new(&other.config("test")).unwrap();
    elsewhere
        .send_all(vec![record(topics::OFFER_VERSIONS, "theirs")])
        .await;
    let tail = other.tail(topics::OFFER_VERSIONS);
    let records = tail.wait_for("one record", |records| !records.is_empty()).await;
    assert_eq!(records[0].key.as_deref(), Some(b"theirs".as_slice()));
}

const DEADLINE: Duration = Duration::from_secs(60);

async fn all_are_missing(config: &KafkaConfig) -> bool {
    let missing = check_topics(config, &topics::all()).await;
    missing.is_ok_and(|missing| missing.len() == topics::all().len())
}

#[tokio::test]
async fn topics_go_with_the_last_copy_of_their_fixture() {
    let (used, kept) = (kafka().await, kafka().await);
    let (config, copy) = (used.config("test"), used.clone());
    drop(used);
    drop(kafka().await);
    assert_eq!(
        check_topics(&config, &topics::all()).await.unwrap(),
        Vec::<String>::new()
    );
    drop(copy);
    wait_until("they are gone", DEADLINE, async || all_are_missing(&config).await).await;
    let missing = check_topics(&kept.config("test"), &topics::all()).await;
    assert_eq!(missing.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn topics_that_a_dead_process_left_behind_are_deleted() {
    let mut process = Command::new("true").spawn().unwrap();
    process.wait().unwrap();
    let kafka = kafka().await;
    let left = KafkaConfig {
        topic_prefix: format!("test_{}_left-", process.id()),
        ..kafka.config("test")
    };
    create_topics(&left, &topics::all()[..1]).await.unwrap();
    drop(kafka);
    wait_until("they are gone", DEADLINE, async || all_are_missing(&left).await).await;
}
