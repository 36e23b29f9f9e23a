//! Waiting for a condition.

use std::time::Duration;

use testkit::{wait_for, wait_until};

#[tokio::test]
async fn a_condition_that_comes_true_ends_the_wait() {
    let mut asked = 0;
    wait_until("three questions were asked", Duration::from_secs(5), async || {
        asked += 1;
        asked == 3
    })
    .await;
    assert_eq!(
        wait_for("a value", Duration::from_secs(5), async || Some(asked)).await,
        3
    );
}

#[tokio::test]
#[should_panic(expected = "not within 30ms: the sun rises in the west")]
async fn a_condition_that_stays_false_fails_the_test_with_what_was_expected() {
    wait_until(
        "the sun rises in the west",
        Duration::from_millis(30),
        async || false,
    )
    .await;
}
