//! Whether DNS says of each key what it has to.

use super::Dns;
use super::finding::{Check, Finding};
use super::sender::unanswered;
use crate::mail::dkim::{NamedKey, Record, Signer};

/// One finding a key, or one that there is none.
pub(super) async fn examine(signer: Option<&Signer>, domain: &str, dns: &Dns) -> Vec<Finding> {
    let Some(signer) = signer else {
        return vec![Check::Dkim.warning(
            domain,
            "nothing is signed here: DKIM_FILE is not set",
            "make keys with `notification dkim generate`, or see (with --to) that your relay signs as this domain",
        )];
    };
    let keys = signer.keys();
    let mut findings = Vec::new();
    for (named, record) in keys.keys.iter().zip(keys.records()) {
        findings.push(examine_key(named, &record, dns).await);
    }
    findings
}

async fn examine_key(named: &NamedKey, record: &Record, dns: &Dns) -> Finding {
    let texts = match dns.texts(&record.name).await {
        Ok(texts) => texts,
        Err(error) => return unanswered(Check::Dkim, &record.name, &error),
    };
    let publish = || format!("publish: {record}");
    match texts.as_slice() {
        [] if named.active => {
            Check::Dkim.problem(&record.name, "it signs, and DNS does not know it", publish())
        }
        [] => Check::Dkim.ok(&record.name, "DNS does not know it, and it does not sign"),
        [text] => judge(named, record, text),
        texts => Check::Dkim.problem(
            &record.name,
            format!(
                "{} TXT records, where one may be (RFC 6376 §3.6.2.2)",
                texts.len()
            ),
            publish(),
        ),
    }
}

fn judge(named: &NamedKey, record: &Record, text: &str) -> Finding {
    let public = tag(text, "p").unwrap_or_default();
    if public != named.key.public() {
        let found = match public.as_str() {
            "" => "DNS has revoked it",
            _ => "DNS has another key under this name",
        };
        return match named.active {
            true => Check::Dkim.problem(
                &record.name,
                found,
                format!("sign with the key of DNS, or publish: {record}"),
            ),
            false => Check::Dkim.warning(
                &record.name,
                found,
                "take it out of dkim.toml if it is never to sign",
            ),
        };
    }
    let is_trial = tag(text, "t").is_some_and(|flags| flags.split(':').any(|flag| flag == "y"));
    if is_trial {
        return Check::Dkim.warning(
            &record.name,
            "DNS says that it is only tried out (t=y), so some do not count it",
            "take t=y out of the record",
        );
    }
    let signs = if named.active {
        "it signs"
    } else {
        "it does not sign"
    };
    Check::Dkim.ok(&record.name, format!("DNS has our key; {signs}"))
}

/// The value of a tag, white space taken out (RFC 6376 §3.2).
fn tag(text: &str, name: &str) -> Option<String> {
    text.split(';').find_map(|part| {
        let (tag, value) = part.split_once('=')?;
        (tag.trim() == name).then(|| value.chars().filter(|c| !c.is_ascii_whitespace()).collect())
    })
}
