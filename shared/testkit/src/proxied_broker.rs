//! The tests' broker behind a proxy with faults. A broker tells its clients where it is, and they would pass the
//! proxy by: so its answers are changed on the way, to name the proxy instead.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::{FaultProxy, Upstream};

const HOST: &[u8] = b"127.0.0.1";

/// Client → faults → renaming → broker. Ends with this value.
#[derive(Debug)]
pub struct ProxiedBroker {
    /// What clients suffer.
    pub faults: FaultProxy,
    answered: Arc<AtomicU64>,
    _renaming: JoinSet<()>,
}

impl ProxiedBroker {
    /// Stands before the broker at this `host:port`.
    ///
    /// # Panics
    /// When the address makes no sense or there is no free port.
    pub async fn start(bootstrap: &str) -> ProxiedBroker {
        let broker: SocketAddr = bootstrap.parse().expect("an address and a port");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let behind = listener.local_addr().expect("a bound socket has an address");
        let faults = FaultProxy::start(Upstream::Tcp(behind));
        let shown = faults.address().port();
        let answered = Arc::new(AtomicU64::new(0));
        let mut renaming = JoinSet::new();
        renaming.spawn({
            let answered = Arc::clone(&answered);
            async move {
                let mut connections = JoinSet::new();
                while let Ok((client, _)) = listener.accept().await {
                    connections.spawn(rename(client, broker, shown, Arc::clone(&answered)));
                }
            }
        });
        ProxiedBroker {
            faults,
            answered,
            _renaming: renaming,
        }
    }

    /// `host:port` for clients.
    pub fn bootstrap(&self) -> String {
        self.faults.address().to_string()
    }

    /// Bytes that the broker has answered with so far.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

/// Passes requests as they are, and answers with the broker's port replaced.
async fn rename(client: TcpStream, broker: SocketAddr, shown: u16, answered: Arc<AtomicU64>) {
    let Ok(server) = TcpStream::connect(broker).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = async {
        loop {
            let length = from_server.read_u32().await?;
            let mut answer = vec![0; length as usize];
            from_server.read_exact(&mut answer).await?;
            answered.fetch_add(u64::from(length), Ordering::Relaxed);
            replace_port(&mut answer, broker.port(), shown);
            to_client.write_u32(length).await?;
            to_client.write_all(&answer).await?;
        }
        #[expect(unreachable_code, reason = "names the error of the block")]
        Ok::<(), io::Error>(())
    };
    // Either end closes the connection.
    tokio::select! {
        _ = answers => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
    }
}

/// Kafka writes an address as a string followed by the port as four bytes (Metadata, FindCoordinator).
fn replace_port(answer: &mut [u8], port: u16, shown: u16) {
    let wanted = [HOST, &u32::from(port).to_be_bytes()].concat();
    let places: Vec<usize> = (0..answer.len().saturating_sub(wanted.len() - 1))
        .filter(|place| answer[*place..].starts_with(&wanted))
        .collect();
    for place in places {
        let port_at = place + HOST.len();
        answer[port_at..port_at + 4].copy_from_slice(&u32::from(shown).to_be_bytes());
    }
}
