//! Engines that many processes share.

use engines::EngineSpec;

use crate::scratch::{Scratch, guard, kill, query};

fn spec(scratch: &Scratch) -> EngineSpec {
    scratch.spec(true, false)
}

#[test]
fn users_share_the_engines_which_end_after_the_last_of_them() {
    let scratch = Scratch::new("shared");
    let first = engines::join(&spec(&scratch), guard(), |_| {}).unwrap();
    let second = engines::join(&spec(&scratch), guard(), |_| {}).unwrap();
    assert_eq!(first.engines(), second.engines());
    assert_eq!(scratch.processes("engine-guard").len(), 1);

    let url = first.engines().postgres_url.clone();
    drop(first);
    assert_eq!(query(url.as_deref(), "select 1").unwrap(), "1");
    drop(second);
    scratch.until_nothing_runs();
    let third = engines::join(&spec(&scratch), guard(), |_| {}).unwrap();
    assert_eq!(
        query(third.engines().postgres_url.as_deref(), "select 1").unwrap(),
        "1"
    );
}

#[test]
fn a_killed_guard_is_replaced_for_the_next_user() {
    let scratch = Scratch::new("shared-killed");
    let _first = engines::join(&spec(&scratch), guard(), |_| {}).unwrap();
    kill(scratch.processes("engine-guard")[0]);
    scratch.until_unlocked("guard.lock");
    let second = engines::join(&spec(&scratch), guard(), |_| {}).unwrap();
    assert_eq!(
        query(second.engines().postgres_url.as_deref(), "select 1").unwrap(),
        "1"
    );
}
