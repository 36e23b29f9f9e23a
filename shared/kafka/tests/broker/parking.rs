use kafka::{Producer, Received, Record, Verdict};
use testkit::{TestKafka, wait_until};

use crate::handlers::{Answers, DEAD_LETTERS, DEADLINE, Running, Seen, TOPIC, payload, record, send};
use crate::producing::random_text;

fn handler(seen: &Seen, verdict: impl Fn(&str) -> Verdict + Send + Sync + 'static) -> impl kafka::Handler {
    let seen = seen.clone();
    Answers(move |batch: &[Received]| {
        let verdicts = batch.iter().map(|record| verdict(&payload(record))).collect();
        seen.push(batch);
        Ok(verdicts)
    })
}

async fn letters(kafka: &TestKafka, count: usize) -> Vec<Received> {
    let tail = kafka.tail(DEAD_LETTERS);
    tail.wait_for("the dead letters", |all| all.len() >= count).await
}

fn header(letter: &Received, name: &str) -> String {
    String::from_utf8_lossy(letter.header(name).unwrap_or_default()).into_owned()
}

/// Breaks on a build that stops at a poison event, or drops it.
#[tokio::test]
async fn a_poison_record_goes_to_the_dead_letters_and_the_partition_goes_on() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let producer = Producer::new(&config).unwrap();
    let poison = Record {
        headers: vec![("ce_id".to_owned(), b"42".to_vec())],
        ..record("key", "poison")
    };
    producer
        .send_all(vec![record("key", "a"), poison.clone(), record("key", "b")])
        .await;
    let seen = Seen::default();
    let consumer = Running::start(
        config,
        10,
        handler(&seen, |payload| match payload {
            "poison" => Verdict::Park("cannot be read".to_owned()),
            _ => Verdict::Done,
        }),
    );
    wait_until("the record behind it is handled", DEADLINE, async || {
        seen.has("b")
    })
    .await;

    let letters = letters(&kafka, 1).await;
    let letter = &letters[0];
    assert_eq!(letters.len(), 1);
    assert_eq!((&letter.key, &letter.payload), (&poison.key, &poison.payload));
    let records = kafka
        .tail(TOPIC)
        .wait_for("the record", |all| all.len() == 3)
        .await;
    assert_eq!(letter.timestamp, records[1].timestamp);
    assert_eq!(header(letter, "ce_id"), "42");
    assert_eq!(header(letter, "parked_reason"), "cannot be read");
    assert_eq!(header(letter, "parked_topic"), "signup.events");
    assert_eq!(header(letter, "parked_offset"), "1");
    wait_until("it is counted", DEADLINE, async || {
        consumer.metric("leadstream_dead_letters_total") == 1.0
    })
    .await;
    consumer.stop().await;
}

#[tokio::test]
async fn a_panic_parks_only_the_record_that_came_with_it() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    send(&config, &["a", "poison", "b", "c"]).await;
    let seen = Seen::default();
    let consumer = Running::start(
        config,
        10,
        handler(&seen, |payload| {
            assert_ne!(payload, "poison", "as the test wants it");
            Verdict::Done
        }),
    );
    wait_until("the last record is handled", DEADLINE, async || seen.has("c")).await;
    let letters = letters(&kafka, 1).await;
    assert_eq!(letters.iter().map(payload).collect::<Vec<_>>(), ["poison"]);
    assert_eq!(header(&letters[0], "parked_reason"), "the handler panicked");
    consumer.stop().await;
}

#[tokio::test]
async fn a_parked_record_does_not_come_again() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    send(&config, &["poison"]).await;
    let seen = Seen::default();
    let park = |_: &str| Verdict::Park("cannot be read".to_owned());
    let consumer = Running::start(config.clone(), 10, handler(&seen, park));
    letters(&kafka, 1).await;
    consumer.stop().await;

    send(&config, &["next"]).await;
    let seen = Seen::default();
    let consumer = Running::start(config, 10, handler(&seen, |_| Verdict::Skipped));
    wait_until("the next record is handled", DEADLINE, async || seen.has("next")).await;
    assert_eq!(seen.payloads(), ["next"]);
    consumer.stop().await;
}

#[tokio::test]
async fn a_record_with_no_room_for_more_headers_is_parked_all_the_same() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let largest = random_text(1_047_000);
    send(&config, &[&largest, "b"]).await;
    let seen = Seen::default();
    let park = |payload: &str| match payload {
        "b" => Verdict::Done,
        _ => Verdict::Park("too long a story ".repeat(100)),
    };
    let consumer = Running::start(config, 10, handler(&seen, park));
    let letters = letters(&kafka, 1).await;
    assert_eq!(payload(&letters[0]), largest);
    wait_until("the record behind it is handled", DEADLINE, async || {
        seen.has("b")
    })
    .await;
    consumer.stop().await;
}
