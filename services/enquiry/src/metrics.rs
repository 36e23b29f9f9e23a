//! Every metric of this service. All carry the label `service="enquiry"`.

use std::time::{SystemTime, UNIX_EPOCH};

use contracts::Source;
use kafka::ConsumerMetrics;
use outbox::OutboxMetrics;
use prometheus::core::Collector;
use prometheus::{Error, Gauge, GaugeVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};
use web::HttpMetrics;
use web::form_stamp::StampError;

use crate::domain::delivery::{Delivery, Undelivered};
use crate::domain::idempotency::Endpoint;

/// Handles to the metrics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    pub http: HttpMetrics,
    pub outbox: OutboxMetrics,
    pub consumers: ConsumerMetrics,
    pub intake: Intake,
    pub deliveries: Deliveries,
}

/// What comes in.
#[derive(Debug, Clone)]
pub struct Intake {
    /// `leadstream_enquiry_submissions_total{entrance, outcome}`: questions that came in by `form` or `api`:
    /// `accepted`, `held` (the honeypot was filled), `repeated` (the same request again), `failed` (answered 5xx).
    submissions: IntCounterVec,
    /// `leadstream_enquiry_acknowledgements_total{outcome}`: `owed`, or `over_budget` where the mailbox had enough.
    acknowledgements: IntCounterVec,
    /// `leadstream_enquiry_form_returns_total{reason}`: forms shown again: `invalid`, `too_fast`, `too_old`, `unsigned`.
    form_returns: IntCounterVec,
}

/// What becomes of it.
#[derive(Debug, Clone)]
pub struct Deliveries {
    /// `leadstream_enquiry_republished_total`: events told again because nobody answered.
    pub republished: IntCounter,
    /// `leadstream_enquiry_people_erased_total`: erasures that signup asked for, repetitions too.
    pub people_erased: IntCounter,
    /// `leadstream_enquiry_undelivered{delivery}`: enquiries that are `held`, `owed` or `stuck`. Alert on `stuck`.
    undelivered: IntGaugeVec,
    /// `leadstream_enquiry_oldest_undelivered_age_seconds{delivery}`: 0 where there is none.
    oldest_undelivered: GaugeVec,
    /// `leadstream_enquiry_deliveries_counted_timestamp_seconds`: when the two above were last counted, 0 for never.
    counted: Gauge,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Held,
    Repeated,
    Failed,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Accepted, Self::Held, Self::Repeated, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Repeated => "repeated",
            Self::Failed => "failed",
        }
    }
}

const INVALID: &str = "invalid";
const UNDELIVERED: [Delivery; 3] = [Delivery::Held, Delivery::Owed, Delivery::Stuck];

impl Metrics {
    /// Registers all of them, every known label at zero.
    ///
    /// # Errors
    /// If one is registered already.
    pub fn register() -> Result<Self, Error> {
        let registry = telemetry::registry(Source::Enquiry.service());
        Ok(Self {
            http: HttpMetrics::register(&registry)?,
            outbox: OutboxMetrics::register(&registry)?,
            consumers: ConsumerMetrics::register(&registry)?,
            intake: Intake::register(&registry)?,
            deliveries: Deliveries::register(&registry)?,
            registry,
        })
    }

    /// Where all of them are registered.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }
}

impl Intake {
    fn register(registry: &Registry) -> Result<Self, Error> {
        let counters = |name, help, labels: &[&str]| {
            registered(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let intake = Self {
            submissions: counters(
                "leadstream_enquiry_submissions_total",
                "Questions that came in, by entrance and outcome.",
                &["entrance", "outcome"],
            )?,
            acknowledgements: counters(
                "leadstream_enquiry_acknowledgements_total",
                "Acknowledgements owed, or not because the mailbox had enough lately.",
                &["outcome"],
            )?,
            form_returns: counters(
                "leadstream_enquiry_form_returns_total",
                "Forms shown again, by reason.",
                &["reason"],
            )?,
        };
        intake.start_at_zero();
        Ok(intake)
    }

    fn start_at_zero(&self) {
        for entrance in [Endpoint::Form, Endpoint::Api] {
            for outcome in Outcome::ALL {
                let labels = [entrance.as_str(), outcome.as_str()];
                self.submissions.with_label_values(&labels);
            }
        }
        for owed in [true, false] {
            self.acknowledgements.with_label_values(&[owed_or_not(owed)]);
        }
        self.form_returns.with_label_values(&[INVALID]);
        for reason in StampError::ALL {
            self.form_returns.with_label_values(&[reason.as_str()]);
        }
    }

    /// A question came to its end.
    pub fn submitted(&self, entrance: Endpoint, outcome: Outcome) {
        let labels = [entrance.as_str(), outcome.as_str()];
        self.submissions.with_label_values(&labels).inc();
    }

    /// It was decided whether an acknowledgement is owed.
    pub fn acknowledgement(&self, owed: bool) {
        self.acknowledgements
            .with_label_values(&[owed_or_not(owed)])
            .inc();
    }

    /// A form is shown again because its fields are wrong.
    pub fn form_was_invalid(&self) {
        self.form_returns.with_label_values(&[INVALID]).inc();
    }

    /// A form is shown again to be sent once more.
    pub fn form_was_unfit(&self, unfit: StampError) {
        self.form_returns.with_label_values(&[unfit.as_str()]).inc();
    }
}

impl Deliveries {
    fn register(registry: &Registry) -> Result<Self, Error> {
        let counter = |name: &str, help: &str| registered(registry, IntCounter::new(name, help)?);
        let undelivered = Opts::new(
            "leadstream_enquiry_undelivered",
            "Enquiries whose mails are not done.",
        );
        let oldest = Opts::new(
            "leadstream_enquiry_oldest_undelivered_age_seconds",
            "Age of the oldest enquiry whose mails are not done.",
        );
        let counted = Opts::new(
            "leadstream_enquiry_deliveries_counted_timestamp_seconds",
            "When the undelivered enquiries were last counted.",
        );
        let deliveries = Self {
            republished: counter(
                "leadstream_enquiry_republished_total",
                "Events published again because no outcome came.",
            )?,
            people_erased: counter(
                "leadstream_enquiry_people_erased_total",
                "Erasures of a person that were carried out or repeated.",
            )?,
            undelivered: registered(registry, IntGaugeVec::new(undelivered, &["delivery"])?)?,
            oldest_undelivered: registered(registry, GaugeVec::new(oldest, &["delivery"])?)?,
            counted: registered(registry, Gauge::with_opts(counted)?)?,
        };
        deliveries.set(&[]);
        Ok(deliveries)
    }

    /// Everything that is not done was counted now.
    pub fn count(&self, undelivered: &[Undelivered]) {
        self.set(undelivered);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.counted.set(now.as_secs_f64());
    }

    fn set(&self, undelivered: &[Undelivered]) {
        for delivery in UNDELIVERED {
            let known = undelivered.iter().find(|row| row.delivery == delivery);
            let label = [delivery.as_str()];
            let gauge = self.undelivered.with_label_values(&label);
            gauge.set(known.map_or(0, |row| row.count));
            let gauge = self.oldest_undelivered.with_label_values(&label);
            gauge.set(known.map_or(0.0, |row| row.oldest));
        }
    }
}

const fn owed_or_not(owed: bool) -> &'static str {
    if owed { "owed" } else { "over_budget" }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
