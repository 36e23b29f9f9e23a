//! Every metric of this service. All carry the label `service="enquiry"`.

use kafka::ConsumerMetrics;
use outbox::OutboxMetrics;
use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};
use web::HttpMetrics;

use crate::domain::delivery::Delivery;
use crate::domain::form_stamp::Unfit;
use crate::domain::idempotency::Endpoint;

/// Handles to the metrics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    pub http: HttpMetrics,
    pub outbox: OutboxMetrics,
    pub consumers: ConsumerMetrics,
    /// `leadstream_enquiry_submissions_total{entrance, outcome}`: questions that came in by `form` or `api`:
    /// `accepted`, `held` (the honeypot was filled), `repeated` (the same request again), `failed` (answered 5xx).
    submissions: IntCounterVec,
    /// `leadstream_enquiry_acknowledgements_total{outcome}`: `owed`, or `over_budget` where the mailbox had enough.
    acknowledgements: IntCounterVec,
    /// `leadstream_enquiry_form_returns_total{reason}`: forms shown again: `invalid`, `too_fast`, `too_old`, `unsigned`.
    form_returns: IntCounterVec,
    /// `leadstream_enquiry_republished_total`: events told again because nobody answered.
    pub republished: IntCounter,
    /// `leadstream_enquiry_released_total`: held enquiries that somebody let through.
    pub released: IntCounter,
    /// `leadstream_enquiry_people_erased_total`: erasures that signup asked for, repetitions too.
    pub people_erased: IntCounter,
    /// `leadstream_enquiry_undelivered{delivery}`: enquiries that are `held`, `owed` or `stuck`. Alert on `stuck`.
    undelivered: IntGaugeVec,
    /// `leadstream_enquiry_oldest_undelivered_age_seconds{delivery}`: 0 where there is none.
    oldest_undelivered: GaugeVec,
    /// `leadstream_enquiry_deliveries_seen_timestamp_seconds`: when the two above were last counted.
    pub deliveries_seen: Gauge,
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
    pub fn register() -> Result<Self, prometheus::Error> {
        let registry = telemetry::registry("enquiry");
        let metrics = Self {
            http: HttpMetrics::register(&registry)?,
            outbox: OutboxMetrics::register(&registry)?,
            consumers: ConsumerMetrics::register(&registry)?,
            submissions: counters(
                &registry,
                "leadstream_enquiry_submissions_total",
                "Questions that came in, by entrance and outcome.",
                &["entrance", "outcome"],
            )?,
            acknowledgements: counters(
                &registry,
                "leadstream_enquiry_acknowledgements_total",
                "Acknowledgements owed, or not because the mailbox had enough lately.",
                &["outcome"],
            )?,
            form_returns: counters(
                &registry,
                "leadstream_enquiry_form_returns_total",
                "Forms shown again, by reason.",
                &["reason"],
            )?,
            republished: counter(
                &registry,
                "leadstream_enquiry_republished_total",
                "Events published again because no outcome came.",
            )?,
            released: counter(
                &registry,
                "leadstream_enquiry_released_total",
                "Held enquiries that were released.",
            )?,
            people_erased: counter(
                &registry,
                "leadstream_enquiry_people_erased_total",
                "Erasures of a person that were carried out or repeated.",
            )?,
            undelivered: registered(
                &registry,
                IntGaugeVec::new(
                    Opts::new(
                        "leadstream_enquiry_undelivered",
                        "Enquiries whose mails are not done.",
                    ),
                    &["delivery"],
                )?,
            )?,
            oldest_undelivered: registered(
                &registry,
                GaugeVec::new(
                    Opts::new(
                        "leadstream_enquiry_oldest_undelivered_age_seconds",
                        "Age of the oldest enquiry whose mails are not done.",
                    ),
                    &["delivery"],
                )?,
            )?,
            deliveries_seen: registered(
                &registry,
                Gauge::new(
                    "leadstream_enquiry_deliveries_seen_timestamp_seconds",
                    "When the undelivered enquiries were last counted.",
                )?,
            )?,
            registry,
        };
        metrics.start_at_zero();
        Ok(metrics)
    }

    fn start_at_zero(&self) {
        for entrance in [Endpoint::Form, Endpoint::Api] {
            for outcome in Outcome::ALL {
                self.submissions
                    .with_label_values(&[entrance.as_str(), outcome.as_str()]);
            }
        }
        for outcome in ["owed", "over_budget"] {
            self.acknowledgements.with_label_values(&[outcome]);
        }
        self.form_returns.with_label_values(&[INVALID]);
        for reason in [Unfit::TooFast, Unfit::TooOld, Unfit::Unsigned] {
            self.form_returns.with_label_values(&[reason.as_str()]);
        }
        self.undelivered(&[]);
    }

    /// Where all of them are registered.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    pub fn submitted(&self, entrance: Endpoint, outcome: Outcome) {
        self.submissions
            .with_label_values(&[entrance.as_str(), outcome.as_str()])
            .inc();
    }

    pub fn acknowledgement(&self, owed: bool) {
        let outcome = if owed { "owed" } else { "over_budget" };
        self.acknowledgements.with_label_values(&[outcome]).inc();
    }

    /// A form is shown again; `None` where its fields were wrong.
    pub fn form_returned(&self, unfit: Option<Unfit>) {
        let reason = unfit.map_or(INVALID, Unfit::as_str);
        self.form_returns.with_label_values(&[reason]).inc();
    }

    /// What is not done now: delivery, how many, and the age of the oldest in seconds.
    pub fn undelivered(&self, now: &[(Delivery, i64, f64)]) {
        for delivery in UNDELIVERED {
            let known = now.iter().find(|(of, _, _)| *of == delivery);
            let (_, count, oldest) = known.copied().unwrap_or((delivery, 0, 0.0));
            self.undelivered
                .with_label_values(&[delivery.as_str()])
                .set(count);
            self.oldest_undelivered
                .with_label_values(&[delivery.as_str()])
                .set(oldest);
        }
    }
}

fn registered<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> Result<IntCounterVec, prometheus::Error> {
    registered(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    registered(registry, IntCounter::new(name, help)?)
}
