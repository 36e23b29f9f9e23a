//! The SMTP server (RFC 5321) with SIZE, 8BITMIME, PIPELINING, ENHANCEDSTATUSCODES and SMTPUTF8.

mod reply;
mod session;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use lifecycle::{Spawner, Supervisor};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::script::Stage;
use crate::store::Store;
use session::Session;

/// Connections at once; one more is sent away with 421.
const MAX_CONNECTIONS: usize = 256;

/// Pause after the system refused a connection (out of file descriptors): it would refuse the next at once, too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections and gives each a task of its own.
pub(crate) struct Server {
    listener: TcpListener,
    store: Store,
    stage: Arc<Stage>,
    spawner: Spawner,
    places: Arc<Semaphore>,
}

impl Server {
    pub(crate) fn new(
        listener: std::net::TcpListener,
        store: Store,
        stage: Arc<Stage>,
        supervisor: &Supervisor,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener: TcpListener::from_std(listener)?,
            store,
            stage,
            spawner: supervisor.spawner(),
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        })
    }

    /// Accepts until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => self.attend(stream, stop.clone()),
                Err(error) => {
                    tracing::warn!(%error, "the mailbox could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn attend(&self, stream: TcpStream, stop: CancellationToken) {
        let place = self.places.clone().try_acquire_owned();
        let (store, stage) = (self.store.clone(), self.stage.clone());
        // Nobody waits for a connection to end but the supervisor, which tracks its task.
        drop(self.spawner.spawn(async move {
            let ended = match place {
                Ok(_place) => converse(stream, store, stage, stop).await,
                Err(_) => send_away(stream).await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "an SMTP connection broke");
            }
        }));
    }
}

async fn converse(
    stream: TcpStream,
    store: Store,
    stage: Arc<Stage>,
    stop: CancellationToken,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (input, output) = stream.into_split();
    Session::new(input, output, store, stage).run(stop).await
}

async fn send_away(mut stream: TcpStream) -> io::Result<()> {
    stream
        .write_all(smtp::reply::TOO_MANY_CONNECTIONS.as_bytes())
        .await?;
    stream.write_all(b"\r\n").await
}
