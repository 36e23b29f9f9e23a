//! The LMTP server (RFC 2033) that a mail server delivers bounces and complaints to, with SIZE, 8BITMIME, PIPELINING,
//! ENHANCEDSTATUSCODES and SMTPUTF8. It stands in for `routes/` where mail comes in as mail.

mod reply;
mod session;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lifecycle::{CancellationToken, Spawner};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use self::session::Session;
use crate::state::State;

pub const NAME: &str = "notification: take bounces by LMTP";

/// Connections at once; one more is sent away with 421. A mail server needs one or two.
const MAX_CONNECTIONS: usize = 32;
/// Pause after the system refused a connection (out of file descriptors): it would refuse the next at once, too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections and gives each a task of its own.
#[derive(Debug)]
pub struct Server {
    listener: Arc<TcpListener>,
    address: SocketAddr,
    silence: Duration,
}

impl Server {
    /// Takes a bound port; nobody is served yet. A client may be silent for `silence`.
    ///
    /// # Errors
    /// What the system says about the port.
    pub fn new(listener: std::net::TcpListener, silence: Duration) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener: Arc::new(TcpListener::from_std(listener)?),
            silence,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The task that serves until `stop`.
    pub fn run(
        &self,
        state: State,
        spawner: Spawner,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let listener = Arc::clone(&self.listener);
        let reception = Reception {
            state,
            spawner,
            silence: self.silence,
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        };
        reception.run(listener, stop)
    }
}

struct Reception {
    state: State,
    spawner: Spawner,
    silence: Duration,
    places: Arc<Semaphore>,
}

impl Reception {
    async fn run(self, listener: Arc<TcpListener>, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => self.attend(stream, stop.clone()),
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted for LMTP");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn attend(&self, stream: TcpStream, stop: CancellationToken) {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let (state, silence) = (self.state.clone(), self.silence);
        // Nobody waits for a connection to end but the supervisor, which tracks its task.
        drop(self.spawner.spawn(async move {
            let ended = match place {
                Ok(_place) => converse(stream, state, silence, stop).await,
                Err(_) => send_away(stream).await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "an LMTP connection broke");
            }
        }));
    }
}

async fn converse(
    stream: TcpStream,
    state: State,
    silence: Duration,
    stop: CancellationToken,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (input, output) = stream.into_split();
    Session::new(input, output, state, silence).run(stop).await
}

async fn send_away(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(reply::TOO_MANY_CONNECTIONS.as_bytes()).await?;
    stream.write_all(b"\r\n").await
}
