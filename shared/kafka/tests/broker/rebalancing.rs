use kafka::Producer;
use testkit::wait_until;

use crate::consuming::Gated;
use crate::handlers::{DEADLINE, Running, Seen, record, recorder};

/// Breaks on a build whose handler is awaited by what polls: the group would wait for it.
#[tokio::test]
async fn a_stuck_handler_does_not_hold_up_its_group_and_loses_no_record() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let sent: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let producer = Producer::new(&config).unwrap();
    producer
        .send_all(sent.iter().map(|number| record(number, number)).collect())
        .await;

    let stuck = Seen::default();
    let (open, gate) = tokio::sync::watch::channel(false);
    let first = Running::start(config.clone(), 100, Gated(stuck.clone(), gate));
    wait_until("the first consumer is stuck", DEADLINE, async || {
        !stuck.calls().is_empty()
    })
    .await;

    let (seen, handler) = recorder();
    let second = Running::start(config, 100, handler);
    wait_until("the second consumer gets a partition", DEADLINE, async || {
        !seen.calls().is_empty()
    })
    .await;

    open.send_replace(true);
    wait_until(
        "the first consumer goes on with what is left to it",
        DEADLINE,
        async || {
            let handled_again = stuck.calls().into_iter().skip(1).flatten().chain(seen.payloads());
            let mut handled: Vec<String> = handled_again.collect();
            handled.sort_by_key(|number| number.parse::<u32>().unwrap());
            // A member that the group took for dead brings repeats.
            handled.dedup();
            handled == sent
        },
    )
    .await;
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn the_partitions_of_a_member_that_left_are_read_on_by_the_others_without_repeats() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("notification");
    let producer = Producer::new(&config).unwrap();
    let some =
        |range: std::ops::Range<u32>| range.map(|number| record(&number.to_string(), &number.to_string()));
    let (seen_first, handler) = recorder();
    let first = Running::start(config.clone(), 100, handler);
    let (seen_second, handler) = recorder();
    let second = Running::start(config, 100, handler);
    producer.send_all(some(0..20).collect()).await;
    let count = || seen_first.payloads().len() + seen_second.payloads().len();
    wait_until("all records are handled", DEADLINE, async || count() >= 20).await;
    second.stop().await;
    producer.send_all(some(20..40).collect()).await;
    wait_until("all later records are handled", DEADLINE, async || count() >= 40).await;
    assert_eq!(count(), 40);
    first.stop().await;
}
