//! An installation whose every part can be struck: three services, a Postgres and a Kafka of its own, a mailbox, and a
//! network that fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kafka::create_topics;
use mailbox::Script;
use sqlx::PgPool;
use testkit::{Fault, FaultProxy, TestMailbox, wait_until};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::blow::script;
use super::ledger::Ledger;
use super::schedule::Act;
use super::visitors::{Urls, Visitors};
use super::{Blow, LOOK, Name, Schedule, say};
use crate::Cluster;
use crate::fleet::{self, light_offer};
use crate::rows::left_over;
use crate::{Broker, Network, Server, Service};

/// Everything that was owed has been mailed by then.
const REST: Duration = Duration::from_secs(240);

/// At rest is what was so for two seconds: an event that came again is answered, too.
const QUIET_LOOKS: u32 = 10;

/// Mails under way at once.
pub(super) const SENDERS: u32 = 4;
/// What an attempt may take; a lease is twice as long.
pub(super) const ATTEMPT: Duration = Duration::from_secs(2);

/// Held by a struck installation.
#[derive(Debug)]
pub struct Arena {
    services: [Service; 3],
    pub(super) pools: [PgPool; 3],
    ways: [FaultProxy; 3],
    relay: FaultProxy,
    pub(super) mailbox: TestMailbox,
    server: Server,
    pub(super) broker: Broker,
    folder: PathBuf,
    /// What is in the folder is wanted for looking into.
    is_kept: bool,
}

