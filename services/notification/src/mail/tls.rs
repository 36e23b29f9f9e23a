//! TLS on a connection of our own, from the first octet or after STARTTLS.
//!
//! lettre's own way to connect leaves Nagle's algorithm on (44 ms a mail), and what it encrypts by STARTTLS is out of our
//! reach. So the wrapping is done here with its stream type, and the result handed in as a ready connection.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

#[expect(
    deprecated,
    reason = "lettre has no other public way to wrap a stream of one's own in its TLS"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};

use crate::mail::wire::Wire;

/// An encrypted connection.
#[expect(deprecated, reason = "as above")]
pub(crate) struct TlsConnection {
    stream: Compat<AsyncNetworkStream>,
    peer: SocketAddr,
}

impl TlsConnection {
    /// Makes the handshake.
    ///
    /// # Errors
    /// What the handshake or the peer says.
    #[expect(deprecated, reason = "as above")]
    pub(crate) async fn handshake(plain: Wire, parameters: TlsParameters) -> io::Result<Self> {
        let peer = plain.peer_addr()?;
        let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(plain));
        stream.upgrade_tls(parameters).await.map_err(io::Error::other)?;
        Ok(Self {
            stream: stream.compat(),
            peer,
        })
    }

    /// The peer's own certificate, in DER.
    pub(crate) fn certificate(&self) -> Option<Vec<u8>> {
        self.stream.get_ref().peer_certificate().ok()
    }
}

impl AsyncTokioStream for TlsConnection {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for TlsConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for TlsConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl fmt::Debug for TlsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnection")
    }
}
