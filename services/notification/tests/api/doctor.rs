//! `notification doctor` against a DNS server of the test.

use std::process::{Command, Output};

use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::dkim_keys::KeyFolder;
use crate::dns_server::{DnsServer, Zone};
use crate::tls::TlsRelay;

/// A documentation address (RFC 5737): nothing is ever sent to it.
const RELAY: &str = "203.0.113.5";

/// DNS as it has to be.
fn right(folder: &KeyFolder) -> Zone {
    let zone = Zone::default()
        .text("course.example", "v=spf1 ip4:203.0.113.5 -all")
        .mail_host("course.example", "mx.course.example")
        .address("mx.course.example", "203.0.113.25")
        .text(
            "_dmarc.course.example",
            "v=DMARC1; p=reject; rua=mailto:dmarc@course.example",
        )
        .address("relay.course.example", RELAY)
        .pointer(RELAY, "relay.course.example");
    folder
        .keys()
        .records()
        .fold(zone, |zone, record| zone.text(&record.name, &record.value))
}

/// What a run found.
struct Report {
    code: Option<i32>,
    findings: Vec<Value>,
    words: String,
}

async fn doctor(dns: &DnsServer, change: impl FnOnce(&mut Command)) -> Report {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notification"));
    command
        .env_clear()
        .args(["doctor", "--json", "--dns", &dns.address.to_string()]);
    command.args(["--from-domain", "course.example"]);
    command.env("BOUNCE_KEY", "cd".repeat(32));
    command.env("MAIL_FROM", "Course <hello@course.example>");
    command.env("MAIL_DOMAIN", "course.example");
    command.env("SMTP_TIMEOUT_SECONDS", "2");
    change(&mut command);
    let output: Output = spawn_blocking(move || command.output())
        .await
        .expect("a thread")
        .expect("it runs");
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    let findings = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {words}"));
    Report {
        code: output.status.code(),
        findings,
        words,
    }
}

impl Report {
    fn of(&self, severity: &str) -> Vec<(&str, &str)> {
        let of_it = self
            .findings
            .iter()
            .filter(|finding| finding["severity"] == severity);
        of_it
            .map(|finding| (text(finding, "check"), text(finding, "found")))
            .collect()
    }

    /// Whether one of this severity says this, and what to do about it.
    fn says(&self, severity: &str, check: &str, found: &str, advice: &str) -> bool {
        self.findings.iter().any(|finding| {
            text(finding, "severity") == severity
                && text(finding, "check") == check
                && text(finding, "found").contains(found)
                && finding["advice"].as_str().unwrap_or_default().contains(advice)
        })
    }
}

fn text<'a>(finding: &'a Value, field: &str) -> &'a str {
    finding[field].as_str().unwrap_or_default()
}

