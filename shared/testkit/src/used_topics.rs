//! Topics that were used go: a broker that holds thousands of partitions gets slow, and dies of them in the end.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use ::kafka::{KafkaConfig, delete_topics};
use tokio::runtime;

use crate::owner;

/// Before the names of all topics of tests.
pub(crate) const OURS: &str = "test_";

/// The topics of one fixture. They are deleted soon after this value is dropped, on a thread that no test waits for;
/// what a process leaves behind is deleted by the next one.
#[derive(Debug)]
pub(crate) struct Lease {
    name: String,
    used: &'static Sender<String>,
}

impl Lease {
    /// For the topics whose names begin with [`OURS`] and this name, at this broker.
    pub(crate) fn new(name: String, broker: &KafkaConfig) -> Lease {
        static USED: OnceLock<Sender<String>> = OnceLock::new();
        let used = USED.get_or_init(|| {
            let (sender, used) = channel();
            let config = KafkaConfig {
                topic_prefix: OURS.to_owned(),
                ..broker.clone()
            };
            thread::spawn(move || delete_used(&config, &used));
            sender
        });
        Lease { name, used }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _left_to_the_next_process = self.used.send(self.name.clone());
    }
}

/// Of this process what was used, of dead ones everything.
fn delete_used(config: &KafkaConfig, used: &Receiver<String>) {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut names: Vec<String> = Vec::new();
    loop {
        let is_unwanted = |topic: &str| {
            let owner = topic.split_once('-').map_or(topic, |(owner, _)| owner);
            names.iter().any(|name| name == owner) || owner::is_gone(owner)
        };
        let _tried_again_next_time = runtime.block_on(delete_topics(config, is_unwanted));
        let Ok(first) = used.recv() else { return };
        names.push(first);
        names.extend(used.try_iter());
    }
}
