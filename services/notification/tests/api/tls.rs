//! A relay with TLS and a login, as relays on the internet are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use notification::mail::relay::Relay;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use testkit::wait_until;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::samples::{asked, enquiry};
use crate::test_app::{SOON, Surroundings};

/// `anna@example.com` and `p:ä` as RFC 4616 writes them.
const LOGIN: &str = "AUTH PLAIN AGFubmFAZXhhbXBsZS5jb20AcDrDpA==";

const GREETING: &str = "250-relay\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN";

/// Takes mails of whoever has logged in over an encrypted connection.
pub struct TlsRelay {
    pub port: u16,
    pub certificate: String,
    taken: Arc<AtomicUsize>,
    _server: JoinSet<()>,
}

impl TlsRelay {
    pub async fn start(starttls: bool) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a server");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                sessions.spawn(session(client, acceptor.clone(), starttls, Arc::clone(&counter)));
            }
        });
        Self {
            port,
            certificate: cert.pem(),
            taken,
            _server: server,
        }
    }
}

/// Ends when the client hangs up or says what it may not say.
async fn session(
    client: TcpStream,
    acceptor: TlsAcceptor,
    starttls: bool,
    taken: Arc<AtomicUsize>,
) -> Option<()> {
    let client = if starttls {
        until_starttls(client).await?
    } else {
        client
    };
    let mut stream = BufStream::new(acceptor.accept(client).await.ok()?);
    if !starttls {
        say(&mut stream, "220 relay").await?;
    }
    let mut logged_in = false;
    loop {
        let line = hear(&mut stream).await?;
        match line.split(' ').next()? {
            "EHLO" => say(&mut stream, GREETING).await?,
            "AUTH" if line == LOGIN => {
                logged_in = true;
                say(&mut stream, "235 2.7.0 welcome").await?;
            }
            "MAIL" if logged_in => say(&mut stream, "250 2.1.0 ok").await?,
            "RCPT" => say(&mut stream, "250 2.1.5 ok").await?,
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                while hear(&mut stream).await? != "." {}
                taken.fetch_add(1, Ordering::SeqCst);
                say(&mut stream, "250 2.0.0 taken").await?;
            }
            _ => say(&mut stream, "530 5.7.0 not before you log in").await?,
        }
    }
}

async fn until_starttls(client: TcpStream) -> Option<TcpStream> {
    let mut stream = BufStream::new(client);
    say(&mut stream, "220 relay").await?;
    loop {
        match hear(&mut stream).await?.as_str() {
            "STARTTLS" => {
                say(&mut stream, "220 2.0.0 go ahead").await?;
                return Some(stream.into_inner());
            }
            line if line.starts_with("EHLO") => say(&mut stream, "250-relay\r\n250 STARTTLS").await?,
            _ => say(&mut stream, "530 5.7.0 must issue STARTTLS first").await?,
        }
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> Option<String> {
    let mut line = String::new();
    let octets = stream.read_line(&mut line).await.ok()?;
    (octets > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}

async fn mails_taken_by(server: &TlsRelay, url: &str, trusting: bool) {
    let around = Surroundings::new().await;
    let mut config = around.config();
    let relay = Relay::parse(url, "notification.example").expect("a relay");
    config.relays[0].relay = match trusting {
        true => relay
            .trusting(server.certificate.as_bytes())
            .expect("a certificate"),
        false => relay,
    };
    let app = around.start(config);
    app.publish(vec![asked(&enquiry("berta@example.com"))]).await;
    if trusting {
        wait_until("both mails taken", SOON, async || {
            server.taken.load(Ordering::SeqCst) == 2
        })
        .await;
    } else {
        app.wait_for_count(
            1,
            "select least(count(*), 1) from attempts where outcome = 'relay_fault'",
        )
        .await;
        assert_eq!(server.taken.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_relay_with_tls_from_the_first_octet_takes_mails_after_a_login() {
    let server = TlsRelay::start(false).await;
    let url = format!("smtps://anna%40example.com:p%3A%C3%A4@localhost:{}", server.port);
    mails_taken_by(&server, &url, true).await;
}

#[tokio::test]
async fn a_relay_with_starttls_takes_mails_after_a_login() {
    let server = TlsRelay::start(true).await;
    let url = format!(
        "smtp://anna%40example.com:p%3A%C3%A4@localhost:{}?tls=required",
        server.port
    );
    mails_taken_by(&server, &url, true).await;
}

/// Fails on a build that accepts every certificate: the login would go to whoever answers.
#[tokio::test]
async fn a_relay_whose_certificate_nobody_vouches_for_gets_neither_login_nor_mail() {
    let server = TlsRelay::start(false).await;
    let url = format!("smtps://anna%40example.com:p%3A%C3%A4@localhost:{}", server.port);
    mails_taken_by(&server, &url, false).await;
}

#[tokio::test]
async fn a_relay_without_starttls_gets_no_mail_where_it_is_required() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    let url = format!("smtp://{}?tls=required", around.relay.address());
    config.relays[0].relay = Relay::parse(&url, "notification.example").expect("a relay");
    let app = around.start(config);
    app.publish(vec![asked(&enquiry("berta@example.com"))]).await;
    app.wait_for_count(
        1,
        "select least(count(*), 1) from attempts where outcome = 'relay_fault'",
    )
    .await;
    assert!(app.around.mailbox.messages().is_empty());
}
