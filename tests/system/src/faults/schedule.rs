//! A schedule of blows, made of a seed.

use std::time::Duration;

use fastrand::Rng;
use mailbox::Moment;
use testkit::Fault;

use super::{Blow, Name};
use crate::Cluster;

/// When what strikes. The same seed and number of kills make the same schedule.
#[derive(Debug, Clone)]
pub struct Schedule(Vec<(Duration, Blow)>);

/// Something to do at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Act {
    Begin(Blow),
    End(Blow),
}

impl Schedule {
    /// `kills` kills of services with as many other faults between them, and one loss of Kafka's log.
    pub fn new(seed: u64, kills: usize) -> Self {
        let mut dice = Rng::with_seed(seed);
        let kill = |dice: &mut Rng| Blow::Kill(name(dice), millis(dice, 100..2000));
        let mut blows: Vec<Blow> = (0..kills).map(|_| kill(&mut dice)).collect();
        blows.extend((0..kills).map(|_| other(&mut dice)));
        blows.push(lose_kafka(&mut dice));
        dice.shuffle(&mut blows);
        let mut now = Duration::from_secs(1);
        let timed = blows.into_iter().map(|blow| {
            now += millis(&mut dice, 300..2500);
            (now, blow)
        });
        Self(timed.collect())
    }

    /// One blow after a second.
    pub fn of(blows: &[Blow]) -> Self {
        let seconds = (1..).map(Duration::from_secs);
        Self(seconds.zip(blows.iter().copied()).collect())
    }

    /// The blows in their order.
    pub fn blows(&self) -> impl Iterator<Item = &Blow> {
        self.0.iter().map(|(_, blow)| blow)
    }

    /// What is to be done, in the order of time.
    pub(super) fn acts(&self) -> Vec<(Duration, Act)> {
        let mut acts = Vec::new();
        for (at, blow) in &self.0 {
            acts.push((*at, Act::Begin(*blow)));
            acts.extend(blow.lasts().map(|lasts| (*at + lasts, Act::End(*blow))));
        }
        acts.sort_by_key(|(at, _)| *at);
        acts
    }
}

fn name(dice: &mut Rng) -> Name {
    Name::ALL[dice.usize(..Name::ALL.len())]
}

fn millis(dice: &mut Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(dice.u64(range))
}

fn other(dice: &mut Rng) -> Blow {
    match dice.u32(..11) {
        0 | 1 => Blow::Pause(name(dice), millis(dice, 200..8000)),
        2 | 3 => Blow::Database(name(dice), network(dice), millis(dice, 200..6000)),
        4 => Blow::Relay(network(dice), millis(dice, 200..6000)),
        5 => relay_says(dice),
        6 => Blow::CrashPostgres,
        7 => Blow::PausePostgres(millis(dice, 500..5000)),
        8 => Blow::CrashBroker,
        9 => match dice.bool() {
            true => Blow::PauseBroker(millis(dice, 500..6000)),
            false => Blow::StopBroker(millis(dice, 500..4000)),
        },
        _ => Blow::Erase,
    }
}

fn lose_kafka(dice: &mut Rng) -> Blow {
    Blow::LoseKafka(match dice.bool() {
        true => Cluster::Anew,
        false => Cluster::AsBefore,
    })
}

fn network(dice: &mut Rng) -> Fault {
    match dice.u32(..5) {
        0 => Fault::Refuse,
        1 => Fault::BlackHole,
        2 => Fault::CutAfter(dice.u64(100..20_000)),
        3 => Fault::Latency(millis(dice, 5..300)),
        _ => Fault::Rate(dice.u32(2_000..50_000)),
    }
}

fn relay_says(dice: &mut Rng) -> Blow {
    let times = dice.u32(1..20);
    match dice.u32(..5) {
        0 => Blow::RelaySays(Moment::Greeting, Some("421 4.3.2 going down"), times),
        1 => Blow::RelaySays(Moment::Recipient, Some("450 4.2.1 try later"), times),
        2 => Blow::RelaySays(Moment::Message, Some("452 4.3.1 disk full"), times),
        3 => Blow::RelaySays(Moment::Message, None, times),
        _ => Blow::RelaySays(Moment::Stored, None, times),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_schedule_and_another_seed_another() {
        assert_eq!(Schedule::new(7, 20).acts(), Schedule::new(7, 20).acts());
        assert_ne!(Schedule::new(7, 20).acts(), Schedule::new(8, 20).acts());
        let kills = |blow: &&Blow| matches!(blow, Blow::Kill(..));
        assert_eq!(Schedule::new(7, 20).blows().filter(kills).count(), 20);
    }
}
