//! How many mails may leave in a second, a minute or an hour.

use std::time::{Duration, Instant};

/// So many mails, and never more, in any span of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub mails: u32,
    pub per: Duration,
}

impl Quota {
    /// This share of a span's mails may go at once; the rest is spread over it.
    const BURST: u32 = 10;

    fn burst(self) -> u32 {
        (self.mails / Self::BURST).max(1)
    }

    /// Between two mails that are not part of a burst: a burst at the beginning of a span, and one mail after each of
    /// these, make [`Quota::mails`] until its end.
    fn interval(self) -> Duration {
        self.per / (self.mails.max(1) - self.burst() + 1)
    }
}

/// Several quotas, all of which hold. Counts are this process's own.
#[derive(Debug, Clone, Default)]
pub struct Pace(Vec<Meter>);

#[derive(Debug, Clone, Copy)]
struct Meter {
    quota: Quota,
    /// When all that has left would have left, had it been spread evenly.
    even: Option<Instant>,
}

impl Pace {
    /// Nothing has left yet.
    #[must_use]
    pub fn new(quotas: impl IntoIterator<Item = Quota>) -> Self {
        let meter = |quota| Meter { quota, even: None };
        Self(quotas.into_iter().map(meter).collect())
    }

    /// Whether there is anything to keep to.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.0.is_empty()
    }

    /// How many mails may leave now; `usize::MAX` without quotas.
    #[must_use]
    pub fn room(&self, now: Instant) -> usize {
        let rooms = self.0.iter().map(|meter| meter.room(now));
        rooms.min().unwrap_or(usize::MAX)
    }

    /// A mail leaves.
    pub fn take(&mut self, now: Instant) {
        for meter in &mut self.0 {
            meter.even = Some(meter.even.map_or(now, |even| even.max(now)) + meter.quota.interval());
        }
    }

    /// When the next mail may leave; `None` if it may now.
    #[must_use]
    pub fn resumes(&self, now: Instant) -> Option<Instant> {
        let resumes = self.0.iter().filter_map(|meter| meter.resumes());
        resumes.max().filter(|at| *at > now)
    }
}

impl Meter {
    fn room(&self, now: Instant) -> usize {
        let burst = self.quota.burst();
        let interval = self.quota.interval();
        let ahead = self
            .even
            .map_or(Duration::ZERO, |even| even.saturating_duration_since(now));
        let used = ahead.as_nanos().div_ceil(interval.as_nanos().max(1));
        usize::try_from(u128::from(burst).saturating_sub(used)).unwrap_or_default()
    }

    fn resumes(&self) -> Option<Instant> {
        self.even?
            .checked_sub(self.quota.interval() * (self.quota.burst() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Takes whatever may go, looking every millisecond, and says when each mail left.
    fn departures(quota: Quota, span: Duration) -> Vec<Instant> {
        let start = Instant::now();
        let mut pace = Pace::new([quota]);
        let mut left = Vec::new();
        for tick in 0..span.as_millis() {
            let now = start + Duration::from_millis(u64::try_from(tick).expect("short"));
            while pace.room(now) > 0 {
                pace.take(now);
                left.push(now);
            }
        }
        left
    }

    #[test]
    fn no_span_ever_sees_more_than_its_quota_and_long_runs_see_nearly_all() {
        for mails in [1, 2, 3, 9, 10, 100, 599] {
            let quota = Quota { mails, per: MINUTE };
            let left = departures(quota, 5 * MINUTE);
            for (at, first) in left.iter().enumerate() {
                let within = left[at..].iter().take_while(|other| **other < *first + MINUTE);
                assert!(within.count() <= mails as usize, "{mails} a minute");
            }
            assert!(
                left.len() >= (mails as usize * 5 * 9) / 10,
                "{mails}: {}",
                left.len()
            );
        }
    }

    #[test]
    fn all_quotas_hold_and_it_is_known_when_the_next_mail_may_go() {
        let start = Instant::now();
        let second = Quota {
            mails: 1,
            per: Duration::from_secs(1),
        };
        let mut pace = Pace::new([
            second,
            Quota {
                mails: 2,
                per: MINUTE,
            },
        ]);
        assert_eq!((pace.room(start), pace.resumes(start)), (1, None));
        pace.take(start);
        assert_eq!(pace.room(start), 0);
        let next = pace.resumes(start).expect("not now");
        assert_eq!(next, start + MINUTE / 2);
        assert_eq!(pace.room(next), 1);
    }

    #[test]
    fn without_quotas_everything_may_go() {
        let mut pace = Pace::default();
        pace.take(Instant::now());
        assert_eq!(pace.room(Instant::now()), usize::MAX);
    }
}
