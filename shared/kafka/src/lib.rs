#![doc = include_str!("../README.md")]

mod config;
mod consumer;
mod dead_letters;
mod logs;
mod metrics;
mod missing_topics;
mod off_runtime;
mod producer;
mod record;
mod topics;

pub use config::{KafkaConfig, KafkaError, Security};
pub use consumer::{ConsumerSpec, Handler, Later, Verdict, consume};
pub use dead_letters::{DeadLetter, DeadLetterReader, Replayer};
pub use metrics::ConsumerMetrics;
pub use missing_topics::report_missing_topics;
pub use producer::{ProduceError, Producer};
pub use record::{Received, Record};
pub use topics::{check_topics, create_topics, delete_topics};