#[tokio::test]
async fn where_all_is_well_it_says_so_ends_with_zero_and_a_mail_arrives() {
    let folder = KeyFolder::new();
    let dns = DnsServer::start(right(&folder)).await;
    let mailbox = testkit::mailbox().await;
    let report = doctor(&dns, |command| {
        command
            .env("SMTP_URL", mailbox.smtp_url())
            .env("DKIM_FILE", folder.file());
        command.args(["--to", "postmaster@example.com"]);
    })
    .await;
    assert_eq!(report.code, Some(0), "{:#?} {}", report.findings, report.words);
    assert_eq!(report.of("problem"), []);
    // Its address is of this machine, so that SPF and PTR of what mails leave by cannot be judged.
    assert_eq!(report.of("warning").len(), 1, "{:?}", report.of("warning"));
    for check in [
        "settings", "spf", "dkim", "dmarc", "bounces", "relay", "mail", "delivery",
    ] {
        assert!(
            report.of("ok").iter().any(|(name, _)| *name == check),
            "nothing of {check}"
        );
    }
    assert!(report.says("ok", "mail", "(ed25519-sha256) holds", ""));
    assert!(report.says("ok", "dmarc", "Return-Path and signature both speak for From", ""));
    let mail = &mailbox.messages()[0];
    assert_eq!(mail.outline.envelope.to, ["postmaster@example.com"]);
    let raw = String::from_utf8(mailbox.raw(mail).await).expect("ASCII");
    assert!(raw.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
}

#[tokio::test]
async fn an_address_of_the_internet_has_to_be_allowed_and_named() {
    let folder = KeyFolder::new();
    let dns = DnsServer::start(right(&folder)).await;
    let at_relay = |command: &mut Command| {
        command
            .env("SMTP_URL", "smtp://relay.course.example")
            .env("DKIM_FILE", folder.file());
    };
    let report = doctor(&dns, at_relay).await;
    assert!(
        report.says("ok", "spf", "says pass to 203.0.113.5", ""),
        "{:#?}",
        report.findings
    );
    assert!(
        report.says("ok", "ptr", "203.0.113.5 is relay.course.example", ""),
        "{:#?}",
        report.findings
    );

    let zone = right(&folder)
        .without("course.example")
        .text("course.example", "v=spf1 ip4:203.0.113.6 -all")
        .mail_host("course.example", "mx.course.example")
        .without("relay.course.example")
        .address("relay.course.example", "203.0.113.7");
    let dns = DnsServer::start(zone).await;
    let report = doctor(&dns, at_relay).await;
    assert!(
        report.says(
            "problem",
            "spf",
            "says fail to 203.0.113.7",
            "add ip4:203.0.113.7"
        ),
        "{:#?}",
        report.findings
    );
    assert!(
        report.says("problem", "ptr", "203.0.113.7 has no name", "PTR"),
        "{:#?}",
        report.findings
    );
}

/// A zone with one mistake, and what is to be said about it: the check, what was found, the advice.
type Mistake = (Zone, &'static str, &'static str, &'static str);

fn mistakes(folder: &KeyFolder) -> Vec<Mistake> {
    let wrong_key = |zone: Zone| {
        zone.without("s1-rsa._domainkey.course.example")
            .text("s1-rsa._domainkey.course.example", "v=DKIM1; k=rsa; p=MIIB")
    };
    let spf = |zone: Zone, record: &str| {
        zone.without("course.example")
            .mail_host("course.example", "mx.course.example")
            .text("course.example", record)
    };
    let right = || right(folder);
    let two_spf = right().text("course.example", "v=spf1 -all");
    let no_mail_host = right().without("course.example");
    let no_address = right().without("mx.course.example");
    let no_key = right().without("s1-rsa._domainkey.course.example");
    let no_dmarc = right().without("_dmarc.course.example");
    vec![
        (Zone::default(), "spf", "no SPF record", "v=spf1"),
        (spf(right(), "v=spf1 +all"), "spf", "lets everybody send", "-all"),
        (two_spf, "spf", "2 SPF records", "make one"),
        (
            no_mail_host,
            "bounces",
            "no MX record and no address",
            "MX record",
        ),
        (no_address, "bounces", "has no address", "MX record"),
        (no_key, "dkim", "DNS does not know it", "publish: s1-rsa."),
        (wrong_key(right()), "dkim", "another key", "publish: s1-rsa."),
        (
            wrong_key(right()),
            "mail",
            "(rsa-sha256) does not hold",
            "this key above",
        ),
        (no_dmarc, "dmarc", "no DMARC record", "_dmarc.course.example"),
    ]
}

/// Each thing that is wrong is a problem of its own, with what to do.
#[tokio::test]
async fn every_mistake_is_a_problem_that_says_what_to_do() {
    let folder = KeyFolder::new();
    let mailbox = testkit::mailbox().await;
    for (zone, check, found, advice) in mistakes(&folder) {
        let dns = DnsServer::start(zone).await;
        let report = doctor(&dns, |command| {
            command
                .env("SMTP_URL", mailbox.smtp_url())
                .env("DKIM_FILE", folder.file());
        })
        .await;
        assert!(
            report.says("problem", check, found, advice),
            "{found}: {:#?}",
            report.findings
        );
        assert_eq!(report.code, Some(69));
        assert!(report.words.starts_with("problems: "), "{}", report.words);
    }
    assert!(
        mailbox.messages().is_empty(),
        "nothing is mailed unless it is asked for"
    );
}

#[tokio::test]
async fn who_speaks_for_from_is_told() {
    let folder = KeyFolder::new();
    let mailbox = testkit::mailbox().await;
    let zone = right(&folder)
        .text("bounces.example", "v=spf1 -all")
        .address("bounces.example", "203.0.113.9");
    let dns = DnsServer::start(zone).await;
    let other_bounces = doctor(&dns, |command| {
        command
            .env("SMTP_URL", mailbox.smtp_url())
            .env("DKIM_FILE", folder.file());
        command.env("MAIL_DOMAIN", "bounces.example");
    })
    .await;
    assert!(other_bounces.says(
        "warning",
        "dmarc",
        "only the signature speaks for From",
        "MAIL_DOMAIN"
    ));
    let unsigned = doctor(&dns, |command| _ = command.env("SMTP_URL", mailbox.smtp_url())).await;
    assert!(unsigned.says("warning", "dkim", "nothing is signed here", "dkim generate"));
    assert!(unsigned.says(
        "warning",
        "dmarc",
        "only the Return-Path speaks for From",
        "DKIM_FILE"
    ));
    let neither = doctor(&dns, |command| {
        command
            .env("SMTP_URL", mailbox.smtp_url())
            .env("MAIL_DOMAIN", "bounces.example");
    })
    .await;
    assert!(neither.says(
        "problem",
        "dmarc",
        "neither the Return-Path (bounces.example) nor a signature",
        "sign"
    ));
    let other_from = doctor(&dns, |command| {
        command
            .env("SMTP_URL", mailbox.smtp_url())
            .env("MAIL_FROM", "hello@other.example");
    })
    .await;
    assert!(other_from.says(
        "problem",
        "settings",
        "MAIL_FROM is an address of other.example",
        "set MAIL_FROM"
    ));
}

#[tokio::test]
async fn a_relays_encryption_certificate_and_refusal_are_told() {
    let folder = KeyFolder::new();
    let dns = DnsServer::start(right(&folder)).await;
    let relay = TlsRelay::start(true).await;
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &relay.certificate).expect("written");
    let url = |login: &str, tls: &str| format!("smtp://{login}localhost:{}{tls}", relay.port);
    let login = "anna%40example.com:p%3A%C3%A4@";
    for (url, trusting, severity, found, advice) in [
        (
            url(login, "?tls=required"),
            true,
            "ok",
            "it answers by STARTTLS",
            "",
        ),
        (
            url(login, "?tls=required"),
            true,
            "ok",
            "its certificate ends in",
            "",
        ),
        (
            url(login, "?tls=required"),
            false,
            "problem",
            "TLS fails",
            "for localhost",
        ),
        (
            url("anna:wrong@", "?tls=required"),
            true,
            "problem",
            "it refuses",
            "535",
        ),
        (
            "smtp://127.0.0.1:1".to_owned(),
            false,
            "problem",
            "it cannot be reached",
            "firewall",
        ),
    ] {
        let report = doctor(&dns, |command| {
            command.env("SMTP_URL", url).env("DKIM_FILE", folder.file());
            if trusting {
                command.env("SMTP_CA_FILE", &authority);
            }
        })
        .await;
        assert!(
            report.says(severity, "relay", found, advice),
            "{found}: {:#?}",
            report.findings
        );
    }
}

#[tokio::test]
async fn a_silent_dns_server_is_told_as_such() {
    let folder = KeyFolder::new();
    let deaf = tokio::net::UdpSocket::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let dns = DnsServer::at(deaf.local_addr().expect("bound"));
    let mailbox = testkit::mailbox().await;
    let report = doctor(&dns, |command| {
        command
            .env("SMTP_URL", mailbox.smtp_url())
            .env("DKIM_FILE", folder.file());
    })
    .await;
    assert_eq!(report.code, Some(69));
    assert!(
        report.says("problem", "spf", "DNS does not answer", "--dns"),
        "{:#?}",
        report.findings
    );
}
