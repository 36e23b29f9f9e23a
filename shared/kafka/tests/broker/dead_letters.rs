//! Reading dead letters and publishing them again, beside consumers that write them.

use std::collections::BTreeSet;
use std::time::Duration;

use kafka::{
    DeadLetter, DeadLetterReader, KafkaConfig, KafkaError, Producer, Received, Record, Replayer, Verdict,
};
use testkit::wait_until;

use crate::handlers::{Answers, DEADLINE, Running, Seen, payload, record};

async fn all(config: &KafkaConfig) -> Vec<DeadLetter> {
    let reader = DeadLetterReader::open(config).await.unwrap();
    reader.read(Some).await.unwrap()
}

fn values(letters: &[DeadLetter]) -> Vec<String> {
    letters.iter().map(|letter| payload(&letter.record)).collect()
}

fn ids(letters: &[DeadLetter]) -> Vec<Option<Vec<u8>>> {
    let id = |letter: &DeadLetter| letter.record.header("ce_id").map(<[u8]>::to_vec);
    letters.iter().map(id).collect()
}

/// A consumer that sets everything aside.
fn parker(config: KafkaConfig) -> (Seen, Running) {
    let seen = Seen::default();
    let handler = Answers({
        let seen = seen.clone();
        move |batch: &[Received]| {
            seen.push(batch);
            Ok(vec![Verdict::Park("cannot be read".to_owned()); batch.len()])
        }
    });
    (seen, Running::start(config, 10, handler))
}

#[tokio::test]
async fn a_letter_is_the_record_with_its_place_and_comes_back_as_it_was() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let (seen, consumer) = parker(config.clone());
    let producer = Producer::new(&config).unwrap();
    let sent = Record {
        headers: vec![("ce_id".to_owned(), b"42".to_vec())],
        ..record("key", "a")
    };
    producer.send_all(vec![sent, record("key", "b")]).await;
    wait_until("both are set aside", DEADLINE, async || {
        all(&config).await.len() == 2
    })
    .await;

    let letters = all(&config).await;
    assert_eq!(values(&letters), ["a", "b"]);
    let first = &letters[0];
    assert_eq!((first.number, first.attempts, first.is_whole), (0, 1, true));
    assert_eq!(
        (first.record.topic.as_str(), first.record.offset),
        ("signup.events", 0)
    );
    assert_eq!(first.reason, "cannot be read");
    assert_eq!(first.record.headers, [("ce_id".to_owned(), b"42".to_vec())]);

    let replayer = Replayer::new(&config).unwrap();
    assert_eq!(replayer.replay(&letters[..1]).await, [Ok(())]);
    wait_until("it is set aside again", DEADLINE, async || {
        seen.payloads() == ["a", "b", "a"] && all(&config).await.len() == 2
    })
    .await;
    let letters = all(&config).await;
    assert_eq!(values(&letters), ["b", "a"]);
    assert_eq!(letters[1].attempts, 2);
    assert_eq!(ids(&letters), [None, Some(b"42".to_vec())]);
    replayer.close(Duration::from_secs(2)).await;
    consumer.stop().await;
}

#[tokio::test]
async fn letters_are_taken_by_their_numbers_and_one_that_is_not_there_is_left_out() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let producer = Producer::new(&config).unwrap();
    let letter = |value: &str| Record {
        topic: "notification.dead-letters".to_owned(),
        ..record("key", value)
    };
    producer.send_all(["a", "b", "c", "d"].map(letter).to_vec()).await;
    let reader = DeadLetterReader::open(&config).await.unwrap();
    let taken = reader.take(&BTreeSet::from([1, 3, 9])).await.unwrap();
    assert_eq!(values(&taken), ["b", "d"]);
    let taken = reader.take(&BTreeSet::from([0])).await.unwrap();
    assert_eq!(values(&taken), ["a"]);
    assert_eq!(taken[0].reason, "not told");
}

#[tokio::test]
async fn dead_letters_that_are_not_there_are_not_made() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("nobody");
    for _ in 0..2 {
        let error = DeadLetterReader::open(&config).await.unwrap_err();
        assert!(matches!(error, KafkaError::Unreadable { .. }), "{error}");
    }
}
