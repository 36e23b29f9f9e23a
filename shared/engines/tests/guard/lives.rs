//! Engines live as long as the program that wants them, and their data longer.

use std::fs;
use std::net::TcpStream;

use crate::scratch::{Scratch, guard, kill, query};

#[test]
fn both_engines_answer_and_keep_their_data_and_addresses_over_a_stop() {
    let scratch = Scratch::new("both");
    let first = scratch.start(true, true).unwrap();
    let before = first.engines().clone();
    query(
        before.postgres_url.as_deref(),
        "create table kept as select 'yes' as answer",
    )
    .unwrap();
    assert!(TcpStream::connect(before.kafka_bootstrap.as_deref().unwrap()).is_ok());
    assert_eq!(query(before.postgres_url.as_deref(), "show fsync").unwrap(), "on");
    let meta = fs::read_to_string(scratch.data_dir().join("kafka/data/meta.properties")).unwrap();
    first.stop();
    assert_eq!(scratch.processes(""), []);

    let second = scratch.start(true, true).unwrap();
    assert_eq!(second.engines(), &before);
    assert_eq!(
        query(before.postgres_url.as_deref(), "select answer from kept").unwrap(),
        "yes"
    );
    assert_eq!(
        fs::read_to_string(scratch.data_dir().join("kafka/data/meta.properties")).unwrap(),
        meta
    );
}

#[test]
fn secrets_in_the_programs_environment_do_not_reach_the_engines() {
    let scratch = Scratch::new("secrets");
    let mut guard = guard();
    guard.env("SUBJECT_KEY", "quite-secret");
    let _running = engines::start(&scratch.spec(false, true), guard, |_| {}).unwrap();
    for pid in scratch.processes("kafka.Kafka") {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
        assert!(!String::from_utf8_lossy(&environment).contains("quite-secret"));
    }
    assert_ne!(scratch.processes("kafka.Kafka"), []);
}

#[test]
fn an_engine_that_is_left_out_is_not_started() {
    let scratch = Scratch::new("left-out");
    let running = scratch.start(true, false).unwrap();
    assert_eq!(running.engines().kafka_bootstrap, None);
    assert_eq!(scratch.processes("kafka.Kafka"), []);
    assert!(!scratch.data_dir().join("kafka").exists());
}

#[test]
fn a_program_killed_while_its_database_is_made_leaves_nothing_in_the_way() {
    let scratch = Scratch::new("killed-early");
    let mut program = scratch.spawn_holder(true);
    scratch.until("initdb runs", || !scratch.processes("initdb").is_empty());
    program.kill().unwrap();
    program.wait().unwrap();
    scratch.until_nothing_runs();
    assert!(!scratch.data_dir().join("postgres").exists());

    let next = scratch.start(true, false).unwrap();
    assert_eq!(
        query(next.engines().postgres_url.as_deref(), "select 1").unwrap(),
        "1"
    );
}

#[test]
fn a_killed_program_takes_both_engines_with_it_and_the_next_one_finds_all_data() {
    let scratch = Scratch::new("killed-program");
    let mut program = scratch.spawn_holder(false);
    let url = format!(
        "postgres://leadstream@{}:5432/postgres",
        scratch
            .data_dir()
            .join("postgres")
            .display()
            .to_string()
            .replace('/', "%2F")
    );
    scratch.until("Postgres answers", || {
        query(Some(&url), "create table kept ()").is_ok()
    });
    scratch.until("Kafka runs", || !scratch.processes("kafka.Kafka").is_empty());
    program.kill().unwrap();
    program.wait().unwrap();

    // At once: the new guard waits until the old engines have gone.
    let next = scratch.start(true, true).unwrap();
    assert_eq!(query(Some(&url), "select count(*) from kept").unwrap(), "0");
    next.stop();
    scratch.until_nothing_runs();
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_guard_takes_both_engines_with_it() {
    let scratch = Scratch::new("killed-guard");
    let mut running = scratch.start(true, true).unwrap();
    let guards = scratch.processes("engine-guard");
    assert_eq!(guards.len(), 1);
    assert!(!running.guard_has_died());
    kill(guards[0]);
    scratch.until_nothing_runs();
    assert!(running.guard_has_died());
}

#[test]
fn a_killed_engine_is_started_again_at_the_same_address() {
    let scratch = Scratch::new("killed-engine");
    let running = scratch.start(true, true).unwrap();
    let engines = running.engines();
    query(engines.postgres_url.as_deref(), "create table kept ()").unwrap();
    let postmaster = fs::read_to_string(scratch.data_dir().join("postgres/postmaster.pid")).unwrap();
    kill(postmaster.lines().next().unwrap().parse().unwrap());
    kill(scratch.processes("kafka.Kafka")[0]);

    let address = engines.kafka_bootstrap.as_deref().unwrap();
    scratch.until("Kafka is gone", || TcpStream::connect(address).is_err());
    scratch.until("Kafka is back", || TcpStream::connect(address).is_ok());
    scratch.until("Postgres is back", || {
        query(engines.postgres_url.as_deref(), "select count(*) from kept") == Ok("0".to_owned())
    });
    let log = fs::read_to_string(scratch.data_dir().join("logs/guard.log")).unwrap();
    assert!(
        log.contains("postgres had ended") && log.contains("kafka had ended"),
        "{log}"
    );
}
