use std::time::SystemTime;

use kafka::{Producer, Record};

use crate::handlers::{DEAD_LETTERS, TOPIC, record, send};

#[tokio::test]
async fn a_record_arrives_with_its_key_value_headers_and_time() {
    let kafka = testkit::kafka().await;
    let producer = Producer::new(&kafka.config("signup")).unwrap();
    let sent = Record {
        headers: vec![
            ("ce_id".to_owned(), b"1".to_vec()),
            ("bytes".to_owned(), vec![0, 255]),
        ],
        topic: DEAD_LETTERS.to_owned(),
        timestamp: Some(now() - 60_000),
        ..record("key", "value")
    };
    assert_eq!(producer.send_all(vec![sent.clone()]).await, [Ok(())]);

    let received = kafka
        .tail(DEAD_LETTERS)
        .wait_for("one record", |all| all.len() == 1)
        .await;
    let received = &received[0];
    assert_eq!(received.topic, DEAD_LETTERS);
    assert_eq!(received.key, sent.key);
    assert_eq!(received.payload, sent.payload);
    assert_eq!(received.headers, sent.headers);
    assert_eq!(received.timestamp, sent.timestamp);
}

/// Breaks where a topic goes by the clock of its producers: the broker refuses the future, and soon deletes the past.
#[tokio::test]
async fn an_event_has_the_time_of_the_broker_however_wrong_its_producers_clock_is() {
    const YEAR: i64 = 365 * 24 * 3_600_000;
    let kafka = testkit::kafka().await;
    let producer = Producer::new(&kafka.config("signup")).unwrap();
    let off = |by: i64| Record {
        timestamp: Some(now() + by),
        ..record("key", "value")
    };
    let sent = producer.send_all(vec![off(-YEAR), off(YEAR)]).await;
    assert_eq!(sent, [Ok(()), Ok(())]);
    let received = kafka
        .tail(TOPIC)
        .wait_for("both records", |all| all.len() == 2)
        .await;
    for record in received {
        let away = record.timestamp.unwrap() - now();
        assert!(away.abs() < YEAR / 2, "{away} ms from now");
    }
}

fn now() -> i64 {
    let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since_1970.as_millis()).unwrap()
}

#[tokio::test]
async fn a_tombstone_arrives_without_a_value() {
    let kafka = testkit::kafka().await;
    let producer = Producer::new(&kafka.config("signup")).unwrap();
    let tombstone = Record {
        topic: "offer.versions".to_owned(),
        payload: None,
        ..record("offer/a/1", "")
    };
    assert_eq!(producer.send_all(vec![tombstone]).await, [Ok(())]);
    let received = kafka
        .tail("offer.versions")
        .wait_for("one record", |all| all.len() == 1)
        .await;
    assert_eq!(received[0].payload, None);
}

#[tokio::test]
async fn records_of_one_key_keep_their_order() {
    let kafka = testkit::kafka().await;
    let payloads: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
    let payloads: Vec<&str> = payloads.iter().map(String::as_str).collect();
    send(&kafka.config("signup"), &payloads).await;
    let received = kafka
        .tail(TOPIC)
        .wait_for("all records", |all| all.len() >= 2000)
        .await;
    let received: Vec<String> = received.iter().map(crate::handlers::payload).collect();
    assert_eq!(received, payloads);
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused_as_such_and_the_others_go_through() {
    let kafka = testkit::kafka().await;
    let producer = Producer::new(&kafka.config("signup")).unwrap();
    let large = record("key", &random_text(1_500_000));
    let results = producer
        .send_all(vec![record("key", "a"), large, record("other", "b")])
        .await;
    assert_eq!(results[0], Ok(()));
    let error = results[1].clone().unwrap_err();
    assert!(error.is_too_large() && !error.is_fatal(), "{error}");
    assert_eq!(results[2], Ok(()));
}

/// Text that does not compress.
pub fn random_text(length: usize) -> String {
    let mut text = String::with_capacity(length + 32);
    while text.len() < length {
        text.push_str(&uuid::Uuid::new_v4().simple().to_string());
    }
    text
}
