use clap::{Args, value_parser};
use std::time::Duration;

/// When events that nobody answered are published again.
#[derive(Debug, Clone, Args)]
pub struct RepublishArgs {
    /// Seconds before an event without an answer is published again; each later wait is twice as long
    #[arg(long, env = "REPUBLISH_FIRST_WAIT_SECONDS", default_value_t = 120, value_parser = value_parser!(u64).range(1..=86_400))]
    republish_first_wait_seconds: u64,
    /// Seconds to wait once notification has told that it knows of the mail
    #[arg(long, env = "REPUBLISH_KNOWN_WAIT_SECONDS", default_value_t = 86_400, value_parser = value_parser!(u64).range(1..=864_000))]
    republish_known_wait_seconds: u64,
    /// After so many times a request is stuck
    #[arg(long, env = "REPUBLISH_TRIES", default_value_t = 10, value_parser = value_parser!(i16).range(1..=20))]
    republish_tries: i16,
    /// Most events in one go
    #[arg(long, env = "REPUBLISH_PER_TICK", default_value_t = 500, value_parser = value_parser!(u16).range(1..=5_000))]
    republish_per_tick: u16,
    /// Seconds between two looks for such events
    #[arg(long, env = "REPUBLISH_TICK_SECONDS", default_value_t = 30, value_parser = value_parser!(u64).range(1..=3_600))]
    republish_tick_seconds: u64,
}

/// When an event without an outcome is published again: after `first`, then twice as long each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepublishSchedule {
    /// Before the first time; 2 minutes unless set otherwise.
    pub first: Duration,
    /// Once notification holds the event, there is no hurry; a day unless set otherwise.
    pub known: Duration,
    /// After so many times it is stuck; 10 unless set otherwise.
    pub tries: i16,
    /// At most so many at a time; 500 unless set otherwise.
    pub per_tick: u16,
    /// How often to look; every 30 seconds unless set otherwise.
    pub tick: Duration,
}

impl RepublishArgs {
    /// The schedule that these settings make.
    #[must_use]
    pub fn schedule(&self) -> RepublishSchedule {
        RepublishSchedule {
            first: Duration::from_secs(self.republish_first_wait_seconds),
            known: Duration::from_secs(self.republish_known_wait_seconds),
            tries: self.republish_tries,
            per_tick: self.republish_per_tick,
            tick: Duration::from_secs(self.republish_tick_seconds),
        }
    }
}

impl Default for RepublishSchedule {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(120),
            known: Duration::from_secs(24 * 3600),
            tries: 10,
            per_tick: 500,
            tick: Duration::from_secs(30),
        }
    }
}
