use uuid::uuid;

use super::*;

const ID: NotificationId = NotificationId(uuid!("2a6e5a55-ff61-5d20-a72d-9402eaebbc7d"));

fn bounce_key() -> BounceKey {
    BounceKey::parse(&"cd".repeat(32)).expect("a key")
}

fn subject_key() -> SubjectKey {
    SubjectKey::parse(&"ab".repeat(32)).expect("a key")
}

fn person(address: &str) -> PersonId {
    PersonId::of(&subject_key(), &EmailAddress::parse(address).expect("an address"))
}

fn reading(envelope: Option<&str>, raw: &str) -> Reading {
    let keys = Keys {
        bounce: &bounce_key(),
        subject: &subject_key(),
    };
    read(keys, envelope, raw.as_bytes())
}

fn report(to: &str, groups: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt failed.\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{groups}\n--b--\n"
    )
}

fn failed(address: &str) -> String {
    format!(
        "Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
    )
}

#[test]
fn the_envelope_names_the_mail_and_so_does_the_header() {
    let address = format!("{}@course.example", bounce_key().local_part(ID));
    let raw = report("somebody@course.example", &failed("anna@example.com"));
    for found in [
        reading(Some(&address), &raw),
        reading(None, &report(&address, &failed("anna@example.com"))),
    ] {
        let Reading::Report(report) = found else {
            panic!("{found:?}")
        };
        assert_eq!(report.notification, ID);
        let finding = report.about(person("anna@example.com")).expect("a finding");
        assert_eq!(finding.class, BounceClass::Hard);
        assert_eq!(
            finding.status.map(|status| status.to_string()).as_deref(),
            Some("5.1.1")
        );
    }
    assert_eq!(reading(None, &raw), Reading::Unverified);
}

#[test]
fn a_complaint_is_told_by_the_return_path_of_its_copy() {
    let raw = format!(
        "From: fbl@provider.example\nTo: abuse@course.example\nSubject: complaint\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nA complaint.\n--b\n\
         Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n--b\n\
         Content-Type: message/rfc822\n\nReturn-Path: <{}@course.example>\nTo: anna@example.com\n\nhi\n--b--\n",
        bounce_key().local_part(ID)
    );
    let Reading::Report(report) = reading(None, &raw) else {
        panic!("no report")
    };
    assert_eq!(report.findings[0].class, BounceClass::Complaint);
}

#[test]
fn a_delay_and_a_robots_answer_are_no_bounces() {
    let address = format!("{}@course.example", bounce_key().local_part(ID));
    let delayed = failed("anna@example.com").replace("failed", "delayed");
    assert_eq!(
        reading(Some(&address), &report(&address, &delayed)),
        Reading::NoBounce
    );
    let robot = "From: anna@example.com\nTo: us@course.example\nSubject: Out of office\n\
                 Auto-Submitted: auto-replied\n\nI am away until Monday.\n";
    assert_eq!(reading(Some(&address), robot), Reading::NoBounce);
}

#[test]
fn of_several_recipients_the_person_counts_and_else_the_one_who_fared_best() {
    let delivered = "Final-Recipient: rfc822; list@example.com\nAction: expanded\nStatus: 2.0.0\n\n";
    let groups = format!("{delivered}{}", failed("anna@example.com"));
    let address = format!("{}@course.example", bounce_key().local_part(ID));
    let Reading::Report(report) = reading(Some(&address), &report(&address, &groups)) else {
        panic!("no report")
    };
    let class = |address| report.about(person(address)).expect("a finding").class;
    assert_eq!(class("anna@example.com"), BounceClass::Hard);
    assert_eq!(class("berta@example.com"), BounceClass::NotABounce);
}
