//! A network that fails on demand, for one connection target.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::{runtime, select, time};

/// Where a proxy leads to.
#[derive(Clone, Debug)]
pub enum Upstream {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// What the network does, to open connections and to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: all bytes pass.
    Pass,
    /// New connections are refused, open ones are reset: the server is gone.
    Refuse,
    /// Connections open and stay open, no byte passes: the server, or the way to it, hangs. Bytes that were sent
    /// meanwhile arrive when the fault is over.
    BlackHole,
    /// Each connection is reset after it has passed this many bytes under such a fault, both directions together.
    CutAfter(u64),
    /// Each piece is held back for this long, in each direction.
    Latency(Duration),
    /// So many bytes a second pass, in each direction of each connection.
    Rate(u32),
    /// Whatever a client sends arrives. Once these bytes were in it, nothing that the server says comes back, and the
    /// connection is reset: the reply is lost, what was asked for is done.
    SwallowReplyTo(&'static [u8]),
}

/// A TCP proxy with a fault that can be changed at any time. It runs on a thread of its own and ends with this value.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    applied: watch::Receiver<Fault>,
}

impl FaultProxy {
    /// Listens on a free port of 127.0.0.1, with [`Fault::Pass`].
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(upstream: Upstream) -> FaultProxy {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (fault, faults) = watch::channel(Fault::Pass);
        let (applying, applied) = watch::channel(Fault::Pass);
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime
                .block_on(serve(listener, upstream, faults, applying))
                .expect("a proxy can listen");
        });
        FaultProxy {
            address,
            fault,
            applied,
        }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the fault; it is in force when this returns.
    ///
    /// # Panics
    /// When the proxy's thread has died.
    pub async fn set(&self, fault: Fault) {
        self.fault.send(fault).expect("the proxy runs");
        let mut applied = self.applied.clone();
        applied
            .wait_for(|now| *now == fault)
            .await
            .expect("the proxy runs");
    }
}

/// Until the sender of the faults is gone.
async fn serve(
    listener: std::net::TcpListener,
    upstream: Upstream,
    mut faults: watch::Receiver<Fault>,
    applying: watch::Sender<Fault>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let mut listener = Some(TcpListener::from_std(listener)?);
    let mut connections = JoinSet::new();
    loop {
        let fault = *faults.borrow_and_update();
        if fault == Fault::Refuse {
            listener = None;
            connections.shutdown().await;
        } else if listener.is_none() {
            listener = Some(TcpListener::bind(address).await?);
        }
        applying.send_replace(fault);
        select! {
            changed = faults.changed() => if changed.is_err() { return Ok(()) },
            Some(_ended) = connections.join_next() => {}
            Some(client) = accept(listener.as_ref()) => {
                connections.spawn(connect(client?, upstream.clone(), faults.clone()));
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<io::Result<TcpStream>> {
    Some(listener?.accept().await.map(|(client, _)| client))
}

/// One connection. Whatever ends it early resets it: that is what a dead server looks like.
async fn connect(client: TcpStream, upstream: Upstream, mut faults: watch::Receiver<Fault>) {
    let _a_closed_socket_stays_closed = client.set_zero_linger();
    let _only_slower = client.set_nodelay(true);
    if faults.wait_for(|fault| *fault != Fault::BlackHole).await.is_err() {
        return;
    }
    let passed = match upstream {
        Upstream::Tcp(address) => match TcpStream::connect(address).await {
            Ok(server) => pass(client, server, faults).await,
            Err(error) => Err(error),
        },
        Upstream::Unix(path) => match UnixStream::connect(path).await {
            Ok(server) => pass(client, server, faults).await,
            Err(error) => Err(error),
        },
    };
    drop(passed);
}

async fn pass(
    mut client: TcpStream,
    server: impl AsyncRead + AsyncWrite,
    faults: watch::Receiver<Fault>,
) -> io::Result<()> {
    // Halves that own their socket would end it in good order when they are dropped.
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = split(server);
    let shared = Arc::new(Shared::default());
    let up = Pump {
        faults: faults.clone(),
        shared: Arc::clone(&shared),
        direction: Direction::ToServer { before: Vec::new() },
    };
    let down = Pump {
        faults,
        shared,
        direction: Direction::ToClient,
    };
    tokio::try_join!(up.run(from_client, to_server), down.run(from_server, to_client))?;
    // It ended in good order: what the client has not fetched yet still arrives.
    Ok(set_socket_linger(&client, None)?)
}

/// What both directions of a connection know.
#[derive(Default)]
struct Shared {
    /// Passed under [`Fault::CutAfter`].
    bytes: AtomicU64,
    /// The client has sent what [`Fault::SwallowReplyTo`] waits for.
    is_asked: AtomicBool,
}

enum Direction {
    /// With the end of what went before: a pattern may come in two pieces.
    ToServer {
        before: Vec<u8>,
    },
    ToClient,
}

/// One direction of a connection.
struct Pump {
    faults: watch::Receiver<Fault>,
    shared: Arc<Shared>,
    direction: Direction,
}

impl Pump {
    async fn run(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = from.read(&mut buffer).await?;
            if count == 0 {
                return to.shutdown().await;
            }
            let allowed = self.delay(&buffer[..count]).await?;
            to.write_all(&buffer[..allowed]).await?;
            if allowed < count {
                to.flush().await?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        }
    }

    /// Waits as the fault wants it, and says how many of these bytes may pass.
    async fn delay(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len();
        let fault = *self
            .faults
            .wait_for(|fault| *fault != Fault::BlackHole)
            .await
            .map_err(io::Error::other)?;
        match fault {
            Fault::Latency(delay) => {
                time::sleep(delay).await;
                Ok(count)
            }
            Fault::CutAfter(limit) => {
                let before = self.shared.bytes.fetch_add(count as u64, Ordering::Relaxed);
                let left = limit.saturating_sub(before);
                Ok(usize::try_from(left).unwrap_or(usize::MAX).min(count))
            }
            Fault::Rate(rate) => {
                let seconds = count as f64 / f64::from(rate.max(1));
                time::sleep(Duration::from_secs_f64(seconds)).await;
                Ok(count)
            }
            Fault::SwallowReplyTo(pattern) => Ok(self.swallow(bytes, pattern)),
            Fault::Pass | Fault::Refuse | Fault::BlackHole => Ok(count),
        }
    }

    /// Notes that the client has asked; of what the server says after that, nothing passes.
    fn swallow(&mut self, bytes: &[u8], pattern: &[u8]) -> usize {
        match &mut self.direction {
            Direction::ToServer { before } => {
                before.extend_from_slice(bytes);
                if before.windows(pattern.len()).any(|piece| piece == pattern) {
                    self.shared.is_asked.store(true, Ordering::Relaxed);
                }
                let kept = before.len().min(pattern.len().saturating_sub(1));
                before.drain(..before.len() - kept);
                bytes.len()
            }
            Direction::ToClient if self.shared.is_asked.load(Ordering::Relaxed) => 0,
            Direction::ToClient => bytes.len(),
        }
    }
}
