use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::error::BenchError;

const HEAD_END: &[u8] = b"\r\n\r\n";
const LENGTH: &str = "content-length:";

/// One kept connection, with one request under way at a time.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    received: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(to: SocketAddr) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            request: Vec::with_capacity(1024),
            received: Vec::with_capacity(4096),
        })
    }

    /// Posts a body as `POST /v1/signups` and returns the status of the answer, once all of it is here.
    pub(super) async fn post(&mut self, body: &str) -> Result<u16, BenchError> {
        self.request.clear();
        let head = format!(
            "POST /v1/signups HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.request).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<u16, BenchError> {
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(BenchError::Answer("the connection was closed"));
            }
            if let Some((status, length)) = answer_of(&self.received)?
                && self.received.len() >= length
            {
                return Ok(status);
            }
        }
    }
}

/// Status and length with the body of an answer (RFC 9112), once its head is complete.
fn answer_of(received: &[u8]) -> Result<Option<(u16, usize)>, BenchError> {
    let Some(end) = received.windows(HEAD_END.len()).position(|part| part == HEAD_END) else {
        return Ok(None);
    };
    let head =
        std::str::from_utf8(&received[..end]).map_err(|_| BenchError::Answer("a head that is no text"))?;
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status = status.ok_or(BenchError::Answer("no status"))?;
    let length = head.lines().find_map(content_length);
    let length = length.ok_or(BenchError::Answer("no Content-Length"))?;
    Ok(Some((status, end + HEAD_END.len() + length)))
}

fn content_length(line: &str) -> Option<usize> {
    let name = line.get(..LENGTH.len())?;
    let value = line.get(LENGTH.len()..)?;
    name.eq_ignore_ascii_case(LENGTH)
        .then(|| value.trim().parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::answer_of;

    #[test]
    fn an_answer_is_as_long_as_its_head_says() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(answer_of(answer).unwrap(), Some((202, answer.len())));
    }

    #[test]
    fn half_a_head_is_waited_for() {
        assert_eq!(answer_of(b"HTTP/1.1 202 Accepted\r\nContent-").unwrap(), None);
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        assert!(answer_of(b"HTTP/1.1 202 Accepted\r\n\r\n").is_err());
    }
}
