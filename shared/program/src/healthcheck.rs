use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;
use settings::exit_code;

use crate::serve::loopback;
use crate::{Failure, Outcome, Ports};

/// A process that does not answer by then is not well.
const LIMIT: Duration = Duration::from_secs(2);

/// Where the service's admin port is; the same setting as of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Healthcheck {
    /// Address and port of the admin API
    #[arg(long, env = "ADMIN_LISTEN")]
    admin_listen: Option<SocketAddr>,
    /// Ask whether it can take work (/readyz), not only whether it lives (/livez)
    #[arg(long)]
    ready: bool,
}

/// Asks the service on this machine whether it lives.
///
/// # Errors
/// Exit code 69 when it does not answer, or does not answer 200.
pub fn healthcheck(args: &Healthcheck, ports: Ports) -> Outcome {
    let listen = args.admin_listen.unwrap_or(loopback(ports.admin));
    let path = if args.ready { "/readyz" } else { "/livez" };
    let address = reachable(listen);
    let wrong = |words: String| Failure::new(exit_code::UNAVAILABLE, words);
    let answer = ask(address, path).map_err(|error| wrong(format!("{address} does not answer: {error}")))?;
    if answer.starts_with("HTTP/1.1 200 ") {
        return Ok(());
    }
    let status = answer.lines().next().unwrap_or("nothing");
    Err(wrong(format!("{address}{path} answers {status}")))
}

/// A service that listens on every address is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut answer = String::new();
    stream.take(4_096).read_to_string(&mut answer)?;
    Ok(answer)
}
