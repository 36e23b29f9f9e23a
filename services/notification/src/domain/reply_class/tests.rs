//! Replies as mail systems send them, written down from their documentation and from logs; addresses, hosts and ids are
//! made up.

use super::*;

mod of_others;

fn class(stage: Stage, line: &str) -> ReplyClass {
    classify(stage, &ReplyLine::parse(line)).class
}

fn check(expected: ReplyClass, lines: &[&str]) {
    let wrong: Vec<String> = lines
        .iter()
        .map(|line| (line, classify(Stage::Recipient, &ReplyLine::parse(line))))
        .filter(|(_, verdict)| verdict.class != expected)
        .map(|(line, verdict)| format!("{} ({}): {line}", verdict.class.as_str(), verdict.why))
        .collect();
    assert!(wrong.is_empty(), "not {}: {wrong:#?}", expected.as_str());
}

#[test]
fn a_mailbox_that_is_not_there_is_given_up() {
    check(
        ReplyClass::RecipientBad,
        &[
            // Gmail, Workspace
            "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser a1-20020 - gsmtp",
            "550-5.2.1 The email account that you tried to reach is inactive. For more 550-5.2.1 information, go to 550 5.2.1 https://support.google.com/mail/?p=DisabledUser - gsmtp",
            // Outlook.com, Exchange Online, Exchange
            "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [DB5EUR01FT032.eop-EUR01.prod.protection.outlook.com]",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@example.com not found by SMTP address lookup",
            "550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors [AM7EUR03FT052.eop-EUR03.prod.protection.outlook.com 2024-01-01T00:00:00.000Z 08DC]",
            "550 5.1.1 User unknown",
            // Yahoo, AOL
            "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0] - mta4130.mail.bf1.yahoo.com",
            "552 1 Requested mail action aborted, mailbox not found",
            "550 5.1.1 <x@aol.com>: Recipient address rejected: aol.com",
            "554 30 Sorry, your message to x@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
            // Apple
            "550 5.1.1 <x@icloud.com>: user lookup success but no user record found",
            "550 5.1.6 recipient no longer on server: x@mac.com",
            // Postfix, Exim, qmail, sendmail, Courier
            "550 5.1.1 <x@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
            "550 5.1.1 <x@example.com>: Recipient address rejected: undeliverable address: unknown user: \"x\"",
            "550 5.1.2 <x@example.test>: Recipient address rejected: Domain not found",
            "550 Unrouteable address",
            "550 No such recipient here",
            "550 sorry, no mailbox here by that name (#5.1.1 - chkusr)",
            "553 sorry, this recipient is not in my validrcptto list (#5.7.1): no such user here",
            "550 5.1.1 x... User unknown",
            "550 User <x@example.com> unknown.",
            // GMX, web.de, T-Online, freenet, Strato
            "550 Requested action not taken: mailbox unavailable",
            "550-Requested action not taken: mailbox unavailable 550 For explanation visit https://postmaster.gmx.net/en/case?c=hi&i=ip",
            "550 user unknown",
            "550 5.1.1 unknown user x@example.de",
            "550 Empfaenger unbekannt / recipient unknown",
            // mail.ru, Yandex, Rambler
            "550 Message was not accepted -- invalid mailbox. Local mailbox x@mail.ru is unavailable: user not found",
            "550 Message was not accepted -- invalid mailbox. Local mailbox x@mail.ru is unavailable: account is disabled",
            "550 5.7.1 No such user!",
            // QQ, 163, Sina
            "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728",
            "550 User not found: x@163.com",
            "550 5.1.1 用户不存在",
            // Orange, free.fr, Laposte
            "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
            "550 5.1.1 <x@free.fr>: Recipient address rejected: utilisateur inconnu",
            // Libero, Terra, UOL
            "550 RCPT TO:<x@libero.it> User unknown",
            "550 El usuario no existe",
            "550 5.1.1 usuario desconhecido",
            // Mimecast, Proofpoint, Barracuda, IronPort
            "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [aBcDeFgHiJk.uk12]",
            "550 5.1.1 User Unknown (psmtp)",
            "550 #5.1.0 Address rejected.",
            // RFC 7504, RFC 7505
            "556 5.1.10 Recipient address has null MX",
            // RFC 3463 without words
            "550 5.1.1",
        ],
    );
}

#[test]
fn a_refused_host_sender_or_login_is_the_relays_fault() {
    check(
        ReplyClass::RelayFault,
        &[
            "550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to send email directly to our servers. 550 5.7.1 https://support.google.com/mail/?p=NotAuthorizedError",
            "550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.",
            "550-5.7.25 The IP address sending this message does not have a PTR record, or the corresponding forward DNS entry does not point to the sending IP.",
            "421-4.7.0 This message does not pass authentication checks (SPF and DKIM both 421-4.7.0 do not pass). SPF check for example.com does not pass",
            "550 5.7.515 Access denied, sending domain example.com doesn't meet the required authentication level.",
            "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
            "550 5.7.606 Access denied, banned sending IP [192.0.2.1]",
            "550 5.7.509 Access denied, sending domain example.com does not pass DMARC verification and has a DMARC policy of reject.",
            "550 5.7.64 TenantAttribution; Relay Access Denied",
            "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/error-codes",
            "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes: DMARC",
            "550 5.7.1 Mail from IP 192.0.2.1 was rejected due to listing in Spamhaus SBL.",
            "554 5.7.1 <x@example.com>: Relay access denied",
            "454 4.7.1 <x@example.com>: Relay access denied",
            "550 5.1.8 <us@example.org>: Sender address rejected: Domain not found",
            "550 5.1.0 <us@example.org>: Sender address rejected: User unknown in relay recipient table",
            "550-Verification failed for <us@example.org> 550-No such person at this address 550 Sender verify failed",
            "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6",
            "530 5.7.0 Must issue a STARTTLS command first",
            "454 4.7.0 TLS not available due to local problem",
            "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: us@example.org",
            "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
            "451 Authentication failed: Maximum credits exceeded",
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using b.barracudacentral.org",
            "550 Rejected by header based blocklist: 192.0.2.1 is listed at bl.spamcop.net",
            "550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted",
            "550 5.1.1 x: your host is blocked because of too bad a reputation",
            "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
        ],
    );
}

