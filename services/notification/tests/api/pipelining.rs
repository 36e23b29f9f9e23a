//! Relays that take commands ahead of their replies (RFC 2920), and relays that do not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::wait_until;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::samples::{asked, enquiry};
use crate::test_app::{SOON, Surroundings, TestApp, relay_at};

/// Takes mails, after it has answered their commands as it is told to.
struct Relay {
    address: SocketAddr,
    taken: Arc<AtomicUsize>,
    _server: JoinSet<()>,
}

/// What a relay does.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Offers pipelining, and answers nothing before it has heard `DATA`.
    HearsAllFirst,
    /// Offers pipelining, refuses each recipient, and wants the mail all the same, as RFC 2920 §3.1 lets it.
    RefusesAndGoesOn,
    /// Offers nothing, and hangs up on whoever says more than one command at a time.
    OneAtATime,
}

impl Relay {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                sessions.spawn(session(client, manner, Arc::clone(&counter)));
            }
        });
        Self {
            address,
            taken,
            _server: server,
        }
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

/// Ends when the client hangs up or says too much at once.
async fn session(client: TcpStream, manner: Manner, taken: Arc<AtomicUsize>) -> Option<()> {
    let mut stream = BufReader::new(client);
    say(&mut stream, "220 relay").await?;
    let recipient = match manner {
        Manner::RefusesAndGoesOn => "550 5.1.1 nobody of that name",
        Manner::HearsAllFirst | Manner::OneAtATime => "250 2.1.5 ok",
    };
    let mut held_back = String::new();
    loop {
        let line = hear(&mut stream).await?;
        if matches!(manner, Manner::OneAtATime) && !stream.buffer().is_empty() {
            return None;
        }
        match line.split([' ', ':']).next()? {
            "EHLO" if matches!(manner, Manner::OneAtATime) => say(&mut stream, "250 relay").await?,
            "EHLO" => say(&mut stream, "250-relay\r\n250 PIPELINING").await?,
            "MAIL" if matches!(manner, Manner::HearsAllFirst) => held_back.push_str("250 2.1.0 ok\r\n"),
            "MAIL" => say(&mut stream, "250 2.1.0 ok").await?,
            "RCPT" if matches!(manner, Manner::HearsAllFirst) => held_back.push_str("250 2.1.5 ok\r\n"),
            "RCPT" => say(&mut stream, recipient).await?,
            "DATA" => {
                say(
                    &mut stream,
                    &format!("{}354 go on", std::mem::take(&mut held_back)),
                )
                .await?;
                while hear(&mut stream).await? != "." {}
                taken.fetch_add(1, Ordering::SeqCst);
                say(&mut stream, "250 2.0.0 taken").await?;
            }
            _ => say(&mut stream, "500 5.5.1 what?").await?,
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let octets = stream.read_line(&mut line).await.ok()?;
    (octets > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}

/// Mails a question's two mails by this relay.
async fn ask_by(relay: &Relay) -> TestApp {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.relays = vec![relay_at(&relay.address.to_string(), 1)];
    let app = around.start(config);
    app.publish(vec![asked(&enquiry("berta@example.com"))]).await;
    app
}

#[tokio::test]
async fn a_relay_that_offers_it_has_all_commands_of_a_mail_before_it_answers_the_first() {
    let relay = Relay::start(Manner::HearsAllFirst).await;
    let _app = ask_by(&relay).await;
    wait_until("both mails taken", SOON, async || relay.taken() == 2).await;
}

#[tokio::test]
async fn a_relay_that_does_not_offer_it_hears_one_command_at_a_time() {
    let relay = Relay::start(Manner::OneAtATime).await;
    let _app = ask_by(&relay).await;
    wait_until("both mails taken", SOON, async || relay.taken() == 2).await;
}

#[tokio::test]
async fn a_relay_that_refuses_the_recipient_and_still_wants_the_mail_does_not_get_it() {
    let relay = Relay::start(Manner::RefusesAndGoesOn).await;
    let app = ask_by(&relay).await;
    app.wait_for_count(
        2,
        "select least(count(*), 2) from attempts
         where reply_code = 550 and stage = 'recipient' and outcome = 'recipient_bad'",
    )
    .await;
    assert_eq!(relay.taken(), 0);
}
