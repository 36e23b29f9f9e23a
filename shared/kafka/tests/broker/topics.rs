use contracts::topics::{self, Cleanup, Timestamps, TopicSpec};
use kafka::{KafkaConfig, KafkaError, check_topics, create_topics, delete_topics};

use crate::handlers::DEADLINE;

fn spec(name: &str) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        partitions: 1,
        cleanup: Cleanup::Compact,
        timestamps: Timestamps::Broker,
    }
}

#[tokio::test]
async fn topics_that_are_there_are_left_alone_and_missing_ones_are_named() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("signup");
    create_topics(&config, &topics::all()).await.unwrap();
    assert_eq!(
        check_topics(&config, &topics::all()).await.unwrap(),
        Vec::<String>::new()
    );
    let wanted = [spec("signup.events"), spec("no.such.topic")];
    assert_eq!(check_topics(&config, &wanted).await.unwrap(), ["no.such.topic"]);
}

#[tokio::test]
async fn asking_for_a_missing_topic_does_not_make_it() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("signup");
    let wanted = [spec("not.made")];
    check_topics(&config, &wanted).await.unwrap();
    assert_eq!(check_topics(&config, &wanted).await.unwrap(), ["not.made"]);
}

#[tokio::test]
async fn unwanted_topics_are_deleted_and_no_other() {
    let (kafka, other) = (testkit::kafka().await, testkit::kafka().await);
    let config = kafka.config("signup");
    delete_topics(&config, |name| name.ends_with(".events"))
        .await
        .unwrap();
    let missing = async |config| check_topics(config, &topics::all()).await.unwrap();
    testkit::wait_until("they are gone", DEADLINE, async || {
        missing(&config).await == ["signup.events", "enquiry.events", "notification.events"]
    })
    .await;
    assert_eq!(missing(&other.config("signup")).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_topic_that_cannot_be_made_is_named() {
    let kafka = testkit::kafka().await;
    let error = create_topics(&kafka.config("signup"), &[spec("no spaces")])
        .await
        .unwrap_err();
    assert!(
        matches!(&error, KafkaError::Topic { topic, .. } if topic.ends_with("no spaces")),
        "{error}"
    );
}

#[tokio::test]
async fn without_a_broker_the_answer_is_unavailable() {
    let kafka = testkit::kafka().await;
    let config = KafkaConfig {
        bootstrap_servers: "127.0.0.1:1".to_owned(),
        ..kafka.config("signup")
    };
    let error = check_topics(&config, &topics::all()).await.unwrap_err();
    assert!(matches!(error, KafkaError::Unavailable(_)), "{error}");
}
