use proptest::prelude::*;

use super::*;

const FAILED: &str =
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: b-1@bounces.example.org\nSubject: failure notice\n";

fn told(mail: &str) -> Vec<(String, &'static str)> {
    let address = |bounce: &Bounce| bounce.recipient.as_ref().map_or("", Recipient::expose).to_owned();
    read(mail.as_bytes())
        .iter()
        .map(|bounce| (address(bounce), bounce.class.as_str()))
        .collect()
}

fn report(fields: &str) -> String {
    format!(
        "{FAILED}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}\n\
         --b\nContent-Type: message/rfc822\n\nTo: other@x.example\nSubject: Your file\n\n--b--\n"
    )
}

fn class_of(fields: &str) -> &'static str {
    told(&report(&format!(
        "Final-Recipient: rfc822; a@x.example\n{fields}"
    )))[0]
        .1
}

#[test]
fn a_report_tells_of_each_recipient() {
    let bounces = told(&report(
        "Final-Recipient: rfc822;a@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User\n unknown\n\n\
         Original-Recipient: rfc822;b@x.example\nFinal-Recipient: rfc822;/var/mail/b\nAction: failed\nStatus: 5.2.2\n\n\
         Final-Recipient: rfc822; <c@x.example>\nAction: delivered\nStatus: 2.0.0\n",
    ));
    let expected = [
        ("a@x.example", "hard"),
        ("b@x.example", "soft"),
        ("c@x.example", "not-a-bounce"),
    ];
    assert_eq!(
        bounces,
        expected.map(|(address, class)| (address.to_owned(), class))
    );
}

#[test]
fn a_report_is_hard_only_if_nothing_speaks_against_it() {
    assert_eq!(class_of("Action: failed\nStatus: 5.1.1\n"), "hard");
    assert_eq!(
        class_of("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no such user\n"),
        "hard"
    );
    assert_eq!(
        class_of("Action: failed\nStatus: 5.4.4 (illegal host/domain name found)\n"),
        "hard"
    );
    assert_eq!(
        class_of("Action: delayed\nStatus: 4.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n"),
        "soft"
    );
    assert_eq!(
        class_of("Action: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp; 550 user unknown\n"),
        "soft"
    );
    assert_eq!(
        class_of("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 450 4.1.1 user unknown\n"),
        "soft"
    );
    assert_eq!(
        class_of("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 host blocked by spamhaus\n"),
        "soft"
    );
    assert_eq!(class_of("Action: failed\nStatus: 5.0.0\n"), "soft");
}

#[test]
fn qmail_writes_paragraphs() {
    let body = "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to \
        the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n\
        <a@x.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
        <b@x.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 552 mailbox is full\nGiving up on 192.0.2.1.\n\n\
        --- Below this line is a copy of the message.\n\nTo: c@x.example\n\nHello";
    let expected = [("a@x.example", "hard"), ("b@x.example", "soft")];
    assert_eq!(
        told(&format!("{FAILED}\n{body}")),
        expected.map(|(a, c)| (a.to_owned(), c))
    );
}

#[test]
fn exim_says_at_which_stage_it_failed() {
    let notice = |said: &str| {
        format!(
            "{FAILED}X-Failed-Recipients: a@x.example\n\nThis message was created automatically by mail delivery software.\n\n\
             A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. \
             The following address(es) failed:\n\n  a@x.example\n    host mx.x.example [192.0.2.1]\n    \
             SMTP error from remote mail server {said}\n\n------ This is a copy of the message ------\n"
        )
    };
    let after_rcpt = notice("after RCPT TO:<a@x.example>:\n    550 No such user here");
    let after_mail = notice("after MAIL FROM:<b-1@bounces.example.org>:\n    550 5.1.0 no such user here");
    assert_eq!(told(&after_rcpt), [("a@x.example".to_owned(), "hard")]);
    assert_eq!(told(&after_mail), [("a@x.example".to_owned(), "soft")]);
}

