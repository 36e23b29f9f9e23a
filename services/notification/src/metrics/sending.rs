//! What relays and recipients' mail systems do. Relays are named as in `relays.toml`, mail systems only if they are a known
//! family: labels stay few.

use prometheus::{IntCounterVec, IntGauge, IntGaugeVec};

use super::registrar::Registrar;
use crate::domain::attempt::RelayName;
use crate::domain::domain_group::DomainGroup;
use crate::domain::reply_class::ReplyClass;

const OTHER: &str = "other";

/// Handles to the metrics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SendingMetrics {
    /// `leadstream_notification_circuit_open{relay}`: 1 while the relay is at fault and gets no mails but a probe. Alert
    /// on 5 minutes.
    circuit_open: IntGaugeVec,
    /// `leadstream_notification_relay_answers_total{relay, class}`: what relays answered, as domain/reply_class reads it.
    answers: IntCounterVec,
    /// `leadstream_notification_relay_sending{relay}`: mails under way.
    sending: IntGaugeVec,
    /// `leadstream_notification_slowed_domains{group}`: mail systems of recipients that get less than usual, because they
    /// asked for it: 0 or 1 of a known family, the number of all others.
    slowed: IntGaugeVec,
}

impl SendingMetrics {
    pub(super) fn register(new: &Registrar<'_>) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            circuit_open: new.gauges("circuit_open", "1 while a relay is at fault.", &["relay"])?,
            answers: new.counters(
                "relay_answers_total",
                "What relays answered.",
                &["relay", "class"],
            )?,
            sending: new.gauges("relay_sending", "Mails under way to a relay.", &["relay"])?,
            slowed: new.gauges(
                "slowed_domains",
                "Mail systems of recipients that get less than usual.",
                &["group"],
            )?,
        };
        for group in DomainGroup::families().chain([OTHER]) {
            metrics.slowed.with_label_values(&[group]);
        }
        Ok(metrics)
    }

    /// Shows a relay before its first mail.
    pub fn start_relay(&self, relay: &RelayName) {
        self.circuit(relay, false);
        self.under_way(relay).set(0);
        for class in ReplyClass::ALL {
            self.answers.with_label_values(&[relay.as_str(), class.as_str()]);
        }
    }

    /// Whether a relay's circuit is open.
    pub fn circuit(&self, relay: &RelayName, is_open: bool) {
        self.circuit_open
            .with_label_values(&[relay.as_str()])
            .set(i64::from(is_open));
    }

    /// A relay answered about a mail, or was silent.
    pub fn answered(&self, relay: &RelayName, class: ReplyClass) {
        self.answers
            .with_label_values(&[relay.as_str(), class.as_str()])
            .inc();
    }

    /// Mails under way to a relay.
    #[must_use]
    pub fn under_way(&self, relay: &RelayName) -> IntGauge {
        self.sending.with_label_values(&[relay.as_str()])
    }

    /// All mail systems that get less than usual now.
    pub fn slowed_groups<'a>(&self, slowed: impl Iterator<Item = &'a DomainGroup>) {
        let slowed: Vec<&str> = slowed.map(|group| group.family().unwrap_or(OTHER)).collect();
        for name in DomainGroup::families().chain([OTHER]) {
            let count = slowed.iter().filter(|other| **other == name).count();
            self.slowed
                .with_label_values(&[name])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
