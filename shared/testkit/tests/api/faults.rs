//! A network that fails on demand.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use testkit::{Fault, FaultProxy, Upstream, database};

/// Longer than anything on one machine takes, shorter than a test's patience.
const MOMENT: Duration = Duration::from_millis(200);

/// A proxy in front of a server that sends back what it gets.
fn proxied_echo() -> FaultProxy {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    FaultProxy::start(Upstream::Tcp(address))
}

fn client(proxy: &FaultProxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).expect("the proxy listens");
    stream.set_read_timeout(Some(MOMENT)).expect("a timeout");
    stream
}

fn echo(mut stream: &TcpStream, text: &str) -> Result<String, ErrorKind> {
    stream.write_all(text.as_bytes()).map_err(|error| error.kind())?;
    receive(stream, text.len())
}

fn receive(mut stream: &TcpStream, length: usize) -> Result<String, ErrorKind> {
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).map_err(|error| error.kind())?;
    Ok(String::from_utf8(answer).expect("text"))
}

#[tokio::test]
async fn without_a_fault_all_bytes_pass_and_a_closed_half_is_passed_on() {
    let proxy = proxied_echo();
    let mut stream = client(&proxy);
    assert_eq!(echo(&stream, "hello").unwrap(), "hello");
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[tokio::test]
async fn a_refusing_network_resets_open_connections_and_takes_no_new_ones_until_it_passes_again() {
    let proxy = proxied_echo();
    let open = client(&proxy);
    assert!(echo(&open, "hello").is_ok());
    proxy.set(Fault::Refuse).await;
    assert_eq!(receive(&open, 1), Err(ErrorKind::ConnectionReset));
    assert_eq!(
        TcpStream::connect(proxy.address()).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    proxy.set(Fault::Pass).await;
    assert_eq!(echo(&client(&proxy), "again").unwrap(), "again");
}

#[tokio::test]
async fn a_black_hole_swallows_nothing_but_time() {
    let proxy = proxied_echo();
    let open = client(&proxy);
    assert!(echo(&open, "hello").is_ok());
    proxy.set(Fault::BlackHole).await;
    let fresh = client(&proxy);
    assert_eq!(echo(&open, "late"), Err(ErrorKind::WouldBlock));
    assert_eq!(echo(&fresh, "too"), Err(ErrorKind::WouldBlock));
    proxy.set(Fault::Pass).await;
    open.set_read_timeout(None).unwrap();
    fresh.set_read_timeout(None).unwrap();
    assert_eq!(receive(&open, 4).unwrap(), "late");
    assert_eq!(receive(&fresh, 3).unwrap(), "too");
}

#[tokio::test]
async fn a_connection_is_cut_after_exactly_so_many_bytes() {
    let proxy = proxied_echo();
    proxy.set(Fault::CutAfter(8)).await;
    let mut stream = client(&proxy);
    stream.write_all(b"12345").unwrap();
    assert_eq!(receive(&stream, 3).unwrap(), "123");
    assert!(receive(&stream, 1).is_err());
}

#[tokio::test]
async fn latency_is_added_in_each_direction() {
    let proxy = proxied_echo();
    proxy.set(Fault::Latency(MOMENT / 4)).await;
    let stream = client(&proxy);
    stream.set_read_timeout(None).unwrap();
    let begun = Instant::now();
    assert_eq!(echo(&stream, "slow").unwrap(), "slow");
    assert!(begun.elapsed() >= MOMENT / 2);
}

#[tokio::test]
async fn a_rate_lets_so_many_bytes_pass_in_a_second() {
    let proxy = proxied_echo();
    proxy.set(Fault::Rate(100)).await;
    let stream = client(&proxy);
    stream.set_read_timeout(None).unwrap();
    let begun = Instant::now();
    assert_eq!(echo(&stream, "1234567890").unwrap(), "1234567890");
    assert!(begun.elapsed() >= Duration::from_millis(200), "100 ms each way");
}

#[tokio::test]
async fn a_reply_is_swallowed_although_what_was_asked_arrived_in_two_pieces() {
    let proxy = proxied_echo();
    proxy.set(Fault::SwallowReplyTo(b"COMMIT")).await;
    let mut stream = client(&proxy);
    assert_eq!(echo(&stream, "BEGIN").unwrap(), "BEGIN");
    assert_eq!(echo(&stream, "COM").unwrap(), "COM");
    stream.write_all(b"MIT").unwrap();
    assert_eq!(receive(&stream, 1), Err(ErrorKind::ConnectionReset));
    assert_eq!(
        echo(&client(&proxy), "again").unwrap(),
        "again",
        "only that connection"
    );
}

#[tokio::test]
async fn a_database_is_reached_through_a_proxy() {
    let database = database("signup").await;
    let proxy = FaultProxy::start(database.upstream());
    let mut connection = PgConnection::connect(&database.url_through(&proxy))
        .await
        .unwrap();
    let name: String = sqlx::query_scalar("select current_database()::text")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(database.url().ends_with(&name));
    proxy.set(Fault::Refuse).await;
    assert!(connection.ping().await.is_err());
}
