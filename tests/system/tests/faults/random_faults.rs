//! Seeded schedules of all faults at once.

use system::faults::{Plan, run};
use uuid::Uuid;

/// Another one each time; a failure tells it, and `--bin faults -- --seed` makes the same schedule again.
fn any_seed() -> u64 {
    let (random, _) = Uuid::new_v4().as_u64_pair();
    random
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_random_faults_lose_nothing() {
    let findings = run(Plan {
        seed: any_seed(),
        kills: 4,
        rate: 10.0,
    })
    .await;
    assert!(findings.acknowledged > 0, "somebody was answered");
    assert!(findings.is_clean(), "{findings}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn faults_for_minutes_lose_nothing() {
    let findings = run(Plan {
        seed: any_seed(),
        kills: 60,
        rate: 20.0,
    })
    .await;
    assert!(findings.is_clean(), "{findings}");
}
