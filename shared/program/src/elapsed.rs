use std::time::Duration;

/// A time in two words at most, for eyes: `48s`, `3m 20s`, `5h 1m`, `2d 4h`.
#[must_use]
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m {}s", seconds % 60),
        3_600..86_400 => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_two_largest_units() {
        let told = |seconds| elapsed(Duration::from_secs(seconds));
        assert_eq!([told(0), told(59), told(200)], ["0s", "59s", "3m 20s"]);
        assert_eq!([told(18_060), told(187_200)], ["5h 1m", "2d 4h"]);
    }
}
