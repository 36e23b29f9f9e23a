//! Where Kafka is and how we talk to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fmt, fs};

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use secrecy::{ExposeSecret, SecretString};
use settings::{KafkaArgs, SettingsError};

/// Where Kafka is, and whose client this is.
#[derive(Debug, Clone)]
pub struct KafkaConfig {
    /// `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// Put before every topic's name; empty in production.
    pub topic_prefix: String,
    /// Put before every consumer group's name; empty in production.
    pub group_prefix: String,
    /// Name of the service: the client's name at the broker, and whose dead letters it writes.
    pub client_id: &'static str,
    /// How the connection is secured; `Security::default()` is plain text.
    pub security: Security,
}

/// librdkafka settings of the kinds `security.*`, `ssl.*` and `sasl.*`. `Debug` shows no values.
#[derive(Clone, Default)]
pub struct Security {
    settings: BTreeMap<String, SecretString>,
}

/// Why a Kafka client cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A line of the security settings is not `name=value`, or its name is of another kind.
    #[error(
        "line {0} of the Kafka security settings is not security.*, ssl.* or sasl.* followed by = and a value"
    )]
    SecurityLine(usize),
    /// Security settings were given to a program that was built without them.
    #[error("Kafka security settings need a build with the feature kafka-tls")]
    SecurityNotBuiltIn,
    /// librdkafka refused a setting; the text names it, never its value.
    #[error("the Kafka client cannot be made: {0}")]
    Client(String),
    /// The brokers could not be asked in time.
    #[error("Kafka did not answer: {0}")]
    Unavailable(String),
    /// A topic could not be made, for a reason other than that it exists.
    #[error("topic {topic} could not be made: {reason}")]
    Topic { topic: String, reason: String },
    /// A topic cannot be read as it is.
    #[error("topic {topic} cannot be read: {reason}")]
    Unreadable { topic: String, reason: String },
}

impl Security {
    /// Reads lines of `name=value`, as in a librdkafka or Java properties file; `#` begins a comment.
    ///
    /// # Errors
    /// [`KafkaError::SecurityLine`] with the number of the wrong line, [`KafkaError::SecurityNotBuiltIn`].
    pub fn parse(lines: &str) -> Result<Self, KafkaError> {
        let mut settings = BTreeMap::new();
        for (index, line) in lines.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line
                .split_once('=')
                .map(|(name, value)| (name.trim(), value.trim()))
                .filter(|(name, _)| {
                    ["security.", "ssl.", "sasl."]
                        .iter()
                        .any(|kind| name.starts_with(kind))
                })
                .ok_or(KafkaError::SecurityLine(index + 1))?;
            settings.insert(name.to_owned(), SecretString::from(value));
        }
        if settings.is_empty() || cfg!(feature = "kafka-tls") {
            Ok(Self { settings })
        } else {
            Err(KafkaError::SecurityNotBuiltIn)
        }
    }
}

/// A blank path is none: manifests pass empty variables.
fn read_security(file: Option<&Path>) -> Result<Security, SettingsError> {
    const NAME: &str = "KAFKA_SECURITY_FILE";
    let Some(path) = file.filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(Security::default());
    };
    let lines = fs::read_to_string(path).map_err(|error| {
        SettingsError::new(NAME, format_args!("cannot be read ({}): {error}", path.display()))
    })?;
    Security::parse(&lines).map_err(|error| SettingsError::new(NAME, format_args!("cannot be used: {error}")))
}

impl KafkaError {
    /// librdkafka's own text of a refused setting holds the value, which may be a password.
    pub(crate) fn client(error: &rdkafka::error::KafkaError) -> Self {
        match error {
            rdkafka::error::KafkaError::ClientConfig(_, _, name, _) => {
                Self::Client(format!("setting {name} is refused"))
            }
            other => Self::Client(other.to_string()),
        }
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.settings.keys()).finish()
    }
}

impl KafkaConfig {
    /// What the settings say, for the service of this name.
    ///
    /// # Errors
    /// A `KAFKA_SECURITY_FILE` that cannot be read or used.
    pub fn from_args(args: &KafkaArgs, service: &'static str) -> Result<Self, SettingsError> {
        Ok(Self {
            bootstrap_servers: args.kafka_bootstrap_servers.clone(),
            topic_prefix: args.kafka_topic_prefix.clone(),
            group_prefix: args.kafka_group_prefix.clone(),
            client_id: service,
            security: read_security(args.kafka_security_file.as_deref())?,
        })
    }

