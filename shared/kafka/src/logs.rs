//! What librdkafka says, in our log. It speaks of brokers, topics and partitions, never of records.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The context of clients that need nothing but a log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logs {
    pub(crate) service: &'static str,
}

impl ClientContext for Logs {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        line(self.service, level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        trouble(self.service, &error, reason);
    }
}

impl ConsumerContext for Logs {}

/// One line of librdkafka's log. It calls each failed attempt to connect an error; to us it is a matter of course
/// while a broker is away, and `trouble` has told of that.
pub(crate) fn line(service: &'static str, level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(service, facility, "kafka client: {message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(service, facility, "kafka client: {message}"),
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::debug!(service, facility, "kafka client: {message}");
        }
    }
}

/// A condition that librdkafka reports once, and goes on trying.
pub(crate) fn trouble(service: &'static str, error: &KafkaError, reason: &str) {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::AllBrokersDown) => tracing::warn!(service, "no Kafka broker can be reached"),
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut) => {
            tracing::debug!(service, "kafka: {reason}");
        }
        _ => tracing::warn!(service, "kafka: {reason}"),
    }
}
