//! A relay: can it be reached and trusted, and may it send for us?

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use mail_auth::spf::verify::SpfParameters;
use mail_auth::{IprevResult, SpfResult};
use tokio::time::timeout;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::Dns;
use super::finding::{Check, Finding};
use super::sender::unanswered;
use crate::mail::relay::{Encryption, Relay};
use crate::mail::session::{OpenError, Session};

/// Certificates are renewed earlier than this where somebody cares.
const EXPIRES_SOON: Duration = Duration::from_secs(14 * 24 * 3600);
const DAY: u64 = 24 * 3600;

/// The session, then each address that the relay has.
pub(super) async fn examine(relay: &Relay, bounces: &str, patience: Duration, dns: &Dns) -> Vec<Finding> {
    let about = format!("{}:{}", relay.host, relay.port);
    let addresses = match dns.addresses(&relay.host).await {
        Ok(addresses) => addresses,
        Err(error) => return vec![unanswered(Check::Relay, &about, &error)],
    };
    let is_near = !addresses.is_empty() && addresses.iter().all(is_inside);
    let mut findings = session(relay, &about, is_near, patience).await;
    if is_near {
        findings.push(Check::Spf.warning(
            &about,
            "it has a private address, so that nothing can be said of the one that its mails leave by",
            "see (with --to) that a mail that arrived has spf=pass, and that its address has a name (PTR)",
        ));
        return findings;
    }
    for address in addresses.into_iter().filter(|address| !is_inside(address)) {
        findings.push(may_send(relay, bounces, address, dns).await);
        findings.push(name_of(relay, address, dns).await);
    }
    findings
}

async fn session(relay: &Relay, about: &str, is_near: bool, patience: Duration) -> Vec<Finding> {
    match timeout(patience, Session::open(relay)).await {
        Err(_) => vec![Check::Relay.problem(
            about,
            format!("it does not answer within {} s", patience.as_secs()),
            "see whether it is busy, or a firewall swallows what is sent to it",
        )],
        Ok(Err(error)) => vec![Check::Relay.problem(about, error.to_string(), advice(relay, &error))],
        Ok(Ok(session)) => {
            let mut findings = vec![encryption(relay, about, is_near, &session)];
            findings.extend(session.certificate.as_deref().map(|der| expiry(about, der)));
            session.quit().await;
            findings
        }
    }
}

fn advice(relay: &Relay, error: &OpenError) -> String {
    match error {
        OpenError::Unreachable(_) => {
            "see whether host and port are right, and whether a firewall is between (many hosters close port 25)".into()
        }
        OpenError::NoStartTls => "use a port that offers it (587), or smtps:// (465)".into(),
        OpenError::Tls(_) => format!(
            "the certificate must be for {}, of an authority that is trusted; a private one is named by SMTP_CA_FILE",
            relay.host
        ),
        OpenError::Refused(_) => "its words say why; 535 is a wrong user name or password".into(),
    }
}

fn encryption(relay: &Relay, about: &str, is_near: bool, session: &Session) -> Finding {
    let way = match relay.encryption {
        Encryption::StartTls => "STARTTLS",
        Encryption::Implicit => "TLS",
        Encryption::None => return unencrypted(about, is_near, session),
    };
    Check::Relay.ok(about, format!("it answers by {way}; its certificate is trusted"))
}

fn unencrypted(about: &str, is_near: bool, session: &Session) -> Finding {
    let advice = match session.offers_starttls {
        true => "it offers STARTTLS: add ?tls=required to its URL",
        false => "use a port that encrypts: ?tls=required (587) or smtps:// (465)",
    };
    match is_near {
        true => Check::Relay.ok(about, "it answers, unencrypted and inside"),
        false => Check::Relay.problem(about, "mails and any password go unencrypted", advice),
    }
}

fn expiry(about: &str, der: &[u8]) -> Finding {
    let Ok(certificate) = Certificate::from_der(der) else {
        return Check::Relay.warning(
            about,
            "its certificate's dates cannot be read",
            "look at it with openssl s_client",
        );
    };
    let ends = certificate
        .tbs_certificate()
        .validity()
        .not_after
        .to_system_time();
    let left = ends.duration_since(SystemTime::now()).unwrap_or_default();
    let found = format!("its certificate ends in {} days", left.as_secs() / DAY);
    match left < EXPIRES_SOON {
        true => Check::Relay.warning(about, found, "have it renewed: with the last day mails stop"),
        false => Check::Relay.ok(about, found),
    }
}

/// SPF of the bounce address, for a mail that comes from the relay's own address.
async fn may_send(relay: &Relay, bounces: &str, address: IpAddr, dns: &Dns) -> Finding {
    let sender = format!("bounces@{bounces}");
    let asked = SpfParameters::verify_mail_from(address, &relay.hello, &relay.hello, &sender);
    let found = dns.0.verify_spf(asked).await.result();
    let words = format!(
        "SPF of {bounces} says {} to {address}",
        found.to_string().to_lowercase()
    );
    let about = &relay.host;
    match found {
        SpfResult::Pass => Check::Spf.ok(about, words),
        SpfResult::TempError => Check::Spf.problem(about, words, "ask again; --dns names another server"),
        SpfResult::PermError => Check::Spf.problem(
            about,
            words,
            "the record cannot be read, or asks for more than 10 look-ups (RFC 7208 §4.6.4)",
        ),
        SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral | SpfResult::None if relay.credentials.is_some() => {
            Check::Spf.warning(
                about,
                words,
                "a provider's mails leave by other addresses than it takes them: include what its documentation says",
            )
        }
        SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral | SpfResult::None => {
            let family = if address.is_ipv4() { "ip4" } else { "ip6" };
            Check::Spf.problem(about, words, format!("add {family}:{address} to the record"))
        }
    }
}

/// Whether the address has a name that leads back to it: big receivers want it.
async fn name_of(relay: &Relay, address: IpAddr, dns: &Dns) -> Finding {
    let found = dns.0.verify_iprev(address).await;
    let names = found.ptr.as_deref().unwrap_or_default();
    match (found.result(), names.first()) {
        (IprevResult::Pass, Some(name)) => Check::Ptr.ok(
            &relay.host,
            format!("{address} is {}", name.trim_end_matches('.')),
        ),
        (_, Some(name)) => Check::Ptr.problem(
            &relay.host,
            format!(
                "{address} says it is {}, which does not lead back",
                name.trim_end_matches('.')
            ),
            "let that name have this address, or give the address another name (its hoster's settings)",
        ),
        (_, None) => Check::Ptr.problem(
            &relay.host,
            format!("{address} has no name"),
            "give it one (PTR) in the settings of its hoster",
        ),
    }
}

/// Not to be seen from the internet.
fn is_inside(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
