use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A body may take 10 s; by then, and some seconds for a busy machine, every connection must be closed.
const CLOSED_AFTER: Duration = Duration::from_secs(20);

/// What came back on a connection until it was closed.
pub struct Answer {
    /// 0 where nothing came.
    pub status: u16,
    text: String,
}

impl Answer {
    /// Sends these bytes as they are, then `more` again and again as long as they are taken, and reads all that comes.
    pub(super) async fn to(address: SocketAddr, bytes: &[u8], more: Option<&[u8]>) -> Answer {
        let stream = TcpStream::connect(address).await.expect("the site is there");
        let (mut read, mut write) = stream.into_split();
        let send = async {
            let mut open = write.write_all(bytes).await.is_ok();
            while let Some(more) = more.filter(|_| open) {
                open = write.write_all(more).await.is_ok();
            }
        };
        let receive = async {
            let mut bytes = Vec::new();
            // A reset ends it as well as a close does.
            let _ = read.read_to_end(&mut bytes).await;
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let both = async { tokio::join!(send, receive).1 };
        let text = timeout(CLOSED_AFTER, both).await;
        Answer::read(text.unwrap_or_else(|_| panic!("still open after {CLOSED_AFTER:?}")))
    }

    fn read(text: String) -> Answer {
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
        Answer {
            status: status.unwrap_or_default(),
            text,
        }
    }

    /// The value of a header field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether this stands anywhere in it, head or body.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// Neither taken nor our own fault.
    #[must_use]
    pub fn blames_the_sender(&self) -> bool {
        (400..500).contains(&self.status)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text[..self.text.floor_char_boundary(600)])
    }
}
