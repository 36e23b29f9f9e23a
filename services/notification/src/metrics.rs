//! Every metric of this service. All carry the label `service="notification"`.

mod bounces;
mod registrar;
mod sending;

use std::time::Duration;

use contracts::notification::Purpose;
use kafka::ConsumerMetrics;
use outbox::OutboxMetrics;
use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, Registry};
use web::HttpMetrics;

pub use self::bounces::BounceMetrics;
use self::registrar::Registrar;
pub use self::sending::SendingMetrics;
use crate::domain::attempt::Outcome;
use crate::domain::claim::Finished;
use crate::domain::notification::Class;
use crate::store::due_notifications::Backlog;

/// From a signup to a mail that a relay took: seconds that visitors feel, then minutes and hours of an outage.
const SIGNUP_TO_MAIL: [f64; 16] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0,
];
const SEND: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
const PURPOSES: [Purpose; 5] = [
    Purpose::Delivery,
    Purpose::Links,
    Purpose::MyData,
    Purpose::Ack,
    Purpose::Team,
];

/// Handles to the metrics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    pub http: HttpMetrics,
    pub outbox: OutboxMetrics,
    /// With `leadstream_dead_letters_total{topic}`. Alert on any increase.
    pub consumers: ConsumerMetrics,
    /// `leadstream_notification_owed_total{purpose}`: notifications that came into the ledger.
    owed: IntCounterVec,
    /// `leadstream_notification_repeated_events_total`: events that the ledger knew, answered with the state again.
    pub repeated_events: IntCounter,
    /// `leadstream_notification_person_id_mismatches_total`: events whose person id is not that of their address. Alert
    /// on any increase: services with different `SUBJECT_KEY`s would erase and suppress past each other.
    pub person_id_mismatches: IntCounter,
    /// `leadstream_notification_attempts_total{class, outcome}`: what attempts came to, as committed.
    attempts: IntCounterVec,
    /// `leadstream_notification_late_outcomes_total`: outcomes of a lease that had gone to another sender.
    pub late_outcomes: IntCounter,
    /// `leadstream_notification_team_failures_total{inbox}`: mails to teams given up, by `first` or `fallback` inbox.
    /// Alert on any increase.
    team_failures: IntCounterVec,
    /// `leadstream_notification_send_seconds`: one attempt, from the claim to the relay's answer.
    send: Histogram,
    /// `leadstream_notification_redirected`: 1 while `MAIL_REDIRECT_TO` keeps mails from those whom they are for.
    pub redirected: IntGauge,
    /// `leadstream_notification_sending`: attempts under way.
    pub sending: IntGauge,
    /// `leadstream_signup_to_mail_seconds`: from a signup to the relay's 250 for its delivery mail.
    signup_to_mail: Histogram,
    /// Of relays, and of recipients' mail systems.
    pub relays: SendingMetrics,
    pub bounces: BounceMetrics,
    /// `leadstream_notification_due`: mails that could be sent now.
    due: IntGauge,
    /// `leadstream_notification_oldest_due_age_seconds`: since when the oldest of them could be. Alert on 15 minutes.
    oldest_due: Gauge,
    /// `leadstream_notification_waiting_for_offer`: deliveries whose offer version has not arrived. Alert on 15 minutes.
    waiting_for_offer: IntGauge,
    /// `leadstream_notification_people_erased_total`: erasures that signup asked for, repetitions too.
    pub people_erased: IntCounter,
}

impl Metrics {
    /// Registers all of them, every known label at zero.
    ///
    /// # Errors
    /// If one is registered already.
    pub fn register() -> Result<Self, prometheus::Error> {
        let registry = telemetry::registry("notification");
        let new = Registrar(&registry);
        let metrics = Self {
            http: HttpMetrics::register(&registry)?,
            outbox: OutboxMetrics::register(&registry)?,
            consumers: ConsumerMetrics::register(&registry)?,
            owed: new.counters(
                "owed_total",
                "Notifications that came into the ledger.",
                &["purpose"],
            )?,
            repeated_events: new.counter("repeated_events_total", "Events that the ledger knew already.")?,
            person_id_mismatches: new.counter(
                "person_id_mismatches_total",
                "Events whose person id is not that of their address.",
            )?,
            attempts: new.counters(
                "attempts_total",
                "What attempts to send came to.",
                &["class", "outcome"],
            )?,
            late_outcomes: new.counter(
                "late_outcomes_total",
                "Outcomes of a lease that others had taken.",
            )?,
            team_failures: new.counters(
                "team_failures_total",
                "Mails to teams that were given up.",
                &["inbox"],
            )?,
            send: new.histogram(
                "leadstream_notification_send_seconds",
                "Time of one attempt.",
                &SEND,
            )?,
            redirected: new.gauge("redirected", "1 while mails go to MAIL_REDIRECT_TO alone.")?,
            sending: new.gauge("sending", "Attempts under way.")?,
            signup_to_mail: new.histogram(
                "leadstream_signup_to_mail_seconds",
                "From a signup to its delivery mail taken by a relay.",
                &SIGNUP_TO_MAIL,
            )?,
            relays: SendingMetrics::register(&new)?,
            bounces: BounceMetrics::register(&new)?,
            due: new.gauge("due", "Mails that could be sent now.")?,
            oldest_due: new.age(
                "oldest_due_age_seconds",
                "Since when the oldest due mail could be sent.",
            )?,
            waiting_for_offer: new.gauge("waiting_for_offer", "Deliveries whose offer has not arrived.")?,
            people_erased: new.counter(
                "people_erased_total",
                "Erasures that were carried out or repeated.",
            )?,
            registry: registry.clone(),
        };
        metrics.start_at_zero();
        Ok(metrics)
    }

    fn start_at_zero(&self) {
        for purpose in PURPOSES {
            self.owed.with_label_values(&[purpose.as_str()]);
        }
        for class in Class::ALL {
            for outcome in Outcome::words() {
                self.attempts.with_label_values(&[class.as_str(), outcome]);
            }
        }
        for inbox in ["first", "fallback"] {
            self.team_failures.with_label_values(&[inbox]);
        }
    }

    /// Where all of them are registered.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// A notification came into the ledger.
    pub fn owed(&self, purpose: Purpose) {
        self.owed.with_label_values(&[purpose.as_str()]).inc();
    }

    /// An attempt was committed.
    pub fn attempted(&self, finished: &Finished) {
        let (claim, outcome) = (&finished.claim, &finished.outcome);
        self.attempts
            .with_label_values(&[claim.class().as_str(), outcome.as_str()])
            .inc();
        self.send.observe(finished.took.as_secs_f64());
        if claim.class() == Class::Team && finished.is_given_up() {
            self.team_failed(claim.key.recipient);
        }
    }

    /// A team's mail was given up, or came back; 0 is the first inbox.
    pub fn team_failed(&self, recipient: i16) {
        let inbox = if recipient == 0 { "first" } else { "fallback" };
        self.team_failures.with_label_values(&[inbox]).inc();
    }

    /// A delivery mail was taken, so long after its signup.
    pub fn delivered(&self, after: Duration) {
        self.signup_to_mail.observe(after.as_secs_f64());
    }

    /// What is left to do now.
    pub fn backlog(&self, backlog: &Backlog) {
        self.due.set(backlog.due);
        self.oldest_due.set(backlog.oldest_due);
        self.waiting_for_offer.set(backlog.waiting_for_offer);
    }
}
