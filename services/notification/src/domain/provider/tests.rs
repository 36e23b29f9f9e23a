use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;
use time::macros::datetime;
use uuid::uuid;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-24 10:00 UTC);
const ID: NotificationId = NotificationId(uuid!("2a6e5a55-ff61-5d20-a72d-9402eaebbc7d"));

fn bounce_key() -> BounceKey {
    BounceKey::parse(&"cd".repeat(32)).expect("a key")
}

fn event(source: &str) -> ProviderEvent {
    let source: Box<RawValue> = serde_json::from_str(source).expect("JSON");
    ProviderEvent::new(&source, BounceClass::Hard, None)
}

fn named(source: &str) -> Option<NotificationId> {
    let report = event(source).report(&bounce_key(), "course.example");
    report.map(|report| report.notification)
}

fn classes(provider: impl Fn(&str) -> BounceClass, expected: &[(&str, BounceClass)]) {
    for (event, class) in expected {
        assert_eq!(provider(event), *class, "{event}");
    }
}

#[test]
fn an_event_names_a_mail_by_its_bounce_address_or_its_message_id() {
    let local = bounce_key().local_part(ID);
    assert_eq!(
        named(&format!(r#"{{"mail": {{"source": "{local}@course.example"}}}}"#)),
        Some(ID)
    );
    assert_eq!(
        named(&format!(r#"{{"smtp-id": "<{}@course.example>"}}"#, ID.0)),
        Some(ID)
    );
    for other in [
        format!(r#"{{"smtp-id": "<{}@course.example.net>"}}"#, ID.0),
        format!(r#"{{"smtp-id": "<{}@other.example>"}}"#, ID.0),
        format!(r#"{{"id": "{}"}}"#, ID.0),
        r#"{"smtp-id": "<2a6e5a55@course.example>"}"#.to_owned(),
        r#""@course.example""#.to_owned(),
        r#""ü2a6e5a55-ff61-5d20-a72d-9402eaebbc@course.example""#.to_owned(),
    ] {
        assert_eq!(named(&other), None, "{other}");
    }
}

#[test]
fn what_was_signed_long_ago_or_in_the_future_is_refused() {
    assert_eq!(check_age(NOW - Duration::hours(24), NOW), Ok(()));
    assert_eq!(check_age(NOW + Duration::minutes(5), NOW), Ok(()));
    assert_eq!(check_age(NOW - Duration::hours(25), NOW), Err(Refusal::Expired));
    assert_eq!(check_age(NOW + Duration::minutes(6), NOW), Err(Refusal::Expired));
    assert_eq!(unix_time("soon"), Err(Refusal::Signature));
    assert_eq!(unix_time(&i64::MAX.to_string()), Err(Refusal::Signature));
}

#[test]
fn what_amazon_tells_is_of_the_class_that_its_reply_says() {
    let bounce = |kind: &str, sub: &str, reply: &str| {
        format!(
            r#"{{"eventType": "Bounce", "bounce": {{"bounceType": "{kind}", "bounceSubType": "{sub}",
                "bouncedRecipients": [{{"emailAddress": "a@b.example"{reply}}}]}}}}"#
        )
    };
    let unknown = r#", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown""#;
    let listed = r#", "status": "5.7.1", "diagnosticCode": "smtp; 554 5.7.1 your address is listed""#;
    let full = r#", "status": "5.2.2", "diagnosticCode": "smtp; 552 5.2.2 mailbox full""#;
    let complaint = |kind: &str| format!(r#"{{"notificationType": "Complaint", "complaint": {{{kind}}}}}"#);
    classes(
        |message| {
            ses::events(message)
                .first()
                .map_or(BounceClass::NotABounce, |event| event.class)
        },
        &[
            (&bounce("Permanent", "General", unknown), BounceClass::Hard),
            (&bounce("Permanent", "General", ""), BounceClass::Hard),
            (
                &bounce("Permanent", "OnAccountSuppressionList", ""),
                BounceClass::Hard,
            ),
            (&bounce("Permanent", "General", listed), BounceClass::Soft),
            (&bounce("Transient", "MailboxFull", full), BounceClass::Soft),
            (&bounce("Undetermined", "Undetermined", ""), BounceClass::Soft),
            // A robot's answer.
            (&bounce("Transient", "General", ""), BounceClass::NotABounce),
            (&complaint(""), BounceClass::Complaint),
            (
                &complaint(r#""complaintFeedbackType": "abuse""#),
                BounceClass::Complaint,
            ),
            (
                &complaint(r#""complaintFeedbackType": "not-spam""#),
                BounceClass::NotABounce,
            ),
            (r#"{"notificationType": "Delivery"}"#, BounceClass::NotABounce),
            ("Successfully validated SNS topic", BounceClass::NotABounce),
        ],
    );
}

#[test]
fn what_a_policy_refuses_says_nothing_of_a_person_with_any_provider() {
    let sendgrid = |source: &str| {
        let source: Box<RawValue> = serde_json::from_str(source).expect("JSON");
        sendgrid::event(&source).map_or(BounceClass::NotABounce, |event| event.class)
    };
    classes(
        sendgrid,
        &[
            (
                r#"{"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown user"}"#,
                BounceClass::Hard,
            ),
            (
                r#"{"event": "bounce", "type": "bounce", "status": "5.7.1", "reason": "550 5.7.1 blocked by policy"}"#,
                BounceClass::Soft,
            ),
            (
                r#"{"event": "bounce", "type": "blocked", "reason": "550 5.1.1 unknown user"}"#,
                BounceClass::Soft,
            ),
            (
                r#"{"event": "dropped", "reason": "Bounced Address"}"#,
                BounceClass::Hard,
            ),
            (
                r#"{"event": "dropped", "reason": "Spam Reporting Address"}"#,
                BounceClass::Complaint,
            ),
            (
                r#"{"event": "dropped", "reason": "Spam Content"}"#,
                BounceClass::Soft,
            ),
            (
                r#"{"event": "deferred", "reason": "550 5.1.1 unknown user"}"#,
                BounceClass::NotABounce,
            ),
            (r#"{"event": "group_unsubscribe"}"#, BounceClass::Complaint),
            (r#"{"event": 7}"#, BounceClass::NotABounce),
        ],
    );
}

proptest! {
    #[test]
    fn any_body_is_refused_or_read(body in prop::collection::vec(any::<u8>(), 0..500)) {
        let providers = Providers {
            postmark: Postmark::new("user:a long enough password".to_owned().into()).ok(),
            mailgun: Mailgun::new("a long enough signing key".to_owned().into()).ok(),
            ..Providers::default()
        };
        for provider in Provider::ALL {
            let told = providers.read(provider, Webhook { body: &body, ..Webhook::default() }, NOW);
            prop_assert!(told.is_none_or(|told| told.is_err()));
        }
    }

    #[test]
    fn any_text_names_a_mail_or_none(text in "\\PC{0,60}(@course\\.example)?\\PC{0,20}") {
        let source = serde_json::to_string(&text).expect("JSON");
        prop_assert_eq!(named(&source), None);
    }

    /// Whoever is believed may write anything: it is read or refused, and without the name of a mail it touches nobody.
    #[test]
    fn any_body_that_is_signed_is_refused_or_read_and_names_no_mail_by_chance(event in events()) {
        let (key, login) = ("a long enough signing key", "user:a long enough password");
        let providers = Providers {
            postmark: Postmark::new(login.to_owned().into()).ok(),
            mailgun: Mailgun::new(key.to_owned().into()).ok(),
            ..Providers::default()
        };
        let authorization = format!("Basic {}", BASE64.encode(login.as_bytes()));
        let body = event.to_string();
        let webhook = Webhook { authorization: Some(&authorization), body: body.as_bytes(), ..Webhook::default() };
        let by_login = providers.read(Provider::Postmark, webhook, NOW);
        let body = signed_by_mailgun(key, &event).to_string();
        let by_signature = providers.read(Provider::Mailgun, Webhook { body: body.as_bytes(), ..Webhook::default() }, NOW);
        let raw: Box<RawValue> = serde_json::from_str(&event.to_string()).expect("JSON");
        let mut told = ses::events(&event.to_string());
        told.extend(sendgrid::event(&raw));
        for read in [by_login, by_signature] {
            match read.expect("it is on") {
                Ok(Told::Events(events)) => told.extend(events),
                Ok(Told::Subscription { .. }) => prop_assert!(false, "only Amazon asks"),
                Err(refusal) => prop_assert_eq!(refusal, Refusal::Unreadable),
            }
        }
        for event in told {
            prop_assert!(event.report(&bounce_key(), "course.example").is_none());
        }
    }
}

fn signed_by_mailgun(key: &str, event: &Value) -> Value {
    let (timestamp, token) = (NOW.unix_timestamp().to_string(), "a token");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length");
    mac.update(timestamp.as_bytes());
    mac.update(token.as_bytes());
    let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
    json!({"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": event})
}

/// Names and words of all providers, in any order and of any type.
fn events() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 22] = [
        "event",
        "type",
        "status",
        "reason",
        "severity",
        "delivery-status",
        "code",
        "message",
        "description",
        "RecordType",
        "Type",
        "Details",
        "notificationType",
        "eventType",
        "bounce",
        "bounceType",
        "bounceSubType",
        "bouncedRecipients",
        "diagnosticCode",
        "complaint",
        "complaintFeedbackType",
        "headers",
    ];
    const WORDS: [&str; 20] = [
        "Bounce",
        "HardBounce",
        "SpamComplaint",
        "Permanent",
        "Transient",
        "General",
        "failed",
        "permanent",
        "complained",
        "bounce",
        "dropped",
        "blocked",
        "spamreport",
        "5.1.1",
        "9.9999.9",
        "550 5.1.1 unknown",
        "smtp; 550-5.1.1 a\r\n550 b",
        "",
        "\u{0}é\u{202e}",
        "b-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@course.example",
    ];
    let leaf = prop_oneof![
        6 => prop::sample::select(&WORDS[..]).prop_map(Value::from),
        1 => "\\PC{0,40}".prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::btree_map(prop::sample::select(&NAMES[..]), inner, 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}
