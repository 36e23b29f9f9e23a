//! One lane a topic: a topic that Kafka does not take, or not now, holds up no other.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The topics that nothing is published to just now. A topic that is not in here is free.
#[derive(Debug, Default)]
pub(crate) struct Lanes(HashMap<String, Lane>);

/// Why nothing else is published to a topic.
#[derive(Debug)]
enum Lane {
    /// Its records are under way. So there is one batch of a topic at a time, and what has one key keeps its order.
    UnderWay { next_pause: Duration },
    /// Some of its records were not taken: once more later.
    Resting { until: Instant, next_pause: Duration },
}

impl Lane {
    fn next_pause(&self) -> Duration {
        match self {
            Self::UnderWay { next_pause } | Self::Resting { next_pause, .. } => *next_pause,
        }
    }
}

impl Lanes {
    /// Topics to leave out.
    pub(crate) fn taken(&self, now: Instant) -> Vec<String> {
        let is_taken = |lane: &Lane| match lane {
            Lane::UnderWay { .. } => true,
            Lane::Resting { until, .. } => *until > now,
        };
        let taken = self.0.iter().filter(|(_, lane)| is_taken(lane));
        taken.map(|(topic, _)| topic.clone()).collect()
    }

    /// A batch of this topic is on its way.
    pub(crate) fn start(&mut self, topic: &str) {
        let next_pause = self.0.get(topic).map_or(FIRST_PAUSE, Lane::next_pause);
        self.0.insert(topic.to_owned(), Lane::UnderWay { next_pause });
    }

    /// All of the batch was taken. Answers whether the one before was not.
    pub(crate) fn finish(&mut self, topic: &str) -> bool {
        let lane = self.0.remove(topic);
        lane.is_some_and(|lane| lane.next_pause() > FIRST_PAUSE)
    }

    /// Some of the batch was not taken. The pause grows as long as nothing is.
    pub(crate) fn rest(&mut self, topic: &str, has_progress: bool, now: Instant) {
        let lane = self.0.get(topic).filter(|_| !has_progress);
        let pause = lane.map_or(FIRST_PAUSE, Lane::next_pause);
        let lane = Lane::Resting {
            until: now + pause,
            next_pause: (pause * 2).min(LONGEST_PAUSE),
        };
        self.0.insert(topic.to_owned(), lane);
    }

    /// Forgets topics that have rested and of which no batch was started since: nothing waits for them. Answers which.
    pub(crate) fn forget_rested(&mut self, now: Instant) -> Vec<String> {
        let has_rested =
            |_: &String, lane: &mut Lane| matches!(lane, Lane::Resting { until, .. } if *until <= now);
        let rested = self.0.extract_if(has_rested);
        rested.map(|(topic, _)| topic).collect()
    }

    /// How many topics did not take the whole of their last batch.
    pub(crate) fn failing(&self) -> usize {
        let failing = self.0.values().filter(|lane| lane.next_pause() > FIRST_PAUSE);
        failing.count()
    }

    /// When the first topic has rested long enough.
    pub(crate) fn first_rested(&self) -> Option<Instant> {
        let until = |lane: &Lane| match lane {
            Lane::UnderWay { .. } => None,
            Lane::Resting { until, .. } => Some(*until),
        };
        self.0.values().filter_map(until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_rests_longer_each_time_and_is_free_after_a_success() {
        let (mut lanes, now) = (Lanes::default(), Instant::now());
        let pause_after = |lanes: &mut Lanes| {
            lanes.start("a");
            assert_eq!(lanes.taken(now), ["a"], "one batch at a time");
            lanes.rest("a", false, now);
            lanes.first_rested().expect("it rests") - now
        };
        let pauses: Vec<_> = (0..7).map(|_| pause_after(&mut lanes).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 2000, 2000]);
        assert!(lanes.taken(now + LONGEST_PAUSE).is_empty(), "it has rested");

        lanes.start("a");
        lanes.start("b");
        assert_eq!(lanes.failing(), 1, "b has not failed");
        assert!(!lanes.finish("b"));
        lanes.rest("a", true, now);
        assert_eq!(lanes.first_rested(), Some(now + FIRST_PAUSE), "some were taken");
        assert!(lanes.finish("a"), "it had failed before");
        assert!(lanes.taken(now).is_empty(), "all were taken");
    }

    #[test]
    fn a_topic_that_rests_leaves_the_others_free() {
        let (mut lanes, now) = (Lanes::default(), Instant::now());
        lanes.start("a");
        lanes.start("b");
        lanes.rest("a", false, now);
        lanes.finish("b");
        assert_eq!(lanes.taken(now), ["a"]);
        assert_eq!(lanes.forget_rested(now + FIRST_PAUSE), ["a"]);
        assert_eq!(lanes.first_rested(), None);
    }
}
