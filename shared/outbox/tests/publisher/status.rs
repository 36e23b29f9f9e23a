use contracts::Event;
use contracts::topics::{self, TopicSpec};
use kafka::create_topics;
use outbox::{OutboxStatus, TopicStatus};
use testkit::wait_until;

use crate::fixture::{DEADLINE, Outbox, events};

const LATER: &str = "made.later";

async fn status(outbox: &Outbox) -> OutboxStatus {
    outbox::status(&outbox.database.config("enquiry")).await.unwrap()
}

async fn failing(outbox: &Outbox) -> Option<TopicStatus> {
    let topics = status(outbox).await.topics;
    topics.into_iter().find(|topic| topic.failures.is_some())
}

#[tokio::test]
async fn what_waits_is_counted_by_topic_before_anybody_has_published() {
    let outbox = Outbox::new().await;
    assert_eq!(
        status(&outbox).await,
        OutboxStatus {
            topics: Vec::new(),
            publisher: None
        }
    );
    outbox.append(&events(0..3)).await;
    let status = status(&outbox).await;
    assert_eq!(status.topics.len(), 1);
    let waiting = &status.topics[0];
    assert_eq!(
        (waiting.topic.as_str(), waiting.unsent),
        (topics::ENQUIRY_EVENTS, 3)
    );
    assert!(waiting.oldest_unsent_age_seconds.is_some_and(|age| age >= 0.0));
    assert_eq!(waiting.failures, None);
}

/// Breaks on a build that keeps its failures to itself, or never forgets them.
#[tokio::test]
async fn a_topic_that_fails_says_why_until_it_is_taken() {
    let outbox = Outbox::new().await;
    let publisher = outbox.publisher();
    let of_later = |event| Event {
        topic: LATER.to_owned(),
        ..event
    };
    outbox.append(&[of_later(events(0..1).remove(0))]).await;
    publisher.wake.notify();
    wait_until("it has failed twice", DEADLINE, async || {
        failing(&outbox)
            .await
            .is_some_and(|topic| topic.failures > Some(1))
    })
    .await;
    let topic = failing(&outbox).await.unwrap();
    assert_eq!((topic.topic.as_str(), topic.unsent), (LATER, 1));
    assert!(
        topic
            .last_error
            .is_some_and(|error| error.starts_with("not produced: "))
    );
    assert!(
        status(&outbox)
            .await
            .publisher
            .is_some_and(|beat| beat.beat_age_seconds < 60.0)
    );

    let made = TopicSpec {
        name: LATER.to_owned(),
        ..topics::all().remove(0)
    };
    create_topics(&outbox.kafka.config("enquiry"), &[made])
        .await
        .unwrap();
    wait_until("nothing waits, nothing fails", DEADLINE, async || {
        status(&outbox).await.topics.is_empty()
    })
    .await;
    publisher.stop().await;
}

#[tokio::test]
async fn whoever_publishes_next_begins_without_the_failures_of_the_last_one() {
    let outbox = Outbox::new().await;
    let note = "insert into outbox_failures (topic, error) values ('gone.since', 'not produced')";
    sqlx::query(note).execute(outbox.database.pool()).await.unwrap();
    assert!(failing(&outbox).await.is_some());
    let publisher = outbox.publisher();
    wait_until("it is forgotten", DEADLINE, async || {
        failing(&outbox).await.is_none()
    })
    .await;
    publisher.stop().await;
}