    /// The name of a topic at the broker.
    pub(crate) fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.topic_prefix)
    }

    /// Our name of a topic of the broker's.
    pub(crate) fn unprefixed<'a>(&self, topic: &'a str) -> &'a str {
        topic.strip_prefix(&self.topic_prefix).unwrap_or(topic)
    }

    /// The topic that this service parks events in.
    pub(crate) fn dead_letters(&self) -> String {
        format!("{}.dead-letters", self.client_id)
    }

    /// What all clients have in common: they find a broker that comes back within a second, and say so themselves.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        // Or it asks the log crate, which we do not use.
        client.set_log_level(RDKafkaLogLevel::Info);
        client
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("client.id", format!("leadstream-{}", self.client_id))
            .set("broker.address.family", "v4")
            .set("socket.keepalive.enable", "true")
            .set("socket.timeout.ms", "10000")
            .set("socket.connection.setup.timeout.ms", "5000")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "1000")
            .set("topic.metadata.refresh.interval.ms", "5000")
            .set("topic.metadata.propagation.max.ms", "5000")
            .set("log.connection.close", "false");
        for (name, value) in &self.security.settings {
            client.set(name, value.expose_secret());
        }
        client
    }

    /// Idempotent, acknowledged by all in-sync replicas, sent at once. A batch of the outbox (1 000 records, 4 MiB)
    /// fits into the queue twice. Not compressed: what a consumer fetches would have no bound in its memory.
    pub(crate) fn producer(&self) -> ClientConfig {
        let mut client = self.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "0")
            .set("compression.type", "none")
            // As Java's producers choose, so that records of one key meet in one partition whoever wrote them.
            .set("partitioner", "murmur2_random")
            .set("message.timeout.ms", "15000")
            .set("message.max.bytes", "2097152")
            .set("queue.buffering.max.messages", "10000")
            .set("queue.buffering.max.kbytes", "8192");
        client
    }

    /// A member of a group that commits by hand and keeps little in memory.
    ///
    /// Not librdkafka's automatic commits: they leave out offsets lower than the last one, and so all of a topic
    /// that was made anew. A full fetch queue is tried again soon, as it holds little.
    pub(crate) fn consumer(&self, group: &str) -> ClientConfig {
        let mut client = self.client();
        client
            .set("group.id", format!("{}{group}", self.group_prefix))
            .set("group.protocol", "classic")
            .set("session.timeout.ms", "10000")
            .set("heartbeat.interval.ms", "1000")
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.offset.store", "false")
            .set("enable.auto.commit", "false")
            .set("allow.auto.create.topics", "false")
            .set("queued.max.messages.kbytes", "1024")
            .set("queued.min.messages", "10000")
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.message.max.bytes", "1048576")
            .set("fetch.max.bytes", "1048576")
            .set("fetch.error.backoff.ms", "200")
            .set("statistics.interval.ms", "5000");
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn config(client_id: &'static str) -> KafkaConfig {
        KafkaConfig {
            bootstrap_servers: "127.0.0.1:9".to_owned(),
            topic_prefix: "test-".to_owned(),
            group_prefix: String::new(),
            client_id,
            security: Security::default(),
        }
    }

    #[test]
    fn the_dead_letters_of_a_service_are_those_of_the_contracts() {
        for source in [
            contracts::Source::Signup,
            contracts::Source::Enquiry,
            contracts::Source::Notification,
        ] {
            assert_eq!(
                config(source.service()).dead_letters(),
                contracts::topics::dead_letters(source)
            );
        }
    }

    #[test]
    fn a_prefix_goes_on_at_the_broker_and_comes_off_again() {
        let config = config("signup");
        assert_eq!(config.topic("signup.events"), "test-signup.events");
        assert_eq!(config.unprefixed("test-signup.events"), "signup.events");
    }

    #[test]
    fn security_settings_of_other_kinds_are_refused_by_line() {
        let error = Security::parse("# brokers\n\nbootstrap.servers=other:9092").unwrap_err();
        assert!(matches!(error, KafkaError::SecurityLine(3)), "{error}");
    }

    #[test]
    fn debug_of_security_settings_shows_no_value() {
        let security = Security {
            settings: BTreeMap::from([("sasl.password".to_owned(), SecretString::from("hunter2"))]),
        };
        assert_eq!(format!("{security:?}"), r#"{"sasl.password"}"#);
    }

    #[cfg(not(feature = "kafka-tls"))]
    #[test]
    fn a_build_without_tls_says_so() {
        let error = Security::parse("security.protocol=SSL").unwrap_err();
        assert!(matches!(error, KafkaError::SecurityNotBuiltIn), "{error}");
    }

    #[test]
    fn librdkafka_takes_every_setting() {
        let config = config("signup");
        assert!(config.producer().create_native_config().is_ok());
        assert!(config.consumer("signup").create_native_config().is_ok());
    }
}
