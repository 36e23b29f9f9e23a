//! Replicas are replaced one after the other under load, as Kubernetes does.

use std::path::Path;

use system::{Choice, Entrance, Fleet, Network, Service, Traffic, previous_release};
use testkit::{TestMailbox, kafka, mailbox};

/// As the Deployments have it.
const DRAIN_AS_DEPLOYED: &str = "10";
/// Long enough for every client to be told that its connection ends.
const DRAIN: &str = "6";

/// Two replicas of each service; visitors come by the entrances.
struct Site {
    fleet: Fleet,
    seconds: [Service; 3],
    signups: Entrance,
    enquiries: Entrance,
}

impl Site {
    async fn start(network: &Network, choice: Choice, drain: &str, release: Option<&Path>) -> Self {
        let mut fleet = Fleet::new(network).await;
        for service in fleet.services() {
            service.use_release(release);
            service.set(&[("SHUTDOWN_DRAIN_SECONDS", drain.to_owned())]);
        }
        fleet.apply_light_offer().await;
        fleet.start_all().await;
        let mut seconds = [
            fleet.signup.replica(),
            fleet.enquiry.replica(),
            fleet.notification.replica(),
        ];
        for service in &mut seconds {
            service.start().await;
        }
        Self {
            signups: Entrance::open(choice, &[&fleet.signup, &seconds[0]]).await,
            enquiries: Entrance::open(choice, &[&fleet.enquiry, &seconds[1]]).await,
            fleet,
            seconds,
        }
    }

    fn visit(&self) -> Traffic {
        Traffic::begin(
            &self.signups.url("/v1/signups"),
            &self.enquiries.url("/v1/enquiries"),
        )
    }

    /// Every replica gets SIGTERM, ends in good order, and is started again as a program of this release; of each service
    /// the second one only when the first is known to be ready.
    async fn roll_to(&mut self, release: Option<&Path>) {
        restart(self.fleet.services(), release).await;
        self.signups.all_are_ready().await;
        self.enquiries.all_are_ready().await;
        restart(self.seconds.each_mut(), release).await;
        self.signups.all_are_ready().await;
        self.enquiries.all_are_ready().await;
    }

    /// Nobody was refused, and each mail that is owed came once: a stop in good order repeats none.
    async fn all_went_well(&self, traffic: Traffic, mailbox: &TestMailbox) {
        let verdict = traffic.end().await;
        assert_eq!(verdict.failed(), [""; 0], "no request failed");
        self.fleet.comes_to_rest().await;
        assert_eq!(verdict.copies(mailbox).await, 0, "nobody is mailed twice");
    }
}

/// One replica of each service at once.
async fn restart(replicas: [&mut Service; 3], release: Option<&Path>) {
    let [signup, enquiry, notification] = replicas.map(|service| async move {
        service.stop().await;
        service.use_release(release);
        service.start().await;
    });
    tokio::join!(signup, enquiry, notification);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_fails_no_request_and_repeats_no_mail() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let network = Network::new(&kafka, &mailbox);
    let mut site = Site::start(&network, Choice::Ready, DRAIN, None).await;
    let traffic = site.visit();
    traffic.goes_on().await;

    site.roll_to(None).await;
    traffic.goes_on().await;

    site.all_went_well(traffic, &mailbox).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn an_upgrade_under_load_and_the_way_back_fail_no_request_and_repeat_no_mail() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let (network, previous) = (Network::new(&kafka, &mailbox), previous_release());
    let previous = previous.as_deref();
    // Its database is that of this release from the start: migrated before anything is rolled out.
    let mut site = Site::start(&network, Choice::Ready, DRAIN_AS_DEPLOYED, previous).await;
    let traffic = site.visit();
    traffic.goes_on().await;

    site.roll_to(None).await;
    traffic.goes_on().await;
    site.roll_to(previous).await;
    traffic.goes_on().await;

    site.all_went_well(traffic, &mailbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_is_seen_as_failed_requests() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let network = Network::new(&kafka, &mailbox);
    let mut site = Site::start(&network, Choice::Ready, DRAIN, None).await;
    let traffic = site.visit();
    traffic.goes_on().await;

    // Frozen first, so that the kill finds a request under way.
    site.fleet.signup.pause();
    let before = site.signups.connections(0);
    testkit::wait_until("somebody is sent to it", crate::DEADLINE, async || {
        site.signups.connections(0) > before
    })
    .await;
    site.fleet.signup.kill();

    traffic.fails().await;
    let verdict = traffic.end().await;
    let failed = verdict.failed();
    assert!(
        failed
            .iter()
            .any(|one| one.starts_with("Signup") && one.contains("no answer")),
        "whoever was with it has no answer: {failed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entrance_that_does_not_ask_for_readiness_is_seen_as_failed_requests() {
    let (kafka, mailbox) = (kafka().await, mailbox().await);
    let network = Network::new(&kafka, &mailbox);
    let mut site = Site::start(&network, Choice::Anyone, DRAIN, None).await;
    let traffic = site.visit();
    traffic.goes_on().await;

    site.fleet.signup.stop().await;

    traffic.fails().await;
    let verdict = traffic.end().await;
    let failed = verdict.failed();
    assert!(
        failed.iter().all(|one| one.starts_with("Signup")),
        "nothing but its replica: {failed:?}"
    );
}
