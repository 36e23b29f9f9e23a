//! Where data may lie, and in what state.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use engines::EngineSpec;

use crate::scratch::{Scratch, guard, query};

#[test]
fn a_long_path_with_spaces_commas_and_umlauts_serves_both_engines() {
    let scratch = Scratch::new("odd");
    let odd = "Zoë's data, a  long (und schöner) folder/whose name alone is longer than any socket may be";
    let spec = EngineSpec {
        data_dir: scratch.dir.join(odd),
        postgres: true,
        kafka: true,
    };
    let running = engines::start(&spec, guard(), |_| {}).unwrap();
    let url = running.engines().postgres_url.as_deref();
    assert!(url.unwrap().contains("@%2Ftmp%2Fleadstream-"), "{url:?}");
    assert_eq!(query(url, "select 1").unwrap(), "1");
    let sockets = query(url, "show unix_socket_directories").unwrap();
    drop(running);
    fs::remove_dir_all(sockets).unwrap();
}

#[test]
fn a_database_that_was_half_made_is_made_again() {
    let scratch = Scratch::new("half-made");
    let draft = scratch.data_dir().join("postgres.new");
    fs::create_dir_all(draft.join("base")).unwrap();
    fs::set_permissions(scratch.data_dir(), fs::Permissions::from_mode(0o755)).unwrap();
    let running = scratch.start(true, false).unwrap();
    assert_eq!(
        query(running.engines().postgres_url.as_deref(), "select 1").unwrap(),
        "1"
    );
    assert!(!draft.exists());
}

#[test]
fn the_number_of_a_dead_server_that_is_now_another_programs_does_not_stop_postgres() {
    let scratch = Scratch::new("stale-pid");
    scratch.start(true, false).unwrap().stop();
    let data = scratch.data_dir().join("postgres");
    let stale = format!("{}\n{}\n1700000000\n5432\n", std::process::id(), data.display());
    fs::write(data.join("postmaster.pid"), stale).unwrap();
    let running = scratch.start(true, false).unwrap();
    assert_eq!(
        query(running.engines().postgres_url.as_deref(), "select 1").unwrap(),
        "1"
    );
}

#[test]
fn roots_data_moves_where_the_engines_user_can_go_and_stays_there() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root runs engines as another user");
        return;
    }
    let scratch = Scratch::new("private");
    fs::set_permissions(&scratch.dir, fs::Permissions::from_mode(0o700)).unwrap();
    let mut told = String::new();
    let running = engines::start(&scratch.spec(true, false), guard(), |text| told.push_str(text)).unwrap();
    let place = told.split("their data is in ").nth(1).unwrap();
    let place = place.split("Creating").next().unwrap().to_owned();
    assert!(place.starts_with("/var/lib/leadstream/"), "{told}");
    query(running.engines().postgres_url.as_deref(), "create table kept ()").unwrap();
    running.stop();

    // Later the folder could be entered, but the data is where it is.
    fs::set_permissions(&scratch.dir, fs::Permissions::from_mode(0o755)).unwrap();
    let again = scratch.start(true, false).unwrap();
    assert_eq!(
        query(
            again.engines().postgres_url.as_deref(),
            "select count(*) from kept"
        )
        .unwrap(),
        "0"
    );
    again.stop();
    fs::remove_dir_all(place).unwrap();
}
