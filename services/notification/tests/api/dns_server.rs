//! A DNS server that knows one zone, on a port of its own.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use mail_auth::hickory_resolver::proto::op::{Message, ResponseCode};
use mail_auth::hickory_resolver::proto::rr::rdata::{A, AAAA, MX, PTR, TXT};
use mail_auth::hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

const TTL: u32 = 60;
/// Octets of one string of a TXT record.
const STRING_MAX: usize = 255;

/// What the server says. A name that is not in it does not exist.
#[derive(Clone, Default)]
pub struct Zone(HashMap<Name, Vec<RData>>);

/// Ends with this value.
pub struct DnsServer {
    pub address: SocketAddr,
    _server: JoinSet<()>,
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).expect("a name")
}

impl Zone {
    fn with(mut self, at: Name, data: RData) -> Self {
        self.0.entry(at).or_default().push(data);
        self
    }

    pub fn text(self, at: &str, text: &str) -> Self {
        let strings = text
            .as_bytes()
            .chunks(STRING_MAX)
            .map(|part| String::from_utf8_lossy(part).into_owned());
        self.with(name(at), RData::TXT(TXT::new(strings.collect())))
    }

    pub fn mail_host(self, at: &str, host: &str) -> Self {
        self.with(name(at), RData::MX(MX::new(10, name(host))))
    }

    pub fn address(self, at: &str, address: &str) -> Self {
        let data = match address.parse().expect("an address") {
            IpAddr::V4(v4) => RData::A(A(v4)),
            IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
        };
        self.with(name(at), data)
    }

    /// The name of an address, whether or not it leads back.
    pub fn pointer(self, address: &str, host: &str) -> Self {
        let address: IpAddr = address.parse().expect("an address");
        self.with(Name::from(address), RData::PTR(PTR(name(host))))
    }

    /// Without what was said of a name.
    pub fn without(mut self, at: &str) -> Self {
        self.0.remove(&name(at));
        self
    }

    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let question = Message::from_vec(question).ok()?;
        let query = question.queries.first()?.clone();
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.add_query(query.clone());
        let Some(known) = self.0.get(&query.name().to_lowercase()) else {
            answer.metadata.response_code = ResponseCode::NXDomain;
            return answer.to_vec().ok();
        };
        let wanted =
            |data: &&RData| data.record_type() == query.query_type() || query.query_type() == RecordType::ANY;
        for data in known.iter().filter(wanted) {
            answer.add_answer(Record::from_rdata(query.name().clone(), TTL, data.clone()));
        }
        answer.to_vec().ok()
    }
}

impl DnsServer {
    /// Whoever listens there.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            address,
            _server: JoinSet::new(),
        }
    }

    pub async fn start(zone: Zone) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("bound");
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut packet = [0; 4096];
            while let Ok((octets, client)) = socket.recv_from(&mut packet).await {
                if let Some(answer) = zone.answer(&packet[..octets]) {
                    let _ = socket.send_to(&answer, client).await;
                }
            }
        });
        Self {
            address,
            _server: server,
        }
    }
}