#[test]
fn exchange_lists_whom_it_did_not_reach() {
    let mail = "From: System Administrator <postmaster@x.example>\nTo: b-1@bounces.example.org\n\
        Subject: Undeliverable: Your file\n\nYour message\n\n  To:      a@x.example\n  Subject: Your file\n\n\
        did not reach the following recipient(s):\n\na@x.example on Thu, 9 May 2005 23:34:45 +0900\n    \
        The recipient name is not recognized\n\tMSEXCH:IMS:X (000C05A6) Unknown Recipient\n";
    assert_eq!(told(mail), [("a@x.example".to_owned(), "hard")]);
}

#[test]
fn a_complaint_names_the_recipient_or_the_copy_does() {
    let report = |fields: &str| {
        format!(
            "From: fbl@isp.example\nTo: b-1@bounces.example.org\nContent-Type: multipart/report; \
             report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nVersion: 1\n{fields}\n\
             --b\nContent-Type: message/rfc822\n\nTo: copy@x.example\n\n--b--\n"
        )
    };
    let class = |fields: &str| told(&report(fields)).remove(0);
    assert_eq!(
        class("Feedback-Type: abuse\nOriginal-Rcpt-To: a@x.example\n"),
        ("a@x.example".into(), "complaint")
    );
    assert_eq!(
        class("Feedback-Type: abuse\n"),
        ("copy@x.example".into(), "complaint")
    );
    assert_eq!(class("Feedback-Type: opt-out\n").1, "complaint");
    assert_eq!(class("Feedback-Type: not-spam\n").1, "not-a-bounce");
    assert_eq!(class("Feedback-Type: auth-failure\n").1, "not-a-bounce");
}

#[test]
fn who_asks_for_no_more_complains() {
    let mail = "From: Anna <anna@x.example>\nTo: b-1@bounces.example.org\nSubject: Unsubscribe\n\n";
    assert_eq!(told(mail), [("anna@x.example".to_owned(), "complaint")]);
}

#[test]
fn what_people_and_their_robots_write_gives_up_no_address() {
    for head in [
        "From: Anna <anna@x.example>\nSubject: Re: Your file",
        "Return-Path: <>\nFrom: Anna <anna@x.example>\nAuto-Submitted: auto-replied\nSubject: Automatic reply: Your file",
        "Return-Path: <>\nFrom: Anna <anna@x.example>\nSubject: I have left",
        "From: postmaster@x.example\nSubject: Re: Question",
    ] {
        let mail = format!(
            "{head}\nTo: b-1@bounces.example.org\n\nMy address old@x.example is no longer valid, the account does not exist.\n\
             Write to new@x.example.\n"
        );
        let classes: Vec<&str> = told(&mail).into_iter().map(|(_, class)| class).collect();
        assert_eq!(classes, ["not-a-bounce"], "{head}");
    }
}

#[test]
fn every_phrase_can_be_found() {
    for list in [
        include_str!("wording/asides.txt"),
        include_str!("wording/before_recipient.txt"),
        include_str!("wording/copies.txt"),
        include_str!("wording/delays.txt"),
        include_str!("wording/notices.txt"),
        include_str!("wording/senders.txt"),
        include_str!("wording/subjects.txt"),
    ] {
        crate::domain::wording::check_list(list);
    }
}

/// What mails are made of, to be put together in any order.
const PIECES: [&str; 22] = [
    "\n",
    "\r\n",
    "--",
    "--b",
    "--b--",
    "From: MAILER-DAEMON@x.example\n",
    "Subject: Undelivered mail =?utf-8?q?=e4=?=\n",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    "Content-Type: multipart/mixed; boundary=\"\"\n",
    "Content-Type: multipart/digest; boundary=b\n",
    "Content-Type: message/rfc822\n",
    "Content-Type: message/delivery-status\n",
    "Content-Type: message/feedback-report\n",
    "Content-Type: text/html; charset=iso-2022-jp\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Final-Recipient: rfc822; a@b.example\n",
    "Status: 5.1.1\n",
    "550-5.1.1 <é@b.example>: user\u{3042} unknown\n",
    ">>> RCPT TO:<a@b.example>\n",
    "@",
    "=3D\u{0}é",
];

fn mails() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        9 => prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(!read(&bytes).is_empty());
    }

    #[test]
    fn whatever_looks_like_a_mail_is_read(bytes in mails()) {
        prop_assert!(!read(&bytes).is_empty());
    }
}
