use std::time::Duration;

use hdrhistogram::Histogram;

/// Latencies up to a minute are told apart; a longer one counts as a minute.
const LONGEST_MICROS: u64 = 60_000_000;

/// What came of a load.
#[derive(Debug)]
pub struct Tally {
    /// Answers 2xx.
    pub accepted: u64,
    /// All other answers.
    pub refused: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    latencies: Histogram<u64>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let latencies = Histogram::new_with_bounds(1, LONGEST_MICROS, 3);
        Self {
            accepted: 0,
            refused: 0,
            elapsed: Duration::ZERO,
            latencies: latencies.expect("fixed bounds that are valid"),
        }
    }

    /// Counts an answer; the latency of a refusal is none of a signup.
    pub(crate) fn count(&mut self, status: u16, latency: Duration) {
        if (200..300).contains(&status) {
            self.accepted += 1;
            self.record(latency);
        } else {
            self.refused += 1;
        }
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST_MICROS);
        self.latencies.saturating_record(micros.max(1));
    }

    /// Accepted a second.
    pub fn rate(&self) -> f64 {
        self.accepted as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile of the latency, in milliseconds.
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1000.0
    }
}
