//! The clock of the database, which all replicas of a service share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sqlx::{PgConnection, Row};
use time::OffsetDateTime;

/// An answer that took longer says too little: its time may be from the beginning of that or from the end.
const ROUND_TRIP_MAX: Duration = Duration::from_millis(500);

/// The time by the database's clock, without asking it: this machine's time and the measured offset. What one replica
/// stamps can then be compared with what another, or the database itself, has stamped.
///
/// Cheap to clone; all clones share the offset, which is 0 until the first measurement.
#[derive(Debug, Clone, Default)]
pub struct ServerClock {
    offset_micros: Arc<AtomicI64>,
}

impl ServerClock {
    /// The time now, in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.offset()
    }

    /// How far the database's clock is ahead of this machine's; negative if it is behind. In whole microseconds.
    #[must_use]
    pub fn offset(&self) -> time::Duration {
        time::Duration::microseconds(self.offset_micros.load(Ordering::Relaxed))
    }

    /// Asks the database for its time. An answer that took more than half a second changes nothing.
    ///
    /// # Errors
    /// What the database says; the offset stays as it was.
    pub async fn measure(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let (asked_at, asked) = (OffsetDateTime::now_utc(), Instant::now());
        // By the simple protocol: one round trip, also the first time.
        let answer = sqlx::raw_sql("select clock_timestamp()")
            .fetch_one(connection)
            .await?;
        let took = asked.elapsed();
        if took <= ROUND_TRIP_MAX {
            let micros = offset(asked_at, took, answer.try_get(0)?).whole_microseconds();
            let micros = i64::try_from(micros).unwrap_or_default();
            self.offset_micros.store(micros, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The server read its clock in the middle between question and answer, as far as anybody can tell.
fn offset(asked_at: OffsetDateTime, took: Duration, answer: OffsetDateTime) -> time::Duration {
    answer - (asked_at + took / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_compared_with_the_middle_of_its_round_trip() {
        let asked_at = OffsetDateTime::UNIX_EPOCH;
        let took = Duration::from_millis(200);
        let exact = asked_at + Duration::from_millis(100);
        let seconds = time::Duration::seconds;
        assert_eq!(offset(asked_at, took, exact), seconds(0));
        assert_eq!(offset(asked_at, took, exact + seconds(90)), seconds(90));
        assert_eq!(offset(asked_at, took, exact - seconds(90)), seconds(-90));
    }
}
