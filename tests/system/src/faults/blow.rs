//! What strikes an installation.

use std::fmt;
use std::time::Duration;

use mailbox::{Fault as RelayFault, Moment, Rule, Script};
use testkit::Fault;

use crate::Cluster;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Name {
    Signup,
    Enquiry,
    Notification,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signup, Self::Enquiry, Self::Notification];

    /// As its program is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Enquiry => "enquiry",
            Self::Notification => "notification",
        }
    }
}

/// One fault. Whatever goes down comes up again when its time is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Blow {
    /// kill -9, and started again after this time.
    Kill(Name, Duration),
    /// SIGTERM, and started again once it has ended in good order.
    Stop(Name),
    /// SIGSTOP, and SIGCONT after this time.
    Pause(Name, Duration),
    /// The network between a service and its database.
    Database(Name, Fault, Duration),
    /// The network between notification and the relay.
    Relay(Fault, Duration),
    /// The relay answers so, or closes the connection, some times.
    RelaySays(Moment, Option<&'static str>, u32),
    /// kill -9 of Postgres with all sessions; it recovers.
    CrashPostgres,
    /// SIGSTOP of Postgres with all sessions.
    PausePostgres(Duration),
    /// kill -9 of the broker; it recovers.
    CrashBroker,
    /// SIGSTOP of the broker.
    PauseBroker(Duration),
    /// The broker is stopped in good order.
    StopBroker(Duration),
    /// The broker is stopped, its whole log deleted, and it is started with new topics.
    LoseKafka(Cluster),
    /// Somebody who was mailed is erased everywhere.
    Erase,
}

impl Blow {
    /// How long it lasts; none for what is over at once.
    pub fn lasts(&self) -> Option<Duration> {
        match *self {
            Self::Kill(_, time)
            | Self::Pause(_, time)
            | Self::Database(_, _, time)
            | Self::Relay(_, time)
            | Self::PausePostgres(time)
            | Self::PauseBroker(time)
            | Self::StopBroker(time) => Some(time),
            Self::Stop(_)
            | Self::RelaySays(..)
            | Self::CrashPostgres
            | Self::CrashBroker
            | Self::LoseKafka(_)
            | Self::Erase => None,
        }
    }

    /// How many mails may go out once more because of it (promise 2): those under way at a kill or at a stop longer
    /// than the lease, and those whose reply was lost.
    pub fn mails_again(&self, senders: u32, lease: Duration, attempt: Duration) -> u32 {
        let times =
            |time: Duration| u32::try_from(time.as_millis() / attempt.as_millis()).unwrap_or(u32::MAX) + 1;
        match *self {
            Self::Kill(Name::Notification, _) => senders,
            Self::Pause(Name::Notification, time)
            | Self::Database(Name::Notification, _, time)
            | Self::PausePostgres(time) => match time + attempt > lease {
                true => senders,
                false => 0,
            },
            Self::CrashPostgres => senders,
            Self::Relay(_, time) => senders * times(time),
            Self::RelaySays(Moment::Stored, _, count) => count,
            _ => 0,
        }
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(name, time) => write!(f, "kill -9 {}, down for {time:?}", name.as_str()),
            Self::Stop(name) => write!(f, "stop {} in good order", name.as_str()),
            Self::Pause(name, time) => write!(f, "freeze {} for {time:?}", name.as_str()),
            Self::Database(name, fault, time) => {
                write!(
                    f,
                    "{fault:?} between {} and its database for {time:?}",
                    name.as_str()
                )
            }
            Self::Relay(fault, time) => write!(f, "{fault:?} before the relay for {time:?}"),
            Self::RelaySays(moment, Some(words), times) => {
                write!(f, "the relay says {words:?} at {moment:?} × {times}")
            }
            Self::RelaySays(moment, None, times) => write!(f, "the relay closes at {moment:?} × {times}"),
            Self::CrashPostgres => f.write_str("kill -9 Postgres"),
            Self::PausePostgres(time) => write!(f, "freeze Postgres for {time:?}"),
            Self::CrashBroker => f.write_str("kill -9 Kafka"),
            Self::PauseBroker(time) => write!(f, "freeze Kafka for {time:?}"),
            Self::StopBroker(time) => write!(f, "stop Kafka for {time:?}"),
            Self::LoseKafka(Cluster::Anew) => f.write_str("delete Kafka's whole log"),
            Self::LoseKafka(Cluster::AsBefore) => {
                f.write_str("delete Kafka's whole log but the cluster's id")
            }
            Self::Erase => f.write_str("erase a person"),
        }
    }
}

/// `times` times; then the relay behaves well again.
pub(super) fn script(moment: Moment, words: Option<&'static str>, times: u32) -> Script {
    let fault = words.map_or(RelayFault::Close, |words| RelayFault::Reply(words.to_owned()));
    Script::new().with(Rule::new(moment, fault).times(times))
}
