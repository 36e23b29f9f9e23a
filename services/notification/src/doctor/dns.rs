//! Questions to DNS.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::net::NetError;
use mail_auth::hickory_resolver::proto::rr::RData;
use mail_auth::hickory_resolver::system_conf::read_system_conf;

/// For one server to answer one question.
const TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;

/// A resolver, and the library that judges by what it says.
pub struct Dns(pub(super) MessageAuthenticator);

/// No answer, which is not the same as the answer that there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DNS does not answer: {0}")]
pub struct DnsError(String);

/// Where mails for a domain go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MailHost {
    pub(super) preference: u16,
    /// Without the dot at the end; empty where the domain takes no mail (RFC 7505).
    pub(super) name: String,
}

impl Dns {
    /// Asks this server, or those of the system.
    ///
    /// # Errors
    /// The system's settings cannot be read.
    pub fn new(server: Option<SocketAddr>) -> Result<Self, DnsError> {
        let (config, mut options) = match server {
            Some(server) => (only(server), ResolverOpts::default()),
            None => read_system_conf()?,
        };
        options.timeout = TIMEOUT;
        options.attempts = ATTEMPTS;
        Ok(Self(MessageAuthenticator::new(config, options)?))
    }

    /// The TXT records of a name, the strings of each put together.
    pub(super) async fn texts(&self, name: &str) -> Result<Vec<String>, DnsError> {
        let found = self.0.0.txt_lookup(rooted(name)).await;
        let text = |data: &RData| match data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        };
        or_nothing(found.map(|found| {
            found
                .answers()
                .iter()
                .filter_map(|record| text(&record.data))
                .collect()
        }))
    }

    /// The MX records of a domain, the first to ask first.
    pub(super) async fn mail_hosts(&self, domain: &str) -> Result<Vec<MailHost>, DnsError> {
        let found = self.0.0.mx_lookup(rooted(domain)).await;
        let host = |data: &RData| match data {
            RData::MX(mx) => Some(MailHost {
                preference: mx.preference,
                name: mx.exchange.to_ascii().trim_end_matches('.').to_owned(),
            }),
            _ => None,
        };
        let found = found.map(|found| {
            found
                .answers()
                .iter()
                .filter_map(|record| host(&record.data))
                .collect()
        });
        let mut hosts: Vec<MailHost> = or_nothing(found)?;
        hosts.sort_by_key(|host| host.preference);
        Ok(hosts)
    }

    /// The addresses of a host; of an address itself.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let found = self.0.0.lookup_ip(rooted(host)).await;
        or_nothing(found.map(|found| found.iter().collect()))
    }
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dns")
    }
}

impl From<NetError> for DnsError {
    fn from(error: NetError) -> Self {
        Self(error.to_string())
    }
}

/// No search list of the system's is to be tried.
fn rooted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

fn or_nothing<T>(found: Result<Vec<T>, NetError>) -> Result<Vec<T>, DnsError> {
    match found {
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        found => Ok(found?),
    }
}

fn only(server: SocketAddr) -> ResolverConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = server.port();
    }
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections)])
}
