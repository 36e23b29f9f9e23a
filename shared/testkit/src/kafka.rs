use std::sync::Arc;

use contracts::topics::{self, TopicSpec};

use ::kafka::{KafkaConfig, Security, create_topics};

use crate::topic_tail::TopicTail;
use crate::used_topics::Lease;
use crate::{engines, owner, used_topics};

/// Enough to have an order per key that is not an order per topic; the broker of all tests holds many topics.
const PARTITIONS: i32 = 2;

/// Topics and consumer groups of one test on the shared broker. The topics go when the last copy of this value does.
#[derive(Clone, Debug)]
pub struct TestKafka {
    /// `host:port` of the broker.
    pub bootstrap: String,
    /// Before the name of every topic and every group of this test.
    pub prefix: String,
    _lease: Option<Arc<Lease>>,
}

/// All topics of Leadstream, empty, under a prefix of their own.
///
/// # Panics
/// When the engines cannot be started or the topics cannot be made.
pub async fn kafka() -> TestKafka {
    let mut kafka = TestKafka::at(&engines().await.kafka_bootstrap);
    let name = owner::unique();
    kafka.prefix = format!("{}{name}-", used_topics::OURS);
    kafka._lease = Some(Arc::new(Lease::new(name, &kafka.config("test"))));
    let topics: Vec<TopicSpec> = topics::all().into_iter().map(smaller).collect();
    create_topics(&kafka.config("test"), &topics)
        .await
        .expect("the tests' broker makes topics");
    kafka
}

fn smaller(topic: TopicSpec) -> TopicSpec {
    TopicSpec {
        partitions: topic.partitions.min(PARTITIONS),
        ..topic
    }
}

impl TestKafka {
    /// A broker of the test's own, with whatever topics it has.
    pub fn at(bootstrap: &str) -> TestKafka {
        TestKafka {
            bootstrap: bootstrap.to_owned(),
            prefix: String::new(),
            _lease: None,
        }
    }

    /// What a service needs to use it.
    pub fn config(&self, service: &'static str) -> KafkaConfig {
        KafkaConfig {
            bootstrap_servers: self.bootstrap.clone(),
            topic_prefix: self.prefix.clone(),
            group_prefix: self.prefix.clone(),
            client_id: service,
            security: Security::default(),
        }
    }

    /// Reads a topic (its name without the prefix) from its start, and on.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn tail(&self, topic: &str) -> TopicTail {
        TopicTail::start(self.config("test"), topic)
    }
}
