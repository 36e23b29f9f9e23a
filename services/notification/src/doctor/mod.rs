//! The self-test before a launch: what DNS, the relays and a real mail say, and what to do about it.
//!
//! `dns` asks, `sender`, `keys`, `dmarc`, `relay` and `sample` each judge one thing, `finding` is what they answer.

mod dmarc;
mod dns;
mod finding;
mod keys;
mod relay;
mod sample;
mod sender;

use contracts::EmailAddress;
use mail_auth::AuthenticatedMessage;
use tokio::time::timeout;

pub use self::dns::{Dns, DnsError};
pub use self::finding::{Check, Finding, Severity};
use crate::config::Mailing;
use crate::domain::reply_class::ReplyClass;
use crate::mail::connection::Connection;
use crate::mail::relay_plan::RelayPlan;

/// Looks at everything that mails of `from` need, and sends one to `to` by each relay.
pub async fn examine(mailing: &Mailing, from: &str, to: Option<&EmailAddress>, dns: &Dns) -> Vec<Finding> {
    let bounces = mailing.sender.domain.as_str();
    if let Err(error) = dns.texts(bounces).await {
        // It would say the same of everything, after the same long wait.
        return vec![sender::unanswered(Check::Spf, bounces, &error)];
    }
    let mut findings = vec![
        sender::from(&mailing.sender, from),
        sender::spf(bounces, dns).await,
        sender::bounces(bounces, dns).await,
    ];
    findings.extend(keys::examine(mailing.signer.as_ref(), mailing.sender.from.email.domain(), dns).await);
    findings.extend(examine_mail(mailing, dns).await);
    for plan in &mailing.relays {
        findings.extend(relay::examine(&plan.relay, bounces, mailing.send_timeout, dns).await);
        if let Some(to) = to {
            findings.push(send(mailing, plan, to).await);
        }
    }
    findings
}

async fn examine_mail(mailing: &Mailing, dns: &Dns) -> Vec<Finding> {
    let unmade = |why: String| vec![Check::Mail.problem("a mail", why, "see MAIL_FROM and MAIL_DOMAIN")];
    let Ok(to) = EmailAddress::parse(mailing.sender.from.email.as_ref()) else {
        return unmade("MAIL_FROM is no address that a form would take".to_owned());
    };
    let raw = match sample::make(mailing, &to).await {
        Ok(mail) => mail.pieces().collect::<Vec<_>>().concat(),
        Err(why) => return unmade(why),
    };
    let bounces = mailing.sender.domain.as_str();
    let mut findings = vec![sample::header(&raw, bounces)];
    if let Some(mail) = AuthenticatedMessage::parse(&raw) {
        findings.extend(sample::signatures(&mail, dns).await);
        findings.extend(dmarc::examine(&mail, bounces, dns).await);
    }
    findings
}

/// One mail by one relay; the only thing that leaves this machine besides questions to DNS.
async fn send(mailing: &Mailing, plan: &RelayPlan, to: &EmailAddress) -> Finding {
    let about = format!("{}:{}", plan.relay.host, plan.relay.port);
    let refused = |found: String| {
        Check::Delivery.problem(&about, found, "the reply says why: `notification reply explain`")
    };
    let mail = match sample::make(mailing, to).await {
        Ok(mail) => mail,
        Err(why) => return refused(why),
    };
    let sending = async {
        match Connection::open(&plan.relay, to).await {
            Ok(mut connection) => connection.send(&mail, to).await,
            Err(answer) => answer,
        }
    };
    let Ok(answer) = timeout(mailing.send_timeout, sending).await else {
        return refused("a mail was not taken in time".to_owned());
    };
    let words = answer.reply.map_or_else(
        || "nothing".to_owned(),
        |reply| format!("{} {}", reply.code, reply.text),
    );
    if answer.class == ReplyClass::Accepted {
        let found = format!(
            "a mail was taken: {words}. Look where it arrives, and that it has spf, dkim and dmarc=pass"
        );
        return Check::Delivery.ok(&about, found);
    }
    refused(format!("a mail was not taken: {words}"))
}
