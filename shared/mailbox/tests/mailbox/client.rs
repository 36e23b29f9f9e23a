//! The sending end of SMTP, as plain as can be, so that a test decides every octet.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

pub struct SmtpClient {
    stream: BufReader<TcpStream>,
}

impl SmtpClient {
    /// Connects and says EHLO.
    pub async fn connect(addr: SocketAddr) -> Self {
        let mut client = Self::open(addr).await;
        let greeting = client.reply().await;
        assert!(greeting.starts_with("220 "), "{greeting}");
        let hello = client.say("EHLO test").await;
        assert!(hello.starts_with("250-"), "{hello}");
        client
    }

    /// Connects only.
    pub async fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.expect("a connection");
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub async fn write(&mut self, octets: &[u8]) {
        self.stream
            .get_mut()
            .write_all(octets)
            .await
            .expect("the server takes input");
    }

    /// The next reply with all its lines, without the last line end; empty when the server has hung up.
    pub async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            let read = timeout(PATIENCE, self.stream.read_line(&mut reply))
                .await
                .expect("a reply in time");
            if read.unwrap_or(0) == 0 || reply.as_bytes().get(start + 3) != Some(&b'-') {
                return reply.trim_end().to_owned();
            }
        }
    }

    /// One command and its reply.
    pub async fn say(&mut self, command: &str) -> String {
        self.write(format!("{command}\r\n").as_bytes()).await;
        self.reply().await
    }

    /// A whole mail; the reply to it, or the first reply that is not the expected one.
    pub async fn send(&mut self, from: &str, to: &[&str], mail: &str) -> String {
        let reply = self.say(&format!("MAIL FROM:<{from}>")).await;
        if !reply.starts_with("250 ") {
            return reply;
        }
        for recipient in to {
            let reply = self.say(&format!("RCPT TO:<{recipient}>")).await;
            if !reply.starts_with("250 ") {
                return reply;
            }
        }
        self.data(mail).await
    }

    /// DATA with the mail as it is: no dots are stuffed.
    pub async fn data(&mut self, mail: &str) -> String {
        let reply = self.say("DATA").await;
        if !reply.starts_with("354 ") {
            return reply;
        }
        self.write(mail.as_bytes()).await;
        self.say(".").await
    }
}
