//! The thread that polls: it does nothing but move records into the intake and offsets out of it, so that the group
//! always finds us alive, however long a batch takes.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError as Refusal;
use tokio::sync::oneshot;

use super::handler::ConsumerSpec;
use super::intake::Intake;
use super::membership::Membership;
use super::silence::Silence;
use crate::{ConsumerMetrics, KafkaConfig, KafkaError, Received};

/// Longest wait of a poll. Records end it at once; offsets to commit and the end of it all wait for it.
const POLL: Duration = Duration::from_millis(100);
/// Offsets are committed this often: what a kill -9 makes come twice.
const COMMIT_INTERVAL: Duration = Duration::from_millis(200);
/// How long a full queue holds up the polling before the partitions are paused. A pause throws away what librdkafka
/// has fetched, and a group bears a member that is silent for this long.
const PAUSE_AFTER: Duration = Duration::from_millis(500);
/// Time to leave the group and to send the last offsets.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// A member of a group, on a thread of its own. Dropped, it ends by itself, in the background.
pub(super) struct Poller {
    intake: Arc<Intake>,
    ended: oneshot::Receiver<()>,
}

impl Poller {
    /// Joins the group.
    ///
    /// # Errors
    /// [`KafkaError::Client`] if a setting is refused or there is no thread to be had.
    pub(super) fn start(
        config: &KafkaConfig,
        spec: &ConsumerSpec,
        metrics: &ConsumerMetrics,
    ) -> Result<Self, KafkaError> {
        let intake = Intake::new(spec.batch);
        let membership = Membership {
            config: config.clone(),
            intake: Arc::clone(&intake),
            metrics: metrics.clone(),
        };
        let consumer: BaseConsumer<Membership> = config
            .consumer(spec.group)
            .create_with_context(membership)
            .map_err(|error| KafkaError::client(&error))?;
        let names: Vec<String> = spec.topics.iter().map(|topic| config.topic(topic)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        consumer
            .subscribe(&names)
            .map_err(|error| KafkaError::client(&error))?;
        let (end, ended) = oneshot::channel();
        thread::Builder::new()
            .name("kafka-consumer".to_owned())
            .spawn(move || poll_until_closed(consumer, end))
            .map_err(|error| KafkaError::Client(error.to_string()))?;
        Ok(Self { intake, ended })
    }

    pub(super) fn intake(&self) -> &Arc<Intake> {
        &self.intake
    }

    /// Commits what was handled and leaves the group, within 5 s.
    pub(super) async fn close(mut self) {
        self.intake.close();
        if tokio::time::timeout(CLOSE_DEADLINE, &mut self.ended)
            .await
            .is_err()
        {
            tracing::warn!("Kafka consumer did not leave its group in time");
        }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.intake.close();
    }
}

/// Polls until the intake is closed or librdkafka gives up; then drops the consumer, which waits until it has left
/// the group. The partitions are revoked on the way, and so the last offsets committed.
fn poll_until_closed(consumer: BaseConsumer<Membership>, end: oneshot::Sender<()>) {
    let membership = Arc::clone(consumer.context());
    let mut committed = Instant::now();
    let mut paused = None;
    let mut silence = Silence::new();
    while !membership.intake.is_closed() {
        if committed.elapsed() >= COMMIT_INTERVAL {
            membership.commit(&consumer, &membership.intake.take_handled());
            committed = Instant::now();
        }
        paused = bound(&consumer, &membership, paused);
        match consumer.poll(POLL) {
            Some(Ok(message)) => {
                silence.ends();
                membership.intake.put(Received::of(&membership.config, &message));
            }
            Some(Err(Refusal::MessageConsumptionFatal(code))) => {
                tracing::error!(service = membership.config.client_id, %code, "Kafka consumer gave up");
                membership.intake.close();
            }
            // The context has logged it, and librdkafka goes on trying.
            Some(Err(_)) => {}
            None if paused.is_some() => silence.ends(),
            None if silence.is_deaf(&consumer) => membership.give_way("records are there and do not come"),
            None => {}
        }
    }
    drop(consumer);
    // Nobody waits where the poller was dropped.
    let _ = end.send(());
}

/// Pauses our partitions while the queue is full, and resumes them. Returns under which assignment they are paused:
/// the next one begins unpaused.
fn bound(consumer: &BaseConsumer<Membership>, membership: &Membership, paused: Option<u64>) -> Option<u64> {
    let assignment = membership.intake.assignment();
    let paused = paused.filter(|earlier| *earlier == assignment);
    let patience = if paused.is_some() {
        Duration::ZERO
    } else {
        PAUSE_AFTER
    };
    let has_room = membership.intake.has_room(patience);
    if has_room == paused.is_none() {
        return paused;
    }
    let partitions = consumer.assignment();
    let changed = match partitions {
        Ok(partitions) if has_room => consumer.resume(&partitions),
        Ok(partitions) => consumer.pause(&partitions),
        Err(error) => Err(error),
    };
    if let Err(error) = changed {
        tracing::warn!(service = membership.config.client_id, %error, "partitions neither paused nor resumed");
        return paused;
    }
    (!has_room).then_some(assignment)
}
