//! What comes back of mails.

use prometheus::IntCounterVec;

use super::registrar::Registrar;
use crate::commands::take_bounce::Taken;
use crate::domain::bounce_report::Via;
use crate::domain::provider::Provider;

/// Handles to the metrics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BounceMetrics {
    /// `leadstream_notification_bounces_total{via, outcome}`: reports that came in, by what they came to. Alert on the
    /// share of `hard` and `soft`, and of `complaint`, among the mails that were taken.
    bounces: IntCounterVec,
    /// `leadstream_notification_webhooks_refused_total{provider}`: deliveries whose login or signature was wrong, or too
    /// old. Alert on a steady stream: a secret or a certificate has changed.
    refused: IntCounterVec,
}

impl BounceMetrics {
    pub(super) fn register(new: &Registrar<'_>) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            bounces: new.counters(
                "bounces_total",
                "Reports on mails that came in.",
                &["via", "outcome"],
            )?,
            refused: new.counters(
                "webhooks_refused_total",
                "Deliveries of webhooks that are not believed.",
                &["provider"],
            )?,
        };
        for via in Via::all() {
            for outcome in Taken::WORDS {
                metrics.bounces.with_label_values(&[via.as_str(), outcome]);
            }
        }
        for provider in Provider::ALL {
            metrics.refused.with_label_values(&[provider.as_str()]);
        }
        Ok(metrics)
    }

    /// A report was taken.
    pub fn taken(&self, via: Via, taken: Taken) {
        self.bounces
            .with_label_values(&[via.as_str(), taken.as_str()])
            .inc();
    }

    /// A delivery was not believed.
    pub fn refused(&self, provider: Provider) {
        self.refused.with_label_values(&[provider.as_str()]).inc();
    }
}