impl Arena {
    /// Starts everything, with an offer whose mail links to its file.
    pub async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("leadstream-arena-{}", Uuid::now_v7().simple()));
        fs::create_dir_all(&folder).expect("a folder");
        let (server, broker, mailbox) = (
            Server::start().await,
            Broker::start().await,
            testkit::mailbox().await,
        );
        let relay = FaultProxy::start(mailbox.upstream());
        let mut network = Network::with_broker(&broker, &mailbox);
        network.smtp_url = format!("smtp://{}", relay.address());
        let ways = Name::ALL.map(|_| FaultProxy::start(server.upstream()));
        let mut pools = Vec::new();
        for name in Name::ALL {
            let url = server.create(name.as_str()).await;
            pools.push(PgPool::connect_lazy(&url).expect("a URL"));
        }
        let through = |name: Name| {
            let way = ways[name as usize].address();
            format!("postgres://leadstream@{way}/{}", name.as_str())
        };
        let services = [
            fleet::signup(&network, through(Name::Signup)),
            fleet::enquiry(&network, through(Name::Enquiry)),
            fleet::notification(&network, through(Name::Notification)),
        ];
        let mut arena = Self {
            services,
            pools: pools.try_into().expect("three pools"),
            ways,
            relay,
            mailbox,
            server,
            broker,
            folder,
            is_kept: false,
        };
        arena.open().await;
        arena
    }

    async fn open(&mut self) {
        self.service(Name::Notification).set(&[
            ("SMTP_CONNECTIONS", SENDERS.to_string()),
            ("SMTP_TIMEOUT_SECONDS", ATTEMPT.as_secs().to_string()),
            ("RETRY_FIRST_SECONDS", "1".to_owned()),
            ("RETRY_LONGEST_SECONDS", "4".to_owned()),
        ]);
        for service in &self.services {
            service.run(&["migrate"]).await;
        }
        let offer = light_offer(&self.folder);
        self.services[0]
            .run(&["offers", "apply", &offer.display().to_string()])
            .await;
        for service in &mut self.services {
            service.start().await;
        }
    }

    /// Lets visitors come, who write what they are told into a ledger.
    pub fn send_visitors(&self, rate: f64) -> Visitors {
        let urls = Urls {
            signups: self.services[0].url("/v1/signups"),
            enquiries: self.services[1].url("/v1/enquiries"),
        };
        let ledger = Ledger::create(&self.folder.join("ledger.jsonl")).expect("a new ledger");
        Visitors::come(urls, rate, ledger)
    }

    /// Everything of the schedule, at its time or as soon as what comes before is done.
    pub async fn suffer(&mut self, schedule: &Schedule, ledger: &Ledger) {
        let start = Instant::now();
        for (at, act) in schedule.acts() {
            sleep_until(start + at).await;
            match act {
                Act::Begin(blow) => {
                    say(format_args!("{:6.1} s  {blow}", start.elapsed().as_secs_f64()));
                    self.begin(blow, ledger).await;
                }
                Act::End(blow) => self.end(blow).await,
            }
        }
    }

    async fn begin(&mut self, blow: Blow, ledger: &Ledger) {
        match blow {
            Blow::Kill(name, _) if self.service(name).is_started() => self.service(name).kill(),
            Blow::Pause(name, _) if self.service(name).is_started() => self.service(name).pause(),
            Blow::Stop(name) if self.service(name).is_started() => {
                self.service(name).stop().await;
                self.service(name).start().await;
            }
            Blow::Kill(..) | Blow::Stop(_) | Blow::Pause(..) => {}
            Blow::Database(name, fault, _) => self.ways[name as usize].set(fault).await,
            Blow::Relay(fault, _) => self.relay.set(fault).await,
            Blow::RelaySays(moment, words, times) => self.mailbox.play(script(moment, words, times)),
            Blow::CrashPostgres => self.server.crash().await,
            Blow::PausePostgres(_) => self.server.pause(),
            Blow::CrashBroker if self.broker.is_started() => self.broker.crash().await,
            Blow::PauseBroker(_) => self.broker.pause(),
            Blow::StopBroker(_) => self.broker.stop().await,
            Blow::LoseKafka(named) => self.lose_kafka(named).await,
            Blow::Erase => self.erase(ledger).await,
            Blow::CrashBroker => {}
        }
    }

    async fn end(&mut self, blow: Blow) {
        match blow {
            Blow::Kill(name, _) if !self.service(name).is_started() => self.service(name).launch(),
            Blow::Pause(name, _) if self.service(name).is_started() => self.service(name).resume(),
            Blow::Database(name, ..) => self.ways[name as usize].set(Fault::Pass).await,
            Blow::Relay(..) => self.relay.set(Fault::Pass).await,
            Blow::PausePostgres(_) => self.server.resume(),
            Blow::PauseBroker(_) => self.broker.resume(),
            Blow::StopBroker(_) if !self.broker.is_started() => self.broker.start_again().await,
            _ => {}
        }
    }

    async fn lose_kafka(&mut self, named: Cluster) {
        self.broker.resume();
        self.broker.stop().await;
        self.broker.lose_log(named);
        self.broker.start_again().await;
        create_topics(&self.broker.config(), &contracts::topics::all())
            .await
            .expect("the topics are made again");
    }

    /// Asks for an erasure until signup's database could take it.
    async fn erase(&mut self, ledger: &Ledger) {
        let Some(address) = ledger.choose_to_erase(self.mailbox.messages().len()) else {
            return;
        };
        self.server.resume();
        self.ways[0].set(Fault::Pass).await;
        wait_until("a person is erased", REST, async || {
            self.services[0]
                .try_run(&["person", "erase", &address])
                .await
                .status
                .success()
        })
        .await;
    }

    /// Everything runs, and no fault is left.
    ///
    /// # Panics
    /// When a service does not become ready again.
    pub async fn heal(&mut self) {
        self.mailbox.play(Script::new());
        self.server.resume();
        self.broker.resume();
        if !self.broker.is_started() {
            self.broker.start_again().await;
        }
        self.relay.set(Fault::Pass).await;
        for (service, way) in self.services.iter_mut().zip(&self.ways) {
            way.set(Fault::Pass).await;
            if !service.is_started() {
                service.launch();
            }
            service.resume();
            service.is_ready().await;
        }
    }

    /// Waits until nothing is owed any more, and answers how many rows are left that wait for something; none, if it
    /// came to rest.
    pub async fn come_to_rest(&self) -> i64 {
        let end = Instant::now() + REST;
        let mut quiet = 0;
        loop {
            let left = left_over(self.pools.each_ref(), REST).await;
            quiet = if left == 0 { quiet + 1 } else { 0 };
            if quiet == QUIET_LOOKS || Instant::now() > end {
                return left;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Everything that the three services have logged.
    pub(super) fn logs(&self) -> [String; 3] {
        self.services.each_ref().map(Service::log)
    }

    /// Keeps the ledger, and writes the logs beside it; answers where.
    pub(super) fn keep(&mut self) -> &Path {
        for (name, log) in Name::ALL.iter().zip(self.logs()) {
            let file = self.folder.join(name.as_str()).with_extension("log");
            fs::write(file, log).expect("a log can be written");
        }
        self.is_kept = true;
        &self.folder
    }

    fn service(&mut self, name: Name) -> &mut Service {
        &mut self.services[name as usize]
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if !self.is_kept {
            let _nothing_is_lost = fs::remove_dir_all(&self.folder);
        }
    }
}
