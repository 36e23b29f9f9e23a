//! The domains that mails speak for: From, and the bounce address.

use super::Dns;
use super::dns::DnsError;
use super::finding::{Check, Finding};
use crate::mail::compose::Sender;

const ASK_AGAIN: &str = "ask again; --dns names another server";

/// Whether mails come from the domain that is meant.
pub(super) fn from(sender: &Sender, domain: &str) -> Finding {
    let from = sender.from.email.domain();
    if from.eq_ignore_ascii_case(domain) {
        return Check::Settings.ok(domain, "mails come from this domain");
    }
    Check::Settings.problem(
        domain,
        format!("MAIL_FROM is an address of {from}"),
        "set MAIL_FROM to an address of this domain, or ask for the other one",
    )
}

/// Whether the record of who may send for the bounce addresses makes sense; `relay` judges whether it covers the relays.
pub(super) async fn spf(domain: &str, dns: &Dns) -> Finding {
    let records = match dns.texts(domain).await {
        Ok(texts) => texts.into_iter().filter(|text| is_spf(text)).collect::<Vec<_>>(),
        Err(error) => return unanswered(Check::Spf, domain, &error),
    };
    match records.as_slice() {
        [] => Check::Spf.problem(
            domain,
            "no SPF record",
            format!("publish one that names what your relays send by: {domain}. TXT \"v=spf1 ip4:… -all\""),
        ),
        [record] => last_word(domain, record),
        _ => Check::Spf.problem(
            domain,
            format!(
                "{} SPF records, so that none counts (RFC 7208 §4.5)",
                records.len()
            ),
            "make one of them",
        ),
    }
}

fn is_spf(text: &str) -> bool {
    text.split(' ')
        .next()
        .is_some_and(|version| version.eq_ignore_ascii_case("v=spf1"))
}

/// What the record says of all that it does not name.
fn last_word(domain: &str, record: &str) -> Finding {
    let words: Vec<String> = record
        .split_ascii_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    if has("all") || has("+all") {
        return Check::Spf.problem(domain, "the record lets everybody send", "end it with -all");
    }
    let redirects = words.iter().any(|word| word.starts_with("redirect="));
    if has("-all") || has("~all") || redirects {
        return Check::Spf.ok(domain, format!("one record: {record}"));
    }
    Check::Spf.warning(
        domain,
        "the record forbids nobody",
        "end it with -all, or ~all while you try it out",
    )
}

/// Whether bounces can come back.
pub(super) async fn bounces(domain: &str, dns: &Dns) -> Finding {
    match reachable(domain, dns).await {
        Ok(Ok(host)) => Check::Bounces.ok(
            domain,
            format!("bounces go to {host}; it must hand them to this service"),
        ),
        Ok(Err(found)) => Check::Bounces.problem(
            domain,
            found,
            "publish an MX record that leads to the mail server which hands bounces to this service",
        ),
        Err(error) => unanswered(Check::Bounces, domain, &error),
    }
}

/// The host that takes mails for a domain, or why none does. Without MX it is the domain's own (RFC 5321 §5.1).
async fn reachable(domain: &str, dns: &Dns) -> Result<Result<String, String>, DnsError> {
    let hosts = dns.mail_hosts(domain).await?;
    let Some(first) = hosts.first() else {
        let found = dns.addresses(domain).await?;
        return Ok(match found.is_empty() {
            true => Err("no MX record and no address".to_owned()),
            false => Ok(domain.to_owned()),
        });
    };
    if first.name.is_empty() {
        return Ok(Err(
            "its MX record says that it takes no mail (RFC 7505)".to_owned()
        ));
    }
    let found = dns.addresses(&first.name).await?;
    Ok(match found.is_empty() {
        true => Err(format!(
            "its MX record leads to {}, which has no address",
            first.name
        )),
        false => Ok(first.name.clone()),
    })
}

/// DNS did not answer.
pub(super) fn unanswered(check: Check, about: &str, error: &DnsError) -> Finding {
    check.problem(about, error.to_string(), ASK_AGAIN)
}
