use contracts::topics::{self, Cleanup, TopicSpec};
use kafka::{KafkaConfig, KafkaError, check_topics, create_topics};

fn spec(name: &str) -> TopicSpec {
    TopicSpec {
        name: name.to_owned(),
        partitions: 1,
        cleanup: Cleanup::Compact,
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
