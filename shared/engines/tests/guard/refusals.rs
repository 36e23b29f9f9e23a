//! What the user reads when the engines cannot be had. Nothing is ever deleted or started then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use engines::EngineError;

use crate::scratch::{Scratch, guard};

/// A guard that finds only what the test puts into `tools`.
fn bare_guard(scratch: &Scratch) -> Command {
    let tools = scratch.dir.join("tools");
    fs::create_dir_all(&tools).expect("a scratch folder");
    let mut guard = guard();
    guard
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    guard
        .env("XDG_CACHE_HOME", scratch.dir.join("cache"))
        .env("LEADSTREAM_PG_BIN", "/nonexistent");
    guard
}

fn tool(scratch: &Scratch, name: &str, script: &str) {
    let path = scratch.dir.join("tools").join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a scratch folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a scratch folder");
}

fn fake_java(version: u32) -> String {
    format!("echo java.home = /nowhere >&2; echo java.specification.version = {version} >&2")
}

#[test]
fn every_missing_piece_is_named_with_its_packages_and_with_the_way_around_it() {
    let scratch = Scratch::new("missing");
    let mut guard = bare_guard(&scratch);
    guard.env("PATH", "/nonexistent");
    let error = engines::start(&scratch.spec(true, true), guard, |_| {}).unwrap_err();
    let EngineError::Missing(sentences) = error else {
        panic!("{error:?}")
    };
    let expected = [
        ("PostgreSQL 15", "DATABASE_URL"),
        ("Java 17", "KAFKA_BOOTSTRAP_SERVERS"),
        ("Maven", "KAFKA"),
    ];
    assert_eq!(sentences.len(), expected.len(), "{sentences:?}");
    for (sentence, (piece, alternative)) in sentences.iter().zip(expected) {
        for part in [piece, alternative, "apt", "dnf", "brew"] {
            assert!(sentence.contains(part), "{part} is not in: {sentence}");
        }
    }
}

#[test]
fn a_java_that_is_too_old_is_named_with_its_version() {
    let scratch = Scratch::new("old-java");
    let guard = bare_guard(&scratch);
    tool(&scratch, "java", &fake_java(11));
    tool(&scratch, "mvn", "exit 1");
    let error = engines::start(&scratch.spec(false, true), guard, |_| {}).unwrap_err();
    let EngineError::Missing(sentences) = error else {
        panic!("{error:?}")
    };
    assert_eq!(sentences.len(), 1);
    assert!(sentences[0].contains("found Java 11"), "{sentences:?}");
}

#[test]
fn a_maven_without_a_network_is_quoted() {
    let scratch = Scratch::new("no-network");
    let guard = bare_guard(&scratch);
    tool(&scratch, "java", &fake_java(17));
    tool(&scratch, "mvn", "echo '[ERROR] Unknown host'; exit 1");
    let error = engines::start(&scratch.spec(false, true), guard, |_| {}).unwrap_err();
    assert!(matches!(error, EngineError::Failed(_)), "{error:?}");
    let sentence = error.to_string();
    assert!(
        sentence.contains("Unknown host") && sentence.contains("KAFKA_BOOTSTRAP_SERVERS"),
        "{sentence}"
    );
}

#[test]
fn a_jar_that_is_not_the_tested_one_is_not_used() {
    let scratch = Scratch::new("other-jar");
    let guard = bare_guard(&scratch);
    tool(&scratch, "java", &fake_java(17));
    tool(
        &scratch,
        "mvn",
        "mkdir jars; echo evil > jars/HdrHistogram-2.2.2.jar",
    );
    let error = engines::start(&scratch.spec(false, true), guard, |_| {}).unwrap_err();
    assert!(error.to_string().contains("HdrHistogram-2.2.2.jar"), "{error}");
    let cache = scratch.dir.join("cache/leadstream");
    let left: Vec<_> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(
        left.iter()
            .all(|path| path.extension().is_some_and(|kind| kind == "lock")),
        "{left:?}"
    );
}

#[test]
fn data_of_a_postgres_that_is_not_installed_is_left_alone() {
    let scratch = Scratch::new("other-postgres");
    fs::create_dir_all(scratch.data_dir().join("postgres")).unwrap();
    fs::write(scratch.data_dir().join("postgres/PG_VERSION"), "9\n").unwrap();
    let error = scratch.start(true, false).unwrap_err();
    let EngineError::Missing(sentences) = error else {
        panic!("{error:?}")
    };
    assert!(
        sentences[0].contains("was written by PostgreSQL 9"),
        "{sentences:?}"
    );
    assert_eq!(
        fs::read_to_string(scratch.data_dir().join("postgres/PG_VERSION")).unwrap(),
        "9\n"
    );
}

#[test]
fn data_of_another_kafka_is_left_alone() {
    let scratch = Scratch::new("other-kafka");
    fs::create_dir_all(scratch.data_dir().join("kafka/data")).unwrap();
    fs::write(
        scratch.data_dir().join("kafka/data/meta.properties"),
        "version=7\nnode.id=1\n",
    )
    .unwrap();
    let error = scratch.start(false, true).unwrap_err();
    assert!(matches!(error, EngineError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("meta.properties"), "{error}");
    assert!(scratch.data_dir().join("kafka/data/meta.properties").exists());
}

#[test]
fn a_second_program_on_the_same_data_waits_15_s_and_is_refused() {
    let scratch = Scratch::new("second");
    let _first = scratch.start(true, false).unwrap();
    let mut told = Vec::new();
    let begun = Instant::now();
    let error = engines::start(&scratch.spec(true, false), guard(), |text| {
        told.push(text.to_owned());
    })
    .unwrap_err();
    assert!(begun.elapsed() >= Duration::from_secs(15));
    assert_eq!(told, ["Waiting for the engines of an earlier run to end"]);
    assert!(matches!(error, EngineError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("LEADSTREAM_DATA_DIR"), "{error}");
}
