//! Bounces as a mail server delivers them (RFC 2033), by a raw socket.

use std::net::SocketAddr;
use std::time::Duration;

use contracts::notification::State;
use notification::config::LmtpConfig;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use proptest::{collection, sample};
use testkit::{Fault, FaultProxy, wait_until};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::bounces::{return_path, unknown_user};
use crate::samples::{asked, enquiry, signup};
use crate::test_app::{SOON, Surroundings, TestApp};

const SUPPRESSED: &str = "select count(*) from suppressions where active";

fn lmtp(silence: Duration) -> Option<LmtpConfig> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Some(LmtpConfig { listen, silence })
}

async fn start() -> TestApp {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.lmtp = lmtp(Duration::from_secs(60));
    around.start(config)
}

/// A mail server's side of a connection.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(app: &TestApp) -> Self {
        let address = app.app.lmtp_address().expect("LMTP is on");
        let stream = TcpStream::connect(address).await.expect("somebody listens");
        Self(BufReader::new(stream))
    }

    /// As far as `LHLO`.
    async fn hello(app: &TestApp) -> Self {
        let mut client = Self::connect(app).await;
        assert!(client.reply().await.starts_with("220 "));
        let hello = client.say("LHLO mx.example\r\n").await;
        for extension in ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SIZE 10485760"] {
            assert!(hello.contains(extension), "{hello}");
        }
        client
    }

    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("sent");
    }

    /// The next reply, all its lines; empty at the end.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(SOON, self.0.read_line(&mut line)).await;
            let length = read.expect("an answer in time").expect("a line");
            reply.push_str(&line);
            if length == 0 || line.as_bytes().get(3) != Some(&b'-') {
                return reply;
            }
        }
    }

    async fn say(&mut self, text: &str) -> String {
        self.write(text).await;
        self.reply().await
    }

    /// A mail to these recipients; answers the reply for each.
    async fn deliver(&mut self, recipients: &[&str], mail: &str) -> Vec<String> {
        assert!(self.say("MAIL FROM:<>\r\n").await.starts_with("250 "));
        for recipient in recipients {
            let reply = self.say(&format!("RCPT TO:<{recipient}>\r\n")).await;
            assert!(reply.starts_with("250 "), "{reply}");
        }
        assert!(self.say("DATA\r\n").await.starts_with("354 "));
        self.write(&format!("{mail}.\r\n")).await;
        let mut replies = Vec::new();
        for _ in recipients {
            replies.push(self.reply().await);
        }
        replies
    }
}

