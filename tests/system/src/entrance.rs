//! What stands before the replicas of a service, as a Service of Kubernetes does: each new connection goes to a replica
//! that says it is ready, an open one stays where it is.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use testkit::wait_until;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::Service;

/// How often each replica is asked: so late can it notice that one stops. Whoever stops has to go on for longer.
const PERIOD: Duration = Duration::from_secs(1);
/// A replica that has not answered by then is not ready.
const PROBE: Duration = Duration::from_secs(3);
const READY: Duration = Duration::from_secs(60);

/// Whom an entrance takes for fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Whoever answers `/readyz` with 200.
    Ready,
    /// Everybody: broken on purpose.
    Anyone,
}

/// An entrance on a port of its own; gone, with all connections, when it is dropped.
#[derive(Debug)]
pub struct Entrance {
    address: SocketAddr,
    replicas: Arc<Replicas>,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Replicas {
    choice: Choice,
    turn: AtomicUsize,
    all: Vec<Replica>,
}

#[derive(Debug)]
struct Replica {
    public: SocketAddr,
    readyz: String,
    is_ready: AtomicBool,
    connections: AtomicUsize,
}

impl Entrance {
    /// Opens when all replicas are ready.
    ///
    /// # Panics
    /// When there is no free port, or a replica is not ready within a minute.
    pub async fn open(choice: Choice, replicas: &[&Service]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let replicas = Arc::new(Replicas {
            choice,
            turn: AtomicUsize::new(0),
            all: replicas.iter().map(|service| Replica::new(service)).collect(),
        });
        let mut tasks = JoinSet::new();
        for number in 0..replicas.all.len() {
            let replicas = Arc::clone(&replicas);
            tasks.spawn(async move { replicas.all[number].probe().await });
        }
        tasks.spawn(serve(listener, Arc::clone(&replicas)));
        let entrance = Self {
            address,
            replicas,
            _tasks: tasks,
        };
        entrance.all_are_ready().await;
        entrance
    }

    /// URL of a path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until it takes every replica for ready.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub async fn all_are_ready(&self) {
        wait_until("all replicas are ready", READY, async || {
            self.replicas.all.iter().all(Replica::is_ready)
        })
        .await;
    }

    /// How many connections it has sent to a replica so far.
    pub fn connections(&self, replica: usize) -> usize {
        self.replicas.all[replica].connections.load(Ordering::Relaxed)
    }
}

impl Replicas {
    /// One after the other of those that are fit.
    fn choose(&self) -> Option<&Replica> {
        let is_fit = |replica: &&Replica| self.choice == Choice::Anyone || replica.is_ready();
        let fit: Vec<_> = self.all.iter().filter(is_fit).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        fit.get(turn % fit.len().max(1)).copied()
    }

    /// One connection. Where nobody answers it is closed at once.
    async fn lead(&self, mut client: TcpStream) {
        let Some(replica) = self.choose() else {
            return;
        };
        replica.connections.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut server) = TcpStream::connect(replica.public).await {
            let _only_slower = client.set_nodelay(true).and(server.set_nodelay(true));
            // However it ends, both sides hear of it: their sockets are closed.
            let _ended = copy_bidirectional(&mut client, &mut server).await;
        }
    }
}

impl Replica {
    fn new(service: &Service) -> Self {
        Self {
            public: service.public(),
            readyz: service.admin_url("/readyz"),
            is_ready: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        }
    }

    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    async fn probe(&self) {
        let http = testkit::http_client();
        let mut next = interval(PERIOD);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            next.tick().await;
            let answer = timeout(PROBE, http.get(&self.readyz).send()).await;
            let is_ready = matches!(answer, Ok(Ok(answer)) if answer.status().is_success());
            self.is_ready.store(is_ready, Ordering::Relaxed);
        }
    }
}

async fn serve(listener: TcpListener, replicas: Arc<Replicas>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => {
                let (client, _) = accepted.expect("a proxy can listen");
                let replicas = Arc::clone(&replicas);
                connections.spawn(async move { replicas.lead(client).await });
            }
        }
    }
}
