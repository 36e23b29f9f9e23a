//! `notification doctor`.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use clap::Args;
use contracts::EmailAddress;
use program::{Failure, Outcome, block_on};
use settings::exit_code;

use crate::config::Settings;
use crate::doctor::{self, Dns, Finding, Severity};

const DNS_PORT: u16 = 53;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The domain that mails are to come from; that of MAIL_FROM if left out
    #[arg(long, value_name = "DOMAIN")]
    from_domain: Option<String>,
    /// Send a mail to this address by each relay
    #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse)]
    to: Option<EmailAddress>,
    /// Ask this DNS server (address or address:port) instead of the system's
    #[arg(long, value_name = "SERVER", value_parser = server)]
    dns: Option<SocketAddr>,
    /// Answer in JSON, an array on one line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Ends with an error when there is a problem; warnings are no error.
pub(super) fn run(doctor: &Doctor) -> Outcome {
    let mailing = doctor.settings.mailing()?;
    let from = doctor
        .from_domain
        .as_deref()
        .unwrap_or(mailing.sender.from.email.domain());
    let findings = block_on(async {
        let dns = Dns::new(doctor.dns).map_err(|error| Failure::new(exit_code::UNAVAILABLE, error))?;
        Ok(doctor::examine(&mailing, from, doctor.to.as_ref(), &dns).await)
    })?;
    if doctor.json {
        writeln!(
            io::stdout(),
            "{}",
            serde_json::to_string(&findings).map_err(io::Error::from)?
        )?;
    } else {
        findings.iter().try_for_each(print)?;
    }
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    match (count(Severity::Problem), count(Severity::Warning)) {
        (0, _) => Ok(()),
        (problems, warnings) => Err(Failure::new(
            exit_code::UNAVAILABLE,
            format!("problems: {problems}, warnings: {warnings}"),
        )),
    }
}

fn print(finding: &Finding) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (severity, check) = (finding.severity.as_str(), finding.check.as_str());
    writeln!(
        out,
        "{severity:<8} {check:<8} {}: {}",
        finding.about, finding.found
    )?;
    if let Some(advice) = &finding.advice {
        writeln!(out, "{:18}→ {advice}", "")?;
    }
    Ok(())
}

fn server(text: &str) -> Result<SocketAddr, &'static str> {
    let bare = || {
        text.parse::<IpAddr>()
            .map(|address| SocketAddr::new(address, DNS_PORT))
    };
    text.parse()
        .or_else(|_| bare())
        .map_err(|_| "must be an address such as 9.9.9.9 or 127.0.0.1:5353")
}
