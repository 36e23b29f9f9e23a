//! The tests' broker behind a proxy with faults. A broker tells its clients where it is, and they would pass the
//! proxy by: so its answers are changed on the way, to name the proxy instead.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use testkit::{FaultProxy, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const HOST: &[u8] = b"127.0.0.1";

/// Client → faults → renaming → broker. Ends with this value.
pub struct ProxiedBroker {
    pub faults: FaultProxy,
    _renaming: JoinSet<()>,
}

impl ProxiedBroker {
    pub async fn start(bootstrap: &str) -> Self {
        let broker: SocketAddr = bootstrap.parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let faults = FaultProxy::start(Upstream::Tcp(listener.local_addr().unwrap()));
        let shown = faults.address().port();
        let mut renaming = JoinSet::new();
        renaming.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(rename(client, broker, shown));
            }
        });
        Self {
            faults,
            _renaming: renaming,
        }
    }

    pub fn bootstrap(&self) -> String {
        self.faults.address().to_string()
    }
}

/// Passes requests as they are, and answers with the broker's port replaced.
async fn rename(client: TcpStream, broker: SocketAddr, shown: u16) {
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
