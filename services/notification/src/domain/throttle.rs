//! How much may be under way at once, as it is learnt from answers: less after each "not so fast", and more again step by
//! step.

use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// So many put off in a row, and none taken, is as good as "not so fast".
const PUT_OFF_IN_A_ROW: u32 = 3;

/// Halves with each "not so fast" and pauses; grows by one with each round of mails that were taken.
#[derive(Debug, Clone)]
pub struct Throttle {
    most: u32,
    limit: u32,
    /// Mails taken since the limit last grew.
    taken: u32,
    put_off: u32,
    /// "Not so fast" in a row, those of mails that were under way together counted once.
    slowed: u32,
    until: Option<Instant>,
}

impl Throttle {
    /// Lets `most` go at once until it hears otherwise.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        Self {
            most,
            limit: most,
            taken: 0,
            put_off: 0,
            slowed: 0,
            until: None,
        }
    }

    /// How many more may set out while so many are under way.
    #[must_use]
    pub fn room(&self, under_way: usize, now: Instant) -> usize {
        match self.resumes(now) {
            Some(_) => 0,
            None => usize::try_from(self.limit)
                .unwrap_or(usize::MAX)
                .saturating_sub(under_way),
        }
    }

    /// When the pause is over; `None` if there is none.
    #[must_use]
    pub fn resumes(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// Whether less than usual may go.
    #[must_use]
    pub fn is_slowed(&self, now: Instant) -> bool {
        self.limit < self.most || self.resumes(now).is_some()
    }

    /// A mail was taken.
    pub fn taken(&mut self) {
        self.put_off = 0;
        self.slowed = 0;
        if self.limit == self.most {
            return;
        }
        self.taken += 1;
        if self.taken >= self.limit {
            self.limit += 1;
            self.taken = 0;
        }
    }

    /// A mail was put off for a reason that may be its own.
    pub fn put_off(&mut self, under_way: usize, now: Instant) {
        self.put_off += 1;
        if self.put_off >= PUT_OFF_IN_A_ROW {
            self.slow_down(under_way, now);
        } else {
            self.lower(self.in_use(under_way).saturating_sub(1));
        }
    }

    /// "Not so fast", said while so many were under way, the one that heard it among them.
    pub fn slow_down(&mut self, under_way: usize, now: Instant) {
        if self.resumes(now).is_some() {
            return;
        }
        self.lower(self.in_use(under_way) / 2);
        let pause = FIRST_PAUSE
            .saturating_mul(1 << self.slowed.min(10))
            .min(LONGEST_PAUSE);
        self.slowed = self.slowed.saturating_add(1);
        self.until = Some(now + pause);
    }

    /// A limit far above what is in use would not be felt when it is lowered.
    fn in_use(&self, under_way: usize) -> u32 {
        u32::try_from(under_way).unwrap_or(u32::MAX).clamp(1, self.limit)
    }

    fn lower(&mut self, limit: u32) {
        self.limit = self.limit.min(limit.max(1));
        self.taken = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_so_fast_halves_what_goes_and_pauses_longer_each_time() {
        let start = Instant::now();
        let mut throttle = Throttle::new(8);
        throttle.slow_down(8, start);
        throttle.slow_down(7, start);
        assert_eq!(throttle.room(0, start), 0, "paused");
        let resumes = throttle.resumes(start).expect("paused");
        assert_eq!(
            resumes,
            start + FIRST_PAUSE,
            "mails under way together count once"
        );
        assert_eq!(throttle.room(0, resumes), 4);
        throttle.slow_down(4, resumes);
        assert_eq!(throttle.resumes(resumes), Some(resumes + 2 * FIRST_PAUSE));
        assert_eq!(throttle.room(0, resumes + 2 * FIRST_PAUSE), 2);
    }

    #[test]
    fn it_recovers_step_by_step_and_not_beyond_what_it_was() {
        let start = Instant::now();
        let mut throttle = Throttle::new(4);
        throttle.slow_down(2, start);
        let after = start + FIRST_PAUSE;
        let mut rooms = vec![throttle.room(0, after)];
        for _ in 0..12 {
            throttle.taken();
            rooms.push(throttle.room(0, after));
        }
        assert_eq!(rooms, [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4]);
        assert!(!throttle.is_slowed(after));
    }

    #[test]
    fn one_mail_put_off_is_its_own_matter_and_three_in_a_row_are_not() {
        let start = Instant::now();
        let mut throttle = Throttle::new(8);
        throttle.put_off(8, start);
        assert_eq!(throttle.room(0, start), 7);
        throttle.taken();
        throttle.put_off(7, start);
        throttle.put_off(6, start);
        assert_eq!(throttle.resumes(start), None);
        throttle.put_off(5, start);
        assert!(throttle.resumes(start).is_some());
    }

    #[test]
    fn at_least_one_may_always_go_again() {
        let start = Instant::now();
        let mut throttle = Throttle::new(1);
        throttle.slow_down(1, start);
        assert_eq!(throttle.room(0, start + FIRST_PAUSE), 1);
    }
}
