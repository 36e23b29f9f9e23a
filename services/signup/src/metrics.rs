//! Every metric of this service; the README lists them with their labels. All carry the label `service`; outbox,
//! consumers, HTTP and tasks list their own.

mod registrar;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::Source;
use kafka::ConsumerMetrics;
use outbox::OutboxMetrics;
use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry};
use web::HttpMetrics;

use self::registrar::Registrar;
use crate::domain::campaign::OpenCampaign;
use crate::domain::delivery::Delivery;
use crate::domain::fetcher::Fetcher;

/// Campaigns that get series of their own in one process; all later ones are `other`.
const CAMPAIGNS_MAX: usize = 40;
/// Channels that get a label of their own.
const CHANNELS: [&str; 12] = [
    "instagram",
    "linkedin",
    "youtube",
    "tiktok",
    "facebook",
    "x",
    "threads",
    "reddit",
    "pinterest",
    "podcast",
    "newsletter",
    "website",
];
const OTHER: &str = "other";

/// The metrics, cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    pub http: HttpMetrics,
    pub outbox: OutboxMetrics,
    pub consumers: ConsumerMetrics,
    pub signups: Signups,
    pub queue_entries: IntGauge,
    pub batch_size: Histogram,
    pub batch_seconds: Histogram,
    pub mail_requests: IntCounterVec,
    pub republished: IntCounter,
    pub requests: IntGaugeVec,
    pub erasures_unconfirmed: IntGauge,
    pub offers_unconfirmed: IntGauge,
    pub erased: IntCounter,
    pub clock_skew: Gauge,
    funnel: Funnel,
}

/// `leadstream_signups_total`, by outcome.
#[derive(Debug, Clone)]
pub struct Signups {
    pub owed: IntCounter,
    pub over_budget: IntCounter,
    pub held: IntCounter,
    pub repeated: IntCounter,
    pub key_reused: IntCounter,
    pub refused: IntCounter,
    pub busy: IntCounter,
    pub unavailable: IntCounter,
}

/// A step on a campaign's way from a visit to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Visit,
    Signup,
    MailAccepted,
    Download(Fetcher),
}

#[derive(Debug, Clone)]
struct Funnel {
    steps: IntCounterVec,
    campaigns: Arc<Mutex<HashSet<String>>>,
}

impl Metrics {
    /// Registers all of them.
    ///
    /// # Errors
    /// If one is registered already.
    pub fn register() -> Result<Self, prometheus::Error> {
        let registry = telemetry::registry(Source::Signup.service());
        let new = Registrar(&registry);
        Ok(Self {
            http: HttpMetrics::register(&registry)?,
            outbox: OutboxMetrics::register(&registry)?,
            consumers: ConsumerMetrics::register(&registry)?,
            signups: Signups::of(&new.counters(
                "leadstream_signups_total",
                "Signups by what became of them",
                &["outcome"],
            )?),
            queue_entries: new.gauge(
                "leadstream_signup_queue_entries",
                "Signups that wait for the writer",
            )?,
            batch_size: new.histogram("leadstream_signup_batch_size", "Signups a commit", &BATCH_SIZES)?,
            batch_seconds: new.histogram(
                "leadstream_signup_batch_seconds",
                "Time of the writer's statement",
                &BATCH_SECONDS,
            )?,
            mail_requests: new.counters(
                "leadstream_signup_mail_requests_total",
                "Requests for fresh links or one's own data",
                &["kind", "outcome"],
            )?,
            republished: new.counter("leadstream_signup_republished_total", "Events published again")?,
            requests: requests(&new)?,
            erasures_unconfirmed: new.gauge(
                "leadstream_signup_erasures_unconfirmed",
                "Erased people whom enquiry or notification has not confirmed",
            )?,
            offers_unconfirmed: new.gauge(
                "leadstream_signup_offers_unconfirmed",
                "Offer versions that notification has not confirmed",
            )?,
            erased: new.counter("leadstream_signup_erased_total", "People erased")?,
            clock_skew: new.seconds(
                "leadstream_database_clock_skew_seconds",
                "How far the database's clock is ahead of this program's",
            )?,
            funnel: Funnel::register(&new)?,
            registry,
        })
    }

    /// Where all of them are registered.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Counts a step of a campaign that exists.
    pub fn step(&self, campaign: &OpenCampaign, step: Step) {
        self.step_of(campaign.slug.as_str(), &campaign.channel, step);
    }

    /// As [`Metrics::step`], by the campaign's name and channel.
    pub fn step_of(&self, campaign: &str, channel: &str, step: Step) {
        let channel = CHANNELS
            .into_iter()
            .find(|known| *known == channel)
            .unwrap_or(OTHER);
        let campaign = if self.funnel.has_room_for(campaign) {
            campaign
        } else {
            OTHER
        };
        self.funnel
            .steps
            .with_label_values(&[campaign, channel, step.as_str()])
            .inc();
    }
}

impl Signups {
    fn of(outcomes: &IntCounterVec) -> Self {
        let outcome = |name| outcomes.with_label_values(&[name]);
        Self {
            owed: outcome(Delivery::Owed.as_str()),
            over_budget: outcome(Delivery::OverBudget.as_str()),
            held: outcome(Delivery::Held.as_str()),
            repeated: outcome("repeated"),
            key_reused: outcome("key_reused"),
            refused: outcome("refused"),
            busy: outcome("busy"),
            unavailable: outcome("unavailable"),
        }
    }

    /// The counter of a signup that was written this way.
    #[must_use]
    pub fn written(&self, delivery: Delivery) -> &IntCounter {
        match delivery {
            Delivery::OverBudget => &self.over_budget,
            Delivery::Held => &self.held,
            Delivery::Owed | Delivery::Done | Delivery::Stuck => &self.owed,
        }
    }
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Signup => "signup",
            Self::MailAccepted => "mail_accepted",
            Self::Download(Fetcher::Person) => "download_person",
            Self::Download(Fetcher::Scanner) => "download_scanner",
        }
    }
}

impl Funnel {
    fn register(new: &Registrar<'_>) -> Result<Self, prometheus::Error> {
        let steps = new.counters(
            "leadstream_signup_funnel_total",
            "Steps from a visit to a reader, by campaign",
            &["campaign", "channel", "step"],
        )?;
        Ok(Self {
            steps,
            campaigns: Arc::default(),
        })
    }

    fn has_room_for(&self, campaign: &str) -> bool {
        let mut campaigns = self.campaigns.lock().unwrap_or_else(PoisonError::into_inner);
        if campaigns.contains(campaign) {
            return true;
        }
        campaigns.len() < CAMPAIGNS_MAX && campaigns.insert(campaign.to_owned())
    }
}

const BATCH_SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
const BATCH_SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.5];

fn requests(new: &Registrar<'_>) -> Result<IntGaugeVec, prometheus::Error> {
    let requests = new.gauges(
        "leadstream_signup_requests",
        "Requests that somebody should look at",
        &["state"],
    )?;
    for state in [Delivery::Held, Delivery::Stuck] {
        requests.with_label_values(&[state.as_str()]);
    }
    Ok(requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn campaigns_and_channels_cannot_fill_the_registry() {
        let metrics = Metrics::register().expect("fresh");
        for n in 0..10_000 {
            metrics.step_of(&format!("campaign-{n}"), &format!("channel-{n}"), Step::Visit);
        }
        let families = metrics.registry().gather();
        let funnel = families
            .iter()
            .find(|family| family.name() == "leadstream_signup_funnel_total");
        assert_eq!(funnel.expect("registered").get_metric().len(), CAMPAIGNS_MAX + 1);
    }
}
