//! How mails are sent.

use std::time::Duration;

use clap::Args;

use crate::domain::retry::RetryPolicy;

/// A worker needs no more than this, and a relay takes no more from one client.
pub(super) const CONNECTIONS_MAX: u16 = 256;

/// How mails are sent.
#[derive(Debug, Clone, Args)]
pub struct SendingArgs {
    /// Mails under way at once, each over a connection of its own; in RELAYS_FILE, for a relay that does not say
    #[arg(long, env = "SMTP_CONNECTIONS", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)))]
    pub(super) smtp_connections: u16,
    /// Seconds for one attempt, from connecting to the last reply; nobody else tries the same mail for twice as long
    #[arg(long, env = "SMTP_TIMEOUT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    smtp_timeout_seconds: u64,
    /// Seconds before the second attempt; each later wait is twice as long
    #[arg(long, env = "RETRY_FIRST_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    retry_first_seconds: u64,
    /// Longest wait between two attempts, in seconds
    #[arg(long, env = "RETRY_LONGEST_SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    retry_longest_seconds: u64,
    /// Hours that a mail which a lead asked for is tried
    #[arg(long, env = "DELIVERY_HORIZON_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=720))]
    delivery_horizon_hours: u64,
    /// Hours that acknowledgements and mails to teams are tried
    #[arg(long, env = "ENQUIRY_HORIZON_HOURS", default_value_t = 72, value_parser = clap::value_parser!(u64).range(1..=720))]
    enquiry_horizon_hours: u64,
}

impl SendingArgs {
    /// For one attempt, from connecting to the last reply.
    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.smtp_timeout_seconds)
    }

    /// When a mail is tried again.
    pub(super) fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            first: Duration::from_secs(self.retry_first_seconds),
            longest: Duration::from_secs(self.retry_longest_seconds),
            delivery_horizon: Duration::from_secs(self.delivery_horizon_hours * 3600),
            enquiry_horizon: Duration::from_secs(self.enquiry_horizon_hours * 3600),
        }
    }
}
