//! Making topics, asking whether they are there, and deleting them.

use std::collections::HashSet;
use std::time::Duration;

use contracts::topics::{Cleanup, Timestamps, TopicSpec};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use tokio::time::{Instant, sleep};

use crate::logs::Logs;
use crate::{KafkaConfig, KafkaError, off_runtime};

const ADMIN_TIMEOUT: Duration = Duration::from_secs(15);
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// Half a day: records of an open segment are never deleted or compacted, so it is what retention may overshoot by.
const SEGMENT_MS: &str = "43200000";
/// A dead letter is a record with headers added: whatever fitted into its topic must fit here.
const DEAD_LETTER_MAX_BYTES: &str = "2097152";

/// Makes the topics that are missing, leaves those that are there as they are, and returns when the brokers know them.
/// Replicas as the cluster's default.
///
/// # Errors
/// [`KafkaError::Topic`] names the first that could not be made, [`KafkaError::Unavailable`] within 35 s.
pub async fn create_topics(config: &KafkaConfig, topics: &[TopicSpec]) -> Result<(), KafkaError> {
    let names: Vec<String> = topics.iter().map(|topic| config.topic(&topic.name)).collect();
    let settings: Vec<Vec<(&str, String)>> = topics.iter().map(settings).collect();
    let wanted: Vec<NewTopic<'_>> = topics
        .iter()
        .zip(&names)
        .zip(&settings)
        .map(|((topic, name), settings)| new_topic(topic, name, settings))
        .collect();
    let admin = admin(config)?;
    let results = admin.create_topics(&wanted, &options()).await;
    off_runtime::let_go(admin);
    for result in results.map_err(|error| KafkaError::Unavailable(error.to_string()))? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, reason)) => {
                return Err(KafkaError::Topic {
                    topic,
                    reason: reason.to_string(),
                });
            }
        }
    }
    await_known(config, topics).await
}

/// The controller has made a topic before each broker has heard of it.
async fn await_known(config: &KafkaConfig, topics: &[TopicSpec]) -> Result<(), KafkaError> {
    let deadline = Instant::now() + ADMIN_TIMEOUT;
    loop {
        let missing = match check_topics(config, topics).await {
            Ok(missing) if missing.is_empty() => return Ok(()),
            Ok(missing) => KafkaError::Unavailable(format!("no broker knows the new topic {}", missing[0])),
            Err(error) => error,
        };
        if Instant::now() > deadline {
            return Err(missing);
        }
        sleep(ASK_AGAIN).await;
    }
}

/// Which of these topics are missing, by our names.
///
/// # Errors
/// [`KafkaError::Unavailable`] if no broker answers within 5 s.
pub async fn check_topics(config: &KafkaConfig, topics: &[TopicSpec]) -> Result<Vec<String>, KafkaError> {
    let known = known(config).await?;
    let is_missing = |topic: &&TopicSpec| !known.contains(&config.topic(&topic.name));
    Ok(topics
        .iter()
        .filter(is_missing)
        .map(|topic| topic.name.clone())
        .collect())
}

/// Deletes the topics below the prefix that are not wanted any more, by their names without it. One that is gone
/// already, or that the brokers keep for now, is left to the next call.
///
/// # Errors
/// [`KafkaError::Unavailable`] if no broker answers within 20 s.
pub async fn delete_topics(
    config: &KafkaConfig,
    is_unwanted: impl Fn(&str) -> bool,
) -> Result<(), KafkaError> {
    let known = known(config).await?;
    let below_prefix = |name: &&String| name.strip_prefix(&config.topic_prefix).is_some_and(&is_unwanted);
    let unwanted: Vec<&str> = known.iter().filter(below_prefix).map(String::as_str).collect();
    if unwanted.is_empty() {
        return Ok(());
    }
    let admin = admin(config)?;
    let results = admin.delete_topics(&unwanted, &options()).await;
    off_runtime::let_go(admin);
    results
        .map(drop)
        .map_err(|error| KafkaError::Unavailable(error.to_string()))
}

/// The names of all topics at the broker.
async fn known(config: &KafkaConfig) -> Result<HashSet<String>, KafkaError> {
    let admin = admin(config)?;
    let names = off_runtime::run(CHECK_TIMEOUT, move || names(&admin)).await;
    let names = names.unwrap_or_else(|| Err("no answer in time".to_owned()));
    names.map_err(KafkaError::Unavailable)
}

/// Asks for all topics: to ask for one by name makes it where the cluster makes topics by itself.
fn names(admin: &AdminClient<Logs>) -> Result<HashSet<String>, String> {
    let metadata = admin
        .inner()
        .fetch_metadata(None, CHECK_TIMEOUT)
        .map_err(|error| error.to_string())?;
    let names = metadata.topics().iter().map(|topic| topic.name().to_owned());
    Ok(names.collect())
}

fn admin(config: &KafkaConfig) -> Result<AdminClient<Logs>, KafkaError> {
    let logs = Logs {
        service: config.client_id,
    };
    config
        .client()
        .create_with_context(logs)
        .map_err(|error| KafkaError::client(&error))
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(ADMIN_TIMEOUT))
        .operation_timeout(Some(ADMIN_TIMEOUT))
}

fn settings(topic: &TopicSpec) -> Vec<(&'static str, String)> {
    let timestamps = match topic.timestamps {
        Timestamps::Broker => "LogAppendTime",
        Timestamps::Producer => "CreateTime",
    };
    let mut settings = vec![
        ("segment.ms", SEGMENT_MS.to_owned()),
        ("message.timestamp.type", timestamps.to_owned()),
    ];
    match topic.cleanup {
        Cleanup::Delete { retention } => {
            settings.push(("cleanup.policy", "delete".to_owned()));
            settings.push(("retention.ms", retention.as_millis().to_string()));
        }
        Cleanup::Compact => settings.push(("cleanup.policy", "compact".to_owned())),
    }
    if topic.name.ends_with(".dead-letters") {
        settings.push(("max.message.bytes", DEAD_LETTER_MAX_BYTES.to_owned()));
    }
    settings
}

fn new_topic<'a>(topic: &TopicSpec, name: &'a str, settings: &'a [(&'static str, String)]) -> NewTopic<'a> {
    let new = NewTopic::new(name, topic.partitions, TopicReplication::Fixed(-1));
    settings
        .iter()
        .fold(new, |new, (setting, value)| new.set(setting, value))
}