#[test]
fn a_refused_mail_says_nothing_about_the_address() {
    check(
        ReplyClass::ContentPolicy,
        &[
            "552-5.7.0 This message was blocked because its content presents a potential 552-5.7.0 security issue.",
            "550-5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.",
            "552 5.3.4 Message size exceeds fixed limit",
            "552 5.2.3 Message exceeds maximum fixed size",
            "554 5.7.1 Message rejected as spam by content filter",
            "550 High probability of spam",
            "554 DT:SPM 163 smtp12,1,C+eMCgDXz0",
            "550 Administrative prohibition",
            "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
            "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=x",
            "550 Mailbox unavailable or access denied",
            "550 Rejected by policy: user unknown to our filter",
            "554 Transaction failed",
            "550 5.7.1 Access denied",
        ],
    );
}

#[test]
fn what_may_pass_is_tried_again() {
    check(
        ReplyClass::Retry,
        &[
            "452-4.2.2 The email account that you tried to reach is over quota. Please direct 452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp",
            "552-5.2.2 The recipient's inbox is out of storage space. 552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm",
            "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
            "550 5.1.1 <x@example.de>: Postfach voll",
            "450 4.1.1 <x@example.com>: Recipient address rejected: unverified address",
            "450 4.2.0 <x@example.com>: Recipient address rejected: Greylisted, see http://postgrey.example/",
            "451 4.7.1 Greylisting in action, please come back later",
            "451 Temporary local problem - please try later",
            "550 5.1.1 mailbox temporarily disabled",
            "550 5.4.6 Hop count exceeded - possible mail loop",
            "451 4.3.0 Mail server temporarily rejected message",
        ],
    );
    check(
        ReplyClass::SlowDown,
        &[
            "454 Throttling failure: Maximum sending rate exceeded.",
            "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1",
            "450-4.2.1 The user you are trying to contact is receiving mail too quickly.",
            "550-5.2.1 The user you are trying to contact is receiving mail at a rate that 550-5.2.1 prevents additional messages from being delivered.",
            "421 4.7.28 Gmail has detected an unusual rate of mail",
            "452 4.5.3 Too many recipients",
            "421 Too many concurrent SMTP connections; please try again later.",
            "550 5.5.1 too many unknown users: slow down",
        ],
    );
}

#[test]
fn the_stage_tells_who_is_there_to_be_blamed() {
    assert_eq!(
        class(Stage::Session, "554 5.1.1 no such user"),
        ReplyClass::RelayFault
    );
    assert_eq!(
        class(Stage::Session, "421 4.3.2 shutting down"),
        ReplyClass::RelayFault
    );
    assert_eq!(
        class(Stage::Session, "421 4.7.0 too many connections"),
        ReplyClass::SlowDown
    );
    assert_eq!(
        class(Stage::Sender, "550 5.1.1 user unknown"),
        ReplyClass::RelayFault
    );
    assert_eq!(
        class(Stage::Sender, "552 5.3.4 too big"),
        ReplyClass::ContentPolicy
    );
    assert_eq!(
        class(Stage::Message, "421 4.3.2 shutting down"),
        ReplyClass::Retry
    );
    // Docomo and others say so of unwanted mail when they have seen it.
    assert_eq!(
        class(Stage::Message, "550 Unknown user"),
        ReplyClass::ContentPolicy
    );
    assert_eq!(
        class(Stage::Message, "550 5.1.1 Unknown user"),
        ReplyClass::RecipientBad
    );
}

#[test]
fn agreement_silence_and_nonsense_have_classes_too() {
    assert_eq!(class(Stage::Message, "250 2.0.0 queued"), ReplyClass::Accepted);
    assert_eq!(class(Stage::Message, "354 go on"), ReplyClass::UnknownOutcome);
    assert_eq!(classify_silence(Stage::Session).class, ReplyClass::RelayFault);
    assert_eq!(classify_silence(Stage::Recipient).class, ReplyClass::Retry);
    assert_eq!(classify_silence(Stage::Message).class, ReplyClass::UnknownOutcome);
}

#[test]
fn nothing_that_may_pass_is_given_up() {
    for line in [
        "450 5.1.1 user unknown",
        "421 4.1.1 no such user",
        "451 4.3.0 mailbox does not exist",
    ] {
        assert_ne!(class(Stage::Recipient, line), ReplyClass::RecipientBad, "{line}");
    }
    assert_ne!(
        class(Stage::Recipient, "550 4.1.1 user unknown"),
        ReplyClass::RecipientBad
    );
}

/// Words like `unknown` and `does not exist`, said of anything but the recipient.
#[test]
fn nobody_is_given_up_for_what_is_said_of_others() {
    let wrong: Vec<&&str> = of_others::REPLIES
        .iter()
        .filter(|line| class(Stage::Recipient, line) == ReplyClass::RecipientBad)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
