//! Services whose clock is wrong by more than a year, or is set back and forth while they work.

use mailbox::{Fault as RelayFault, Moment, Rule, Script};
use system::{Fleet, Network, WrongClock, link_in, mails_to, send_form};
use testkit::{TestMailbox, kafka, mailbox, wait_until};

use crate::DEADLINE;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn fleet_with(clock: &WrongClock, mailbox: &TestMailbox, network: &Network) -> Fleet {
    let mut fleet = Fleet::new(network).await;
    for service in [&mut fleet.signup, &mut fleet.enquiry, &mut fleet.notification] {
        service.set(&clock.environment());
    }
    fleet.notification.set(&[
        ("RETRY_FIRST_SECONDS", "1".to_owned()),
        ("RETRY_LONGEST_SECONDS", "2".to_owned()),
    ]);
    fleet.apply_demo_offer().await;
    fleet.start_all().await;
    mailbox.play(Script::new());
    fleet
}

/// The days on which a mail that has just come may have been dated.
async fn dates(fleet: &Fleet) -> Vec<String> {
    let days = "select to_char(day, 'YYYY-MM-DD') from generate_series(now() - interval '1 day',
        now() + interval '1 day', interval '1 day') day";
    sqlx::query_scalar(days)
        .fetch_all(fleet.signup_database.pool())
        .await
        .expect("three days")
}

/// Signup compares its clock with its database's every few seconds; a signup within them is dated as its clock says.
async fn knows_its_clock(fleet: &Fleet) {
    const SKEW: &str = "leadstream_database_clock_skew_seconds";
    wait_until("signup knows that its clock is wrong", DEADLINE, async || {
        let metrics = fleet
            .http()
            .get(fleet.signup.admin_url("/metrics"))
            .send()
            .await
            .expect("metrics");
        let metrics = metrics.text().await.expect("metrics are text");
        let line = metrics
            .lines()
            .find(|line| line.starts_with(SKEW))
            .expect("the skew is measured");
        let skew: f64 = line
            .rsplit(' ')
            .next()
            .and_then(|value| value.parse().ok())
            .expect("a number");
        skew.abs() > 300.0 * 86_400.0
    })
    .await;
}

async fn nobody_panicked(fleet: &Fleet) {
    for service in [&fleet.signup, &fleet.enquiry, &fleet.notification] {
        let log = service.log();
        let panics: Vec<_> = log.lines().filter(|line| line.contains("panick")).collect();
        assert!(panics.is_empty(), "{panics:?}");
    }
}

/// Everything that has to do with time, by a visitor whose clock is right.
async fn all_is_well(fleet: &Fleet, mailbox: &TestMailbox) {
    let thanks = send_form(
        fleet.http(),
        &fleet.signup.url("/c/instagram"),
        &[("email", "vera@example.com"), ("updates", "yes")],
        TRACE,
    )
    .await;
    assert!(thanks.ends_with("/thanks"), "{thanks}");
    let typed = [
        ("email", "asker@example.com"),
        ("topic", "pricing"),
        ("message", "What time is it?"),
    ];
    let thanks = send_form(fleet.http(), &fleet.enquiry.url("/contact"), &typed, TRACE).await;
    assert!(thanks.contains("/contact/thanks"), "{thanks}");
    // The team has had a question before.
    for (address, count) in [
        ("vera@example.com", 1),
        ("asker@example.com", 1),
        ("sales@course.example", 2),
    ] {
        let what = format!("{address} is mailed");
        wait_until(&what, DEADLINE, async || {
            mails_to(mailbox, address).len() == count
        })
        .await;
    }
    let today = dates(fleet).await;
    for mail in mailbox.messages() {
        let date = mailbox.message(&mail).await.date;
        assert!(
            today.iter().any(|day| date.starts_with(day)),
            "{date} is none of {today:?}"
        );
    }
    let mail = mailbox.message(&mails_to(mailbox, "vera@example.com")[0]).await;
    for (path, status) in [("/d/", 200), ("/confirm/", 200), ("/u/", 200)] {
        let link = link_in(&mail.text, &fleet.signup.url(""), path).expect("a link of this kind");
        let opened = fleet.http().get(&link).send().await.expect("signup answers");
        assert_eq!(opened.status(), status, "{path}");
    }
    fleet.signup.run(&["person", "erase", "vera@example.com"]).await;
    wait_until("both services have confirmed the erasure", DEADLINE, async || {
        let open = "select count(*) from erased_people where enquiry_confirmed_at is null or notification_confirmed_at is null";
        let open: i64 = sqlx::query_scalar(open).fetch_one(fleet.signup_database.pool()).await.expect("it can be read");
        open == 0
    })
    .await;
}

/// `from_the_start`: the services are started with it; otherwise it goes wrong while they work.
async fn with_clocks_wrong_by(days: i32, from_the_start: bool) {
    let Some(clock) = WrongClock::new() else { return };
    if from_the_start {
        clock.set(days);
    }
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = fleet_with(&clock, &mailbox, &Network::new(&kafka, &mailbox)).await;
    fleet.sign_up("before@example.com").await;
    fleet.ask("before@example.com", "What time was it?").await;
    wait_until("the mails before", DEADLINE, async || {
        mailbox.messages().len() == 3
    })
    .await;
    clock.set(days);
    knows_its_clock(&fleet).await;
    all_is_well(&fleet, &mailbox).await;
    let today = dates(&fleet).await;
    let log = fleet.signup.log();
    let last = log.lines().last().expect("it logs");
    assert!(
        !today
            .iter()
            .any(|day| last.contains(&format!("\"time\":\"{day}"))),
        "its clock is wrong: {last}"
    );
    nobody_panicked(&fleet).await;
}

/// Catches links, events and leases that are dated or judged by a program's own clock.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants libfaketime"]
async fn clocks_that_are_400_days_ahead_change_nothing_for_anybody() {
    with_clocks_wrong_by(400, false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants libfaketime"]
async fn clocks_that_are_400_days_behind_change_nothing_for_anybody() {
    with_clocks_wrong_by(-400, false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants libfaketime"]
async fn services_started_with_clocks_that_are_400_days_ahead_change_nothing_for_anybody() {
    with_clocks_wrong_by(400, true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants libfaketime"]
async fn services_started_with_clocks_that_are_400_days_behind_change_nothing_for_anybody() {
    with_clocks_wrong_by(-400, true).await;
}

/// Catches a wait that is computed from two readings of a clock: it would be negative, or a year.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants libfaketime"]
async fn a_clock_that_is_set_back_and_forth_while_mails_wait_delays_none() {
    let Some(clock) = WrongClock::new() else { return };
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let fleet = fleet_with(&clock, &mailbox, &Network::new(&kafka, &mailbox)).await;
    for (number, days) in [-400, 400, 0, 400, -400].into_iter().enumerate() {
        let put_off = RelayFault::Reply("450 4.2.1 try later".to_owned());
        mailbox.play(Script::new().with(Rule::new(Moment::Recipient, put_off).times(2)));
        let address = format!("visitor{number}@example.com");
        fleet.sign_up(&address).await;
        wait_until("it was put off", DEADLINE, async || {
            let waiting = "select count(*) from attempts where outcome <> 'accepted'";
            let waiting: i64 = sqlx::query_scalar(waiting)
                .fetch_one(fleet.notification_database.pool())
                .await
                .expect("it can be read");
            usize::try_from(waiting).expect("a number") > 2 * number
        })
        .await;
        clock.set(days);
        wait_until("it comes", DEADLINE, async || {
            mails_to(&mailbox, &address).len() == 1
        })
        .await;
    }
    nobody_panicked(&fleet).await;
}
