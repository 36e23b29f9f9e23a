use contracts::topics::{self, TopicSpec};
use uuid::Uuid;

use ::kafka::{KafkaConfig, Security, create_topics};

use crate::engines;
use crate::topic_tail::TopicTail;

/// Enough to have an order per key that is not an order per topic; the broker of all tests holds many topics.
const PARTITIONS: i32 = 2;

/// Topics and consumer groups of one test on the shared broker.
#[derive(Clone, Debug)]
pub struct TestKafka {
    /// `host:port` of the broker.
    pub bootstrap: String,
    /// Before the name of every topic and every group of this test.
    pub prefix: String,
}

/// All topics of Leadstream, empty, under a prefix of their own.
///
/// # Panics
/// When the engines cannot be started or the topics cannot be made.
pub async fn kafka() -> TestKafka {
    let prefix = format!("{}-", Uuid::now_v7().simple());
    let kafka = TestKafka {
        bootstrap: engines().await.kafka_bootstrap.clone(),
        prefix,
    };
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
