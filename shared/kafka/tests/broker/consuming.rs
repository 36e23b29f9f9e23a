use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kafka::{KafkaConfig, Later, Received, Verdict};
use testkit::{ProxiedBroker, wait_until};

use crate::handlers::{Answers, DEADLINE, Running, Seen, recorder, send};
use crate::producing::random_text;

#[tokio::test]
async fn a_group_begins_with_the_first_record_that_there_is() {
    let kafka = testkit::kafka().await;
    send(&kafka.config("signup"), &["a", "b"]).await;
    let (seen, handler) = recorder();
    let consumer = Running::start(kafka.config("notification"), 10, handler);
    wait_until("both records are handled", DEADLINE, async || {
        seen.payloads() == ["a", "b"]
    })
    .await;
    consumer.stop().await;
}

/// Breaks on a build that forgets to commit, or to wait for the commit when it stops.
#[tokio::test]
async fn what_was_handled_before_a_stop_does_not_come_again() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    send(&config, &["a", "b"]).await;
    let (seen, handler) = recorder();
    let consumer = Running::start(config.clone(), 10, handler);
    wait_until("both records are handled", DEADLINE, async || {
        seen.payloads() == ["a", "b"]
    })
    .await;
    consumer.stop().await;

    send(&config, &["c"]).await;
    let (seen, handler) = recorder();
    let consumer = Running::start(config, 10, handler);
    wait_until("the next record is handled", DEADLINE, async || seen.has("c")).await;
    assert_eq!(seen.payloads(), ["c"]);
    consumer.stop().await;
}

/// Breaks on a build that commits an offset before the effect.
#[tokio::test]
async fn a_record_whose_effect_was_cut_off_comes_again() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    send(&config, &["a"]).await;
    let begun = Seen::default();
    let consumer = Running::start(config.clone(), 10, NeverDone(begun.clone()));
    wait_until("the effect is begun", DEADLINE, async || begun.has("a")).await;
    drop(consumer);

    let (seen, handler) = recorder();
    let consumer = Running::start(config, 10, handler);
    wait_until("the record comes again", DEADLINE, async || seen.has("a")).await;
    consumer.stop().await;
}

struct NeverDone(Seen);

impl kafka::Handler for NeverDone {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        self.0.push(batch);
        std::future::pending().await
    }
}

#[tokio::test]
async fn later_brings_the_same_batch_again_and_nothing_overtakes_it() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    send(&config, &["a", "b", "c"]).await;
    let (seen, calls) = (Seen::default(), AtomicUsize::new(0));
    let handler = Answers({
        let seen = seen.clone();
        move |batch: &[Received]| {
            seen.push(batch);
            if calls.fetch_add(1, Ordering::Relaxed) < 3 {
                return Err(Later("the database is away".to_owned()));
            }
            Ok(vec![Verdict::Done; batch.len()])
        }
    });
    let consumer = Running::start(config, 2, handler);
    wait_until("the last record is handled", DEADLINE, async || seen.has("c")).await;
    let calls = seen.calls();
    assert!(calls[..4].iter().all(|call| *call == calls[0]), "{calls:?}");
    assert_eq!(calls[3..].concat(), ["a", "b", "c"]);
    assert_eq!(consumer.metric("leadstream_consumer_retries_total"), 3.0);
    consumer.stop().await;
}

/// More records than fit into the queue, so the partitions are paused in between.
#[tokio::test]
async fn a_slow_handler_gets_every_record_once_and_in_order() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let sent: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    send(&config, &sent.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let seen = Seen::default();
    let (open, gate) = tokio::sync::watch::channel(false);
    let consumer = Running::start(config, 10, Gated(seen.clone(), gate));
    // Long after the queue has become full: the partitions are paused.
    wait_until("all records lag", DEADLINE, async || {
        consumer.metric("leadstream_consumer_lag") == 500.0
    })
    .await;
    open.send_replace(true);
    wait_until("the last record is handled", DEADLINE, async || seen.has("499")).await;
    assert_eq!(seen.payloads(), sent);
    consumer.stop().await;
}

/// Breaks on a build that reads on when its queue is full: it would fetch, and keep, all that there is.
#[tokio::test]
async fn a_stuck_handler_has_no_more_fetched_than_fits_into_the_queue() {
    const RECORDS: usize = 30;
    const SIZE: usize = 512 * 1024;
    let kafka = testkit::kafka().await;
    let large = random_text(SIZE);
    send(&kafka.config("signup"), &[large.as_str(); RECORDS]).await;
    let broker = ProxiedBroker::start(&kafka.bootstrap).await;
    let config = KafkaConfig {
        bootstrap_servers: broker.bootstrap(),
        ..kafka.config("notification")
    };
    let seen = Seen::default();
    let (open, gate) = tokio::sync::watch::channel(false);
    let consumer = Running::start(config, 1, Gated(seen.clone(), gate));

    let (mut fetched, mut since) = (0, Instant::now());
    wait_until("nothing more is fetched", DEADLINE, async || {
        if broker.answered() > fetched + SIZE as u64 / 4 {
            (fetched, since) = (broker.answered(), Instant::now());
        }
        !seen.calls().is_empty() && since.elapsed() > Duration::from_secs(2)
    })
    .await;
    assert!(broker.answered() < (RECORDS * SIZE / 2) as u64, "{fetched} bytes");

    open.send_replace(true);
    wait_until("all records are handled", DEADLINE, async || {
        seen.payloads().len() == RECORDS
    })
    .await;
    consumer.stop().await;
}

/// Handles nothing before its gate is open.
pub struct Gated(pub Seen, pub tokio::sync::watch::Receiver<bool>);

impl kafka::Handler for Gated {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        self.0.push(batch);
        self.1
            .clone()
            .wait_for(|open| *open)
            .await
            .map_err(|_| Later("closed".to_owned()))?;
        Ok(vec![Verdict::Done; batch.len()])
    }
}

#[tokio::test]
async fn the_lag_is_what_was_not_handled_yet() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    send(&config, &["a", "b", "c"]).await;
    let seen = Seen::default();
    let (open, gate) = tokio::sync::watch::channel(false);
    let consumer = Running::start(config, 10, Gated(seen.clone(), gate));
    let lag = || consumer.metric("leadstream_consumer_lag");
    wait_until("three records lag", DEADLINE, async || lag() == 3.0).await;
    open.send_replace(true);
    wait_until("nothing lags", DEADLINE, async || lag() == 0.0).await;
    consumer.stop().await;
}
