use proptest::prelude::*;

use super::*;

const HUMAN: &str = "Return-Path: <anna@example.com>\nFrom: Anna <anna@example.com>\nTo: hello@example.org\n";

fn answer(header: &str) -> Answer {
    judge(format!("{HUMAN}{header}\n\nHello").as_bytes(), &[]).answer
}

fn answer_to(from: &str) -> Answer {
    judge(
        format!("From: {from}\nTo: hello@example.org\nSubject: Hi\n\nHello").as_bytes(),
        &[],
    )
    .answer
}

#[test]
fn a_person_may_be_answered() {
    for header in [
        "Subject: Question about the course",
        "Subject: Re: Automatic reply: Hello",
        "Subject: AW: Abwesenheitsnotiz",
        "Subject: Autoresponders: which one do you use?\nAuto-Submitted: no",
        "Auto-Submitted: No (a person)",
        "X-Auto-Response-Suppress: DR, RN, NRN",
        "Precedence: first-class",
        "X-MS-Exchange-Inbox-Rules-Loop: anna@example.com",
        "X-Mailer: Apple Mail",
    ] {
        assert_eq!(answer(header), Answer::May, "{header}");
    }
}

#[test]
fn a_robot_or_a_list_must_not_be_answered() {
    for header in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-notified; owner-email=\"a@example.com\"",
        "auto-submitted: AUTO-GENERATED (failure)",
        "Auto-Submitted: x-something-new",
        "Return-Path: <>",
        "Return-Path: < >",
        "Precedence: Bulk",
        "Precedence: list",
        "Precedence: auto_reply",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "X-Autoreply: yes",
        "X-Autorespond: vacation",
        "List-Id: Friends <friends.example.com>",
        "List-Unsubscribe: <https://example.com/u>",
        "X-Loop: hello@example.org",
        "Delivered-To: Autoresponder",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        "Subject: Automatic reply: Your question",
        "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_Bonjour?=",
        "Subject: Out of Office: back on Monday",
        "Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSN77ya5L2g5aW9?=",
        "Subject: Abwesenheitsnotiz",
        "Subject: Undeliverable: hello",
    ] {
        assert_eq!(answer(header), Answer::MustNot, "{header}");
    }
}

#[test]
fn nobody_reads_what_these_senders_get() {
    for from in [
        "MAILER-DAEMON@example.com",
        "Mail <owner-news@example.com>",
        "news-request@example.com",
        "list-bounces@example.com",
        "No-Reply <no-reply@example.com>",
        "noreply+x@example.com",
        "hello@example.org",
        "",
    ] {
        assert_eq!(answer_to(from), Answer::MustNot, "{from}");
    }
    assert_eq!(answer_to("reply@example.com"), Answer::May);
}

#[test]
fn an_address_alone_tells_a_robot() {
    for (address, person) in [
        ("anna@example.com", true),
        ("reply@example.com", true),
        ("MAILER-DAEMON@example.com", false),
        ("No-Reply+x@example.com", false),
        ("list-bounces@example.com", false),
        ("owner-list@example.com", false),
    ] {
        let address = EmailAddress::parse(address).expect("an address");
        assert_eq!(is_read_by_a_person(&address), person, "{}", address.expose());
    }
}

#[test]
fn our_own_addresses_are_not_answered() {
    let own = [EmailAddress::parse("team@example.org").expect("an address")];
    let mail = b"From: Team <Team@example.org>\nTo: hello@example.org\n\nHello";
    assert_eq!(judge(mail, &own).answer, Answer::MustNot);
    assert_eq!(judge(mail, &[]).answer, Answer::May);
}

#[test]
fn what_is_no_mail_is_not_answered() {
    assert_eq!(judge(b"", &[]).answer, Answer::MustNot);
    assert_eq!(judge(&[0xff; 300], &[]).answer, Answer::MustNot);
}

#[test]
fn every_phrase_can_be_found() {
    crate::domain::wording::check_list(include_str!("wording/subjects.txt"));
}

/// What the heads of mails are made of, to be put together in any order.
const PIECES: [&str; 18] = [
    "Auto-Submitted: ",
    "Precedence: ",
    "Return-Path: ",
    "From: ",
    "Subject: ",
    "List-Id: ",
    "X-Auto-Response-Suppress: ",
    "Content-Type: multipart/report; boundary=b",
    "auto-replied",
    "no",
    "=?utf-8?q?=e4=?=",
    "=?x?b?",
    "<>",
    "\"a\" <a@b.example>",
    "\n",
    "\r\n ",
    "(;,",
    "\u{0}\u{202e}é",
];

proptest! {
    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..1_000)) {
        prop_assert!(!judge(&bytes, &[]).why.is_empty());
    }

    /// A robot that says what it is must not be answered, whatever else stands in its mail's head.
    #[test]
    fn a_robot_is_known_whatever_stands_beside_its_sign(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..30)) {
        let mail = format!("Auto-Submitted: auto-replied\r\nX-Else: {}\r\n\r\nHello", pieces.concat());
        prop_assert_eq!(judge(mail.as_bytes(), &[]).answer, Answer::MustNot);
    }

    #[test]
    fn any_address_is_a_persons_or_a_robots(local in "[a-z+._-]{1,30}") {
        if let Ok(address) = EmailAddress::parse(&format!("{local}@example.com")) {
            let loud = EmailAddress::parse(&address.expose().to_uppercase()).expect("the same in capitals");
            prop_assert_eq!(is_read_by_a_person(&address), is_read_by_a_person(&loud));
        }
    }
}
