//! A relay that takes every mail, keeps none, and notes when it took it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::body;
use crate::error::BenchError;

const GREETING: &[u8] = b"220 sink.bench.example ESMTP\r\n";
const HELLO: &[u8] = b"250-sink.bench.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 31457280\r\n";
const OK: &[u8] = b"250 2.0.0 Ok\r\n";
const GO_AHEAD: &[u8] = b"354 End with a dot\r\n";
const BYE: &[u8] = b"221 2.0.0 Bye\r\n";
const MAIL_END: &[u8] = b"\r\n.\r\n";
const READ_AT_ONCE: usize = 64 * 1024;

/// When each signup was answered and its mail taken.
#[derive(Debug, Default)]
pub struct Journal {
    moments: Mutex<HashMap<u64, Moments>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Moments {
    answered: Option<Instant>,
    mailed: Option<Instant>,
}

/// How the mails of a time came.
#[derive(Debug, Clone, Copy)]
pub struct Mails {
    pub count: u64,
    /// From the first to the last.
    pub span: Duration,
}

/// The relay; ends with this value.
#[derive(Debug)]
pub struct Sink {
    pub address: SocketAddr,
    pub journal: Arc<Journal>,
    _server: JoinSet<()>,
}

impl Journal {
    /// The visitor has the answer.
    pub fn answered(&self, number: u64, at: Instant) {
        self.lock().entry(number).or_default().answered = Some(at);
    }

    fn mailed(&self, number: u64, at: Instant) {
        self.lock().entry(number).or_default().mailed.get_or_insert(at);
    }

    /// Mails that were taken of signups from this number on.
    pub fn mails_since(&self, number: u64) -> Mails {
        let moments = self.lock();
        let taken = moments
            .iter()
            .filter(|(known, _)| **known >= number)
            .filter_map(|(_, moments)| moments.mailed);
        let (mut count, mut first, mut last) = (0, None, None);
        for at in taken {
            count += 1;
            first = Some(first.map_or(at, |first: Instant| first.min(at)));
            last = Some(last.map_or(at, |last: Instant| last.max(at)));
        }
        let span = first
            .zip(last)
            .map_or(Duration::ZERO, |(first, last)| last - first);
        Mails { count, span }
    }

    /// From the answer to the mail, of all signups from this number on that have both; zero where the mail was first.
    pub fn delays_since(&self, number: u64) -> Vec<Duration> {
        let moments = self.lock();
        let delay = |moments: &Moments| Some(moments.mailed?.saturating_duration_since(moments.answered?));
        moments
            .iter()
            .filter(|(known, _)| **known >= number)
            .filter_map(|(_, moments)| delay(moments))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Moments>> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink {
    /// A sink on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self, BenchError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let journal = Arc::<Journal>::default();
        let mut server = JoinSet::new();
        server.spawn(accept(listener, Arc::clone(&journal)));
        Ok(Self {
            address,
            journal,
            _server: server,
        })
    }
}

async fn accept(listener: TcpListener, journal: Arc<Journal>) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let journal = Arc::clone(&journal);
        sessions.spawn(async move {
            // A client that goes away in the middle ends its session, which is all there is to do.
            let _gone = converse(stream, &journal).await;
        });
    }
}

async fn converse(stream: TcpStream, journal: &Journal) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(READ_AT_ONCE, stream);
    stream.write_all(GREETING).await?;
    let mut line = String::new();
    let mut recipient = None;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => stream.write_all(HELLO).await?,
            "RCPT" => {
                recipient = number_in(&line);
                stream.write_all(OK).await?;
            }
            "DATA" => {
                stream.write_all(GO_AHEAD).await?;
                skip_mail(&mut stream).await?;
                if let Some(number) = recipient.take() {
                    journal.mailed(number, Instant::now());
                }
                stream.write_all(OK).await?;
            }
            "QUIT" => return stream.write_all(BYE).await,
            _ => stream.write_all(OK).await?,
        }
    }
}

fn number_in(line: &str) -> Option<u64> {
    let (_, address) = line.split_once('<')?;
    body::number_of(address.split_once('>')?.0)
}

/// Until the dot. The client waits for our answer to it, so it can only stand at the end of what was read.
async fn skip_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut tail: Vec<u8> = b"\r\n".to_vec();
    while !tail.ends_with(MAIL_END) {
        let part = stream.fill_buf().await?;
        if part.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let read = part.len();
        tail.extend_from_slice(&part[read.saturating_sub(MAIL_END.len())..]);
        tail.drain(..tail.len().saturating_sub(MAIL_END.len()));
        stream.consume(read);
    }
    Ok(())
}