/// The bounce address of an acknowledged enquiry's team mail, and of a lead's mail.
async fn addresses(app: &TestApp) -> (String, String) {
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;
    app.told(enquiry.enquiry_id, State::Accepted).await;
    let team = return_path(app, "sales@course.example").await;
    app.store_offer(contracts::offer::DeliveryMode::Link).await;
    let signup = signup("anna@example.com");
    app.publish(vec![crate::samples::accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    let mails = app.mails_to("anna@example.com");
    let lead = mails.iter().map(|mail| mail.outline.envelope.from.clone());
    (
        team,
        lead.into_iter()
            .find(|from| !from.is_empty())
            .expect("a mail with a sender"),
    )
}

#[tokio::test]
async fn a_bounce_is_taken_for_each_recipient_and_durable_at_its_250() {
    let app = start().await;
    let (team, lead) = addresses(&app).await;
    let mut client = Client::hello(&app).await;
    let mail = unknown_user("somebody@course.example", "anna@example.com");
    let replies = client.deliver(&["abuse@course.example", &lead], &mail).await;
    assert!(
        replies.iter().all(|reply| reply.starts_with("250 2.")),
        "{replies:?}"
    );
    assert_eq!(app.count(SUPPRESSED).await, 1);
    assert_eq!(
        app.count("select count(*) from suppressions where source = 'lmtp'")
            .await,
        1
    );

    let replies = client.deliver(&[&lead], &mail).await;
    assert!(replies[0].starts_with("250 2."), "again: {replies:?}");
    assert_eq!(app.count("select count(*) from bounces").await, 1);

    client
        .deliver(&[&team], &unknown_user(&team, "sales@course.example"))
        .await;
    app.mail_to("office@course.example").await;
    assert_eq!(app.count(SUPPRESSED).await, 1, "the team's is none");
    assert!(client.say("QUIT\r\n").await.starts_with("221 "));
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn commands_in_one_go_are_answered_in_order() {
    let app = start().await;
    let mut client = Client::connect(&app).await;
    let mail = unknown_user("nobody@course.example", "anna@example.com");
    client
        .write(&format!(
            "LHLO mx.example\r\nMAIL FROM:<> SIZE=2000\r\nRCPT TO:<a@course.example>\r\nRCPT TO:<none>\r\n\
             RCPT TO:<b@course.example>\r\nDATA\r\n{mail}.\r\nNOOP\r\nQUIT\r\n"
        ))
        .await;
    let mut text = String::new();
    tokio::time::timeout(SOON, client.0.read_to_string(&mut text))
        .await
        .expect("in time")
        .expect("read");
    let codes: Vec<&str> = text
        .lines()
        .filter(|line| line.as_bytes().get(3) == Some(&b' '))
        .map(|line| &line[..3])
        .collect();
    assert_eq!(
        codes,
        [
            "220", "250", "250", "250", "553", "250", "354", "250", "250", "250", "221"
        ],
        "{text}"
    );
}

#[tokio::test]
async fn a_mail_that_is_too_big_is_refused_and_the_next_one_is_taken() {
    let app = start().await;
    let mut client = Client::hello(&app).await;
    let reply = client.say("MAIL FROM:<> SIZE=10485761\r\n").await;
    assert!(reply.starts_with("552 "), "{reply}");
    let line = format!("{}\r\n", "x".repeat(900));
    let replies = client
        .deliver(&["a@course.example", "b@course.example"], &line.repeat(12_000))
        .await;
    assert!(
        replies.iter().all(|reply| reply.starts_with("552 5.3.4")),
        "{replies:?}"
    );
    let odd = format!("Subject: a\rb\r\n\r\nc\nd\r\n.\r\n{}\r\n", "x".repeat(5_000));
    let replies = client
        .deliver(&["a@course.example"], &odd.replace("\r\n.\r\n", "\r\n..\r\n"))
        .await;
    assert!(
        replies[0].starts_with("250 "),
        "nothing is passed on, so odd lines do no harm: {replies:?}"
    );
}

#[tokio::test]
async fn what_is_no_lmtp_is_refused_and_the_order_is_kept() {
    let app = start().await;
    let mut client = Client::connect(&app).await;
    client.reply().await;
    for (said, code) in [
        ("EHLO mx.example", "500"),
        ("MAIL FROM:<>", "503"),
        ("LHLO mx.example", "250"),
        ("RCPT TO:<a@course.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:<>", "250"),
        ("MAIL FROM:<>", "503"),
        ("DATA", "503"),
        ("RSET", "250"),
        ("BDAT 3", "500"),
        ("VRFY anna", "252"),
    ] {
        let reply = client.say(&format!("{said}\r\n")).await;
        assert!(reply.starts_with(code), "{said}: {reply}");
    }
}

#[tokio::test]
async fn a_silent_client_is_sent_away() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.lmtp = lmtp(Duration::from_millis(200));
    let app = around.start(config);
    let mut client = Client::hello(&app).await;
    assert!(client.reply().await.starts_with("421 4.4.2"));
    assert_eq!(client.reply().await, "");
    let mut client = Client::hello(&app).await;
    client
        .write("MAIL FROM:<>\r\nRCPT TO:<a@course.example>\r\nDATA\r\nSubject: x\r\n")
        .await;
    for code in ["250", "250", "354", "421"] {
        assert!(client.reply().await.starts_with(code));
    }
}

#[tokio::test]
async fn one_connection_too_many_is_sent_away_and_a_place_comes_free() {
    let app = start().await;
    let mut clients = Vec::new();
    for _ in 0..32 {
        clients.push(Client::hello(&app).await);
    }
    assert!(Client::connect(&app).await.reply().await.starts_with("421 4.7.0"));
    drop(clients);
    wait_until("a place", SOON, async || {
        Client::connect(&app).await.reply().await.starts_with("220")
    })
    .await;
}

#[tokio::test]
async fn while_the_database_is_away_the_mail_server_is_asked_to_come_again() {
    let around = Surroundings::new().await;
    let proxy = FaultProxy::start(around.database.upstream());
    let mut config = around.config();
    config.database = crate::test_app::database_through(&around.database, &proxy);
    config.lmtp = lmtp(Duration::from_secs(60));
    let app = around.start(config);
    let (_, lead) = addresses(&app).await;
    proxy.set(Fault::Refuse).await;
    let mut client = Client::hello(&app).await;
    let mail = unknown_user(&lead, "anna@example.com");
    let replies = client.deliver(&[&lead], &mail).await;
    assert!(replies[0].starts_with("451 4."), "{replies:?}");
    proxy.set(Fault::Pass).await;
    wait_until("taken", SOON, async || {
        let mut client = Client::hello(&app).await;
        client.deliver(&[&lead], &mail).await[0].starts_with("250")
    })
    .await;
    assert_eq!(app.count(SUPPRESSED).await, 1);
}

#[tokio::test]
async fn a_stop_says_goodbye_between_two_commands() {
    let app = start().await;
    let mut client = Client::hello(&app).await;
    app.supervisor.request_stop();
    app.supervisor.token().cancel();
    assert!(client.reply().await.starts_with("421 4.3.2"));
    assert_eq!(client.reply().await, "");
}

/// What a client can say, to be put together in any order.
const SAID: [&str; 20] = [
    "LHLO a\r\n",
    "EHLO a\r\n",
    "MAIL FROM:<>\r\n",
    "MAIL FROM:<a@b.example> SIZE=99999999999\r\n",
    "RCPT TO:<a@course.example>\r\n",
    "RCPT TO:<b-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@course.example>\r\n",
    "RCPT TO:<\"\r\n",
    "DATA\r\n",
    ".\r\n",
    "..\r\n",
    "\r\n.\r\n",
    ".\n",
    "\n",
    "\r",
    "RSET\r\n",
    "NOOP x\r\n",
    "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n",
    "Subject: \u{0}\u{202e}é\r\n",
    "BDAT 99999999 LAST\r\n",
    "QUIT\r\n",
];

/// Catches a session that falls silent, says what is no reply, or takes the service down with it.
#[tokio::test]
async fn whatever_a_client_says_it_hears_replies_to_the_end_and_the_next_one_is_served() {
    let app = start().await;
    let mut runner = TestRunner::deterministic();
    let sessions = collection::vec(sample::select(&SAID[..]), 1..40);
    for _ in 0..150 {
        let said = sessions
            .new_tree(&mut runner)
            .expect("a session")
            .current()
            .concat();
        let mut client = Client::connect(&app).await;
        client.write(&said).await;
        client.0.get_mut().shutdown().await.expect("no more is said");
        let mut heard = String::new();
        let read = tokio::time::timeout(SOON, client.0.read_to_string(&mut heard)).await;
        read.expect("it ends").expect("replies are text");
        for line in heard.lines() {
            let (code, rest) = line.split_at_checked(3).unwrap_or_default();
            let is_reply = code.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with([' ', '-']);
            assert!(is_reply && "2345".contains(&code[..1]), "{said:?}: {line}");
        }
        assert!(
            heard.starts_with("220 ") && heard.ends_with("\r\n"),
            "{said:?}: {heard}"
        );
    }
    Client::hello(&app).await;
    assert_eq!(app.count(SUPPRESSED).await, 0);
}
