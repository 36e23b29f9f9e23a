//! What DMARC (RFC 7489, 9989) makes of a real mail: is there a policy, and does a domain of ours speak for From?

use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::{AuthenticatedMessage, DmarcOutput, DmarcResult, SpfOutput, SpfResult};

use super::Dns;
use super::finding::{Check, Finding};

/// `bounces` is the domain of the Return-Path; `spf` judges who may send for it, here it is taken as passed.
pub(super) async fn examine(mail: &AuthenticatedMessage<'_>, bounces: &str, dns: &Dns) -> Vec<Finding> {
    let dkim = dns.0.verify_dkim(mail).await;
    let spf = SpfOutput::new(bounces.to_owned()).with_result(SpfResult::Pass);
    let output = dns
        .0
        .verify_dmarc(DmarcParameters::new(mail, &dkim, bounces, &spf))
        .await;
    let from = mail.from().rsplit('@').next().unwrap_or_default();
    let mut findings = vec![policy(from, &output)];
    if output.dmarc_record().is_some() {
        findings.push(alignment(from, bounces, &output));
    }
    findings
}

fn policy(from: &str, output: &DmarcOutput) -> Finding {
    if let DmarcResult::TempError(error) = output.dkim_result() {
        return Check::Dmarc.problem(from, error.to_string(), "ask again; --dns names another server");
    }
    if output.dmarc_record().is_none() {
        let advice =
            format!("publish _dmarc.{from}. TXT \"v=DMARC1; p=none; rua=mailto:…\": bulk senders need one");
        return Check::Dmarc.problem(from, "no DMARC record", advice);
    }
    match output.policy() {
        Policy::Quarantine | Policy::Reject => Check::Dmarc.ok(from, "a record that protects the domain"),
        Policy::None | Policy::Unspecified => Check::Dmarc.ok(
            from,
            "a record that only watches (p=none): enough to send, protects from nobody",
        ),
    }
}

/// One of the two is enough for a receiver; both hold where a forwarder breaks one.
fn alignment(from: &str, bounces: &str, output: &DmarcOutput) -> Finding {
    let holds = |result: &DmarcResult| *result == DmarcResult::Pass;
    match (holds(output.spf_result()), holds(output.dkim_result())) {
        (true, true) => Check::Dmarc.ok(from, "Return-Path and signature both speak for From"),
        (false, true) => Check::Dmarc.warning(
            from,
            format!("only the signature speaks for From: the Return-Path is of {bounces}"),
            "let MAIL_DOMAIN be the domain of MAIL_FROM or one below it",
        ),
        (true, false) => Check::Dmarc.warning(
            from,
            "only the Return-Path speaks for From: forwarded mails fail, and so do all where the relay replaces it",
            "sign as the domain of MAIL_FROM: DKIM_FILE, or your relay",
        ),
        (false, false) => Check::Dmarc.problem(
            from,
            format!("neither the Return-Path ({bounces}) nor a signature speaks for From"),
            "let MAIL_DOMAIN be the domain of MAIL_FROM or one below it, and sign as that domain",
        ),
    }
}
