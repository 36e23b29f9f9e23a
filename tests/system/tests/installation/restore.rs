//! A backup brings everything back: `deploy/postgres/back-up.sh` and `restore.sh`, with every database and Kafka's log lost.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sqlx::PgPool;
use system::{Broker, Cluster, Fleet, Network, all_rows, mails_to};
use testkit::{TestDatabase, TestMailbox, mailbox, wait_until};
use uuid::Uuid;

use crate::DEADLINE;

/// What a restore makes of offers, so that all else can be compared row by row.
const OFFERS_TO_TELL_AGAIN: &str =
    "update offer_versions set stored_at = null, tries = 0, next_publish_at = published_at";

/// A folder of dumps, gone with its test.
#[derive(Debug)]
struct Backup(PathBuf);

impl Backup {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("leadstream-backup-{}", Uuid::now_v7().simple())))
    }

    /// Runs a script of `deploy/postgres` with the databases of a fleet.
    async fn run(&self, script: &str, fleet: &Fleet) -> Output {
        let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/postgres");
        let tools = tools(fleet.signup_database.pool()).await;
        let mut command = Command::new("bash");
        command.args(["-c", r#"PATH="$0:$PATH" exec bash "$@""#, &tools]);
        command.arg(deploy.join(script)).arg(&self.0);
        for (service, database) in databases(fleet) {
            command.env(format!("{service}_DATABASE_URL"), database.url());
        }
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        output.expect("a blocking task").expect("there is a bash")
    }

    /// As [`Backup::run`], and the script must succeed.
    async fn must(&self, script: &str, fleet: &Fleet) {
        let output = self.run(script, fleet).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {told}");
    }
}

impl Drop for Backup {
    fn drop(&mut self) {
        let _nothing_is_lost = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the server's own tools are: those of another version may refuse to dump it.
async fn tools(pool: &PgPool) -> String {
    let folder = sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'");
    folder.fetch_one(pool).await.expect("the server knows its folder")
}

fn databases(fleet: &Fleet) -> [(&'static str, &TestDatabase); 3] {
    [
        ("SIGNUP", &fleet.signup_database),
        ("ENQUIRY", &fleet.enquiry_database),
        ("NOTIFICATION", &fleet.notification_database),
    ]
}

/// Every row of all three, in an order that does not depend on where a row lies.
async fn rows(fleet: &Fleet) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for (service, database) in databases(fleet) {
        let all = all_rows(database.pool()).await;
        rows.extend(all.lines().map(|row| format!("{service} {row}")));
    }
    rows
}

async fn stop(fleet: &mut Fleet) {
    for service in fleet.services() {
        if service.is_started() {
            service.stop().await;
        }
    }
}

/// New, empty databases in place of those of the stopped fleet, and a broker without a topic.
async fn lose_everything(fleet: &mut Fleet, broker: &mut Broker) {
    fleet.empty_databases().await;
    broker.stop().await;
    broker.lose_log(Cluster::Anew);
    broker.start_again().await;
}

async fn come_back(fleet: &mut Fleet) {
    fleet.migrate_all().await;
    fleet.start_all().await;
}

async fn mailed(mailbox: &TestMailbox, addresses: &[&str]) {
    for address in addresses {
        let what = format!("{address} is mailed");
        wait_until(&what, DEADLINE, async || !mails_to(mailbox, address).is_empty()).await;
    }
}

/// Waits until a query counts nothing.
async fn none_is_left(database: &TestDatabase, query: &'static str) {
    wait_until(query, DEADLINE, async || {
        let left = sqlx::query_scalar(query).fetch_one(database.pool()).await;
        let left: i64 = left.expect("the database answers");
        left == 0
    })
    .await;
}

async fn outcomes_are_known(fleet: &Fleet) {
    let signups = "select count(*) from signups where delivery <> 'done'";
    none_is_left(&fleet.signup_database, signups).await;
    let enquiries = "select count(*) from enquiries where delivery <> 'done'";
    none_is_left(&fleet.enquiry_database, enquiries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_back_and_what_was_owed_is_mailed_once_after_everything_was_lost() {
    let mailbox = mailbox().await;
    let mut broker = Broker::start().await;
    let mut fleet = Fleet::start(&Network::with_broker(&broker, &mailbox)).await;
    fleet.sign_up("mailed@example.com").await;
    fleet.ask("answered@example.com", "Is there a discount?").await;
    mailed(&mailbox, &["mailed@example.com", "answered@example.com"]).await;
    outcomes_are_known(&fleet).await;
    fleet.notification.stop().await;
    fleet.sign_up("owed@example.com").await;
    fleet.ask("waiting@example.com", "Does anybody read this?").await;
    stop(&mut fleet).await;
    run(&fleet.signup_database, OFFERS_TO_TELL_AGAIN).await;
    let (before, backup) = (rows(&fleet).await, Backup::new());
    backup.must("back-up.sh", &fleet).await;

    lose_everything(&mut fleet, &mut broker).await;
    assert_eq!(rows(&fleet).await, BTreeSet::new(), "all of it is lost");
    backup.must("restore.sh", &fleet).await;

    let lost: Vec<_> = before.difference(&rows(&fleet).await).cloned().collect();
    assert_eq!(lost, Vec::<String>::new(), "every row is back");
    come_back(&mut fleet).await;
    mailed(&mailbox, &["owed@example.com", "waiting@example.com"]).await;
    outcomes_are_known(&fleet).await;
    for address in ["mailed", "answered", "owed", "waiting"] {
        let mails = mails_to(&mailbox, &format!("{address}@example.com"));
        assert_eq!(mails.len(), 1, "{address} is mailed once");
    }
}

async fn run(database: &TestDatabase, statement: &'static str) {
    let done = sqlx::query(statement).execute(database.pool()).await;
    done.expect("the database answers");
}

/// Ids of one column of a table.
async fn ids(database: &TestDatabase, query: &'static str) -> BTreeSet<Uuid> {
    let ids = sqlx::query_scalar(query).fetch_all(database.pool()).await;
    ids.expect("ids can be read").into_iter().collect()
}

/// Visitors sign up one after the other while the backup is taken; answers with those who were acknowledged before it.
async fn back_up_under_load(fleet: &Fleet, backup: &Backup) -> Vec<String> {
    let (acknowledged, enough) = (RefCell::new(Vec::new()), Cell::new(false));
    let visitors = async {
        while !enough.get() {
            let address = format!("visitor{}@example.com", acknowledged.borrow().len());
            fleet.sign_up(&address).await;
            acknowledged.borrow_mut().push(address);
        }
    };
    let number = || acknowledged.borrow().len();
    let work = async {
        wait_until("visitors sign up", DEADLINE, async || number() >= 20).await;
        let before = acknowledged.borrow().clone();
        backup.must("back-up.sh", fleet).await;
        let then = number();
        wait_until("more sign up", DEADLINE, async || number() > then).await;
        enough.set(true);
        before
    };
    tokio::join!(visitors, work).1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_under_load_owes_every_mail_of_whoever_was_acknowledged_before_it() {
    let mailbox = mailbox().await;
    let mut broker = Broker::start().await;
    let mut network = Network::with_broker(&broker, &mailbox);
    // Nobody takes mails, so the outcome of all that is known says "queued", and nothing is published again for a day.
    network.smtp_url = "smtp://127.0.0.1:9".to_owned();
    let mut fleet = Fleet::start(&network).await;
    let backup = Backup::new();
    let before = back_up_under_load(&fleet, &backup).await;
    stop(&mut fleet).await;

    lose_everything(&mut fleet, &mut broker).await;
    backup.must("restore.sh", &fleet).await;

    let signups = ids(&fleet.signup_database, "select id from signups").await;
    let ledger = "select request_id from notifications where request_id is not null";
    let ledger = ids(&fleet.notification_database, ledger).await;
    assert!(
        ledger.is_subset(&signups),
        "no mail is owed for a signup that nobody knows"
    );
    fleet.notification.set(&[("SMTP_URL", mailbox.smtp_url())]);
    come_back(&mut fleet).await;
    fleet
        .signup
        .run(&["republish", "--since", "2026-01-01T00:00:00Z", "--yes"])
        .await;
    let before: Vec<_> = before.iter().map(String::as_str).collect();
    mailed(&mailbox, &before).await;
    outcomes_are_known(&fleet).await;
    assert_eq!(
        mailbox.messages().len(),
        signups.len(),
        "one mail for each signup"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_from_before_an_offer_is_told_of_the_offer_and_of_what_it_owes() {
    let mailbox = mailbox().await;
    let mut broker = Broker::start().await;
    let mut fleet = Fleet::new(&Network::with_broker(&broker, &mailbox)).await;
    let (old, new) = (Backup::new(), Backup::new());
    old.must("back-up.sh", &fleet).await;
    fleet.apply_demo_offer().await;
    fleet.start_all().await;
    let unconfirmed = "select count(*) from offer_versions where stored_at is null";
    none_is_left(&fleet.signup_database, unconfirmed).await;
    fleet.notification.stop().await;
    fleet.sign_up("vera@example.com").await;
    new.must("back-up.sh", &fleet).await;
    stop(&mut fleet).await;
    let ledger = "notification.dump";
    std::fs::copy(old.0.join(ledger), new.0.join(ledger)).expect("both have a ledger");

    lose_everything(&mut fleet, &mut broker).await;
    new.must("restore.sh", &fleet).await;
    come_back(&mut fleet).await;

    mailed(&mailbox, &["vera@example.com"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_leaves_a_database_alone_that_is_not_empty() {
    let mailbox = mailbox().await;
    let broker = Broker::start().await;
    let mut fleet = Fleet::start(&Network::with_broker(&broker, &mailbox)).await;
    let backup = Backup::new();
    backup.must("back-up.sh", &fleet).await;
    fleet.sign_up("later@example.com").await;
    mailed(&mailbox, &["later@example.com"]).await;
    stop(&mut fleet).await;
    let before = rows(&fleet).await;

    let output = backup.run("restore.sh", &fleet).await;

    assert!(!output.status.success(), "a restore over data is refused");
    assert_eq!(rows(&fleet).await, before);
}
