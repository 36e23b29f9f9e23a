use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR};
use actix_web::{FromRequest, HttpRequest, web};
use ipnet::IpNet;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Networks of our own load balancers. Only what they put into `X-Forwarded-For` is believed; `Forwarded` and
/// `X-Real-IP` never are.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub fn new(networks: Vec<IpNet>) -> TrustedProxies {
        TrustedProxies(networks)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Walks from our own socket to the left, hop by hop, and stops at the first one that is not ours. What stands
    /// further left was written by strangers.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return nearest;
        }
        let lines: Vec<&str> = headers
            .get_all(X_FORWARDED_FOR)
            .map(|line| line.to_str().unwrap_or_default())
            .collect();
        for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
            let Some(address) = hop_address(hop) else { break };
            nearest = address;
            if !self.trusts(nearest) {
                break;
            }
        }
        nearest
    }
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    let address = bare
        .parse()
        .or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// Who sent the request, as far as we can know. Personal data: for rate limits and consent evidence, never for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub fn of(request: &HttpRequest) -> ClientAddress {
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |socket| socket.ip());
        let proxies = request.app_data::<web::Data<TrustedProxies>>();
        ClientAddress(proxies.map_or(peer.to_canonical(), |proxies| {
            proxies.client(peer, request.headers())
        }))
    }
}

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<ClientAddress, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(ClientAddress::of(request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn client(peer: &str, lines: &[(&str, &'static str)]) -> String {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static(value),
            );
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_it_is() {
        let headers = [
            ("x-forwarded-for", "1.1.1.1"),
            ("forwarded", "for=2.2.2.2"),
            ("x-real-ip", "3.3.3.3"),
        ];
        assert_eq!(client("203.0.113.9", &headers), "203.0.113.9");
    }

    #[test]
    fn the_nearest_hop_that_is_not_ours_is_the_client() {
        assert_eq!(
            client(
                "10.0.0.1",
                &[("x-forwarded-for", "9.9.9.9, 198.51.100.7, 10.2.3.4")]
            ),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "10.9.9.9,10.2.3.4")]),
            "10.9.9.9"
        );
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn several_header_lines_are_one_list() {
        let lines = [
            ("x-forwarded-for", "9.9.9.9"),
            ("x-forwarded-for", "198.51.100.7"),
            ("x-forwarded-for", "10.1.1.1"),
        ];
        assert_eq!(client("10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn a_hop_that_is_no_address_ends_the_walk() {
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, unknown, 10.2.3.4")]),
            "10.2.3.4"
        );
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "")]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        assert_eq!(
            client("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.7:4711")]),
            "198.51.100.7"
        );
        assert_eq!(
            client("fd00::1", &[("x-forwarded-for", "[2001:db8::7]:4711")]),
            "2001:db8::7"
        );
        assert_eq!(
            client("fd00::1", &[("x-forwarded-for", "[2001:db8::7]")]),
            "2001:db8::7"
        );
        assert_eq!(
            client("fd00::1", &[("x-forwarded-for", "::ffff:198.51.100.7")]),
            "198.51.100.7"
        );
    }
}
