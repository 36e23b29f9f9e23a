//! Expand and contract: programs of the previous release serve on a schema that is newer than they are.

use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use system::{Fleet, Network, Traffic, previous_release};
use testkit::{TestDatabase, TestMailbox, kafka, mailbox};

/// What the next release may do to databases, and what it may not.
const EXPANDS: &str = "expands";
const CONTRACTS: &str = "contracts";

/// The programs of the previous release on the schema that they made, started.
async fn previous_fleet(network: &Network) -> Fleet {
    let mut fleet = Fleet::new(network).await;
    fleet.empty_databases().await;
    let previous = previous_release();
    for service in fleet.services() {
        service.use_release(previous.as_deref());
    }
    fleet.migrate_all().await;
    fleet.apply_light_offer().await;
    fleet.start_all().await;
    fleet
}

/// This tree's `migrate`, while the programs of the fleet run.
async fn migrate_to_this_release(fleet: &Fleet) {
    for service in [&fleet.signup, &fleet.enquiry, &fleet.notification] {
        let mut ours = service.replica();
        ours.use_release(None);
        ours.run(&["migrate"]).await;
    }
}

/// As `migrate` of the next release would, with all files of this tree and its own.
async fn migrate_to_next_release(what: &str, service: &'static str, database: &TestDatabase) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (ours, next) = (
        root.join("../../migrations").join(service),
        root.join("tests/installation/next_release")
            .join(what)
            .join(service),
    );
    let mut migrations = Vec::new();
    for folder in [ours, next] {
        migrations.extend(read(folder).await.iter().cloned());
    }
    let migrator = Migrator::with_migrations(migrations);
    let migrated = postgres::migrate(&database.config(service), &migrator).await;
    migrated.expect("the next release migrates");
}

async fn read(folder: PathBuf) -> Migrator {
    Migrator::new(folder).await.expect("a folder of migrations")
}

async fn expand(fleet: &Fleet) {
    for (service, database) in ["signup", "enquiry", "notification"]
        .into_iter()
        .zip(fleet.databases())
    {
        migrate_to_next_release(EXPANDS, service, database).await;
    }
}

fn visit(fleet: &Fleet) -> Traffic {
    Traffic::begin(
        &fleet.signup.url("/v1/signups"),
        &fleet.enquiry.url("/v1/enquiries"),
    )
}

/// Nobody was refused, and each mail that is owed came once.
async fn all_went_well(traffic: Traffic, fleet: &Fleet, mailbox: &TestMailbox) {
    let verdict = traffic.end().await;
    assert_eq!(verdict.failed(), [""; 0], "no request failed");
    fleet.comes_to_rest().await;
    assert_eq!(verdict.copies(mailbox).await, 0, "nobody is mailed twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_of_the_previous_release_serve_while_databases_are_migrated_under_them() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = previous_fleet(&Network::new(&kafka, &mailbox)).await;
    let traffic = visit(&fleet);
    traffic.goes_on().await;

    migrate_to_this_release(&fleet).await;
    traffic.goes_on().await;
    expand(&fleet).await;
    traffic.goes_on().await;

    all_went_well(traffic, &fleet, &mailbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_of_the_previous_release_that_are_put_back_migrate_nothing_and_serve() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = previous_fleet(&Network::new(&kafka, &mailbox)).await;
    for service in fleet.services() {
        service.stop().await;
    }
    migrate_to_this_release(&fleet).await;
    expand(&fleet).await;

    fleet.migrate_all().await;
    fleet.start_all().await;

    let traffic = visit(&fleet);
    traffic.goes_on().await;
    all_went_well(traffic, &fleet, &mailbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_contracts_under_running_programs_is_seen_as_failed_requests() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let mut fleet = Fleet::new(&Network::new(&kafka, &mailbox)).await;
    fleet.apply_light_offer().await;
    fleet.start_all().await;
    let traffic = visit(&fleet);
    traffic.goes_on().await;

    migrate_to_next_release(CONTRACTS, "signup", &fleet.signup_database).await;
    traffic.fails().await;

    let verdict = traffic.end().await;
    let failed = verdict.failed();
    assert!(
        failed.iter().all(|one| one.starts_with("Signup")),
        "questions are answered: {failed:?}"
    );
}
