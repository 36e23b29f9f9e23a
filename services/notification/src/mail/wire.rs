//! A stream that lettre's session and we use in turns: the session for commands and replies, we for the mail itself.
//!
//! lettre copies a whole mail, octet by octet, to stuff its dots. A file that thousands of mails share has none to stuff
//! and is written from where it lies.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::poll_fn;
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a session expects before it says anything; after STARTTLS no server says it again.
const GREETING: &[u8] = b"220 encrypted\r\n";

/// Clones are the same stream.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<Inner>>);

struct Inner {
    stream: Box<dyn AsyncTokioStream>,
    /// Read before what the peer says.
    ahead: &'static [u8],
}

impl Wire {
    /// Over this stream.
    pub(crate) fn new(stream: impl AsyncTokioStream + 'static) -> Self {
        Self::with_ahead(stream, b"")
    }

    /// Over a stream whose server has given its greeting already, before it was encrypted.
    pub(crate) fn greeted(stream: impl AsyncTokioStream + 'static) -> Self {
        Self::with_ahead(stream, GREETING)
    }

    fn with_ahead(stream: impl AsyncTokioStream + 'static, ahead: &'static [u8]) -> Self {
        let stream = Box::new(stream);
        Self(Arc::new(Mutex::new(Inner { stream, ahead })))
    }

    /// Writes all pieces, one after the other, with as few calls as the stream takes.
    ///
    /// # Errors
    /// What the stream says.
    pub(crate) async fn write_all(&self, pieces: &[&[u8]]) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut rest = slices.as_mut_slice();
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            let written = poll_fn(|cx| self.with(|stream| stream.poll_write_vectored(cx, rest))).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut rest, written);
        }
        poll_fn(|cx| self.with(|stream| stream.poll_flush(cx))).await
    }

    fn with<T>(&self, work: impl FnOnce(Pin<&mut dyn AsyncTokioStream>) -> T) -> T {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(Pin::new(inner.stream.as_mut()))
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.with(|stream| stream.peer_addr())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.ahead.is_empty() {
            return Pin::new(inner.stream.as_mut()).poll_read(cx, buffer);
        }
        let (now, later) = inner.ahead.split_at(inner.ahead.len().min(buffer.remaining()));
        buffer.put_slice(now);
        inner.ahead = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.with(|stream| stream.poll_write(cx, buffer))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|stream| stream.poll_shutdown(cx))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}
