//! What mail providers tell over their webhooks, signed as each of them signs.

use contracts::notification::State;
use contracts::offer::DeliveryMode;
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use notification::domain::provider::{Certificates, Mailgun, Postmark, Providers, Sendgrid, Ses};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Sign, PrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::hostile::json_bodies;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::samples::{accepted, signup};
use crate::test_app::{Surroundings, TestApp};

mod nonsense;

const SUPPRESSED: &str = "select count(*) from suppressions where active";
const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:bounces";
const LOGIN: &str = "postmark:a long enough password";
const MAILGUN_KEY: &str = "key-0123456789abcdef";

/// A service with all providers on, one delivered mail, and what a provider signs with.
struct Provided {
    app: TestApp,
    sendgrid: EcdsaKeyPair,
    /// What names the mail to a provider: its bounce address.
    address: String,
    message_id: String,
}

fn sendgrid_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random).expect("a key")
}

/// `SubjectPublicKeyInfo` of a point on P-256 (RFC 5480 §2).
fn public_key(key: &EcdsaKeyPair) -> String {
    let head = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let head = HEXLOWER.decode(head.as_bytes()).expect("hex");
    BASE64.encode(&[&head, key.public_key().as_ref()].concat())
}

impl Provided {
    async fn start() -> Self {
        let sendgrid = sendgrid_key();
        let around = Surroundings::new().await;
        let mut config = around.config();
        config.providers = Providers {
            ses: Some(Ses {
                topics: vec![TOPIC.to_owned()],
                certificates: Certificates::parse(include_bytes!("sns/test_certificate.pem")).expect("PEM"),
            }),
            postmark: Some(Postmark::new(LOGIN.to_owned().into()).expect("a login")),
            mailgun: Some(Mailgun::new(MAILGUN_KEY.to_owned().into()).expect("a key")),
            sendgrid: Some(Sendgrid::parse(&public_key(&sendgrid)).expect("a key")),
        };
        config.sender.echoes = config.providers.echoes();
        let app = around.start(config);
        app.store_offer(DeliveryMode::Link).await;
        let signup = signup("anna@example.com");
        app.publish(vec![accepted(&signup)]).await;
        app.told(signup.signup_id, State::Accepted).await;
        let mail = app.summary_to("anna@example.com").await;
        Self {
            address: mail.outline.envelope.from.clone(),
            message_id: mail.outline.message_id.clone(),
            app,
            sendgrid,
        }
    }

    async fn raw(&self) -> String {
        let mail = self.app.summary_to("anna@example.com").await;
        String::from_utf8(self.app.around.mailbox.raw(&mail).await).expect("ASCII")
    }

    fn token(&self) -> &str {
        self.address.split('@').next().expect("a local part")
    }

    async fn post(&self, provider: &str, fields: &[(&str, &str)], body: &Value) -> u16 {
        let path = format!("/v1/bounces/{provider}");
        self.app
            .post(&path, fields, body.to_string().into_bytes())
            .await
            .status()
            .as_u16()
    }

    async fn postmark(&self, login: &str, event: &Value) -> u16 {
        let login = format!("Basic {}", BASE64.encode(login.as_bytes()));
        self.post("postmark", &[("authorization", &login)], event).await
    }

    async fn mailgun(&self, key: &str, at: OffsetDateTime, event: &Value) -> u16 {
        let (timestamp, token) = (at.unix_timestamp().to_string(), "a token of Mailgun");
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length");
        mac.update(timestamp.as_bytes());
        mac.update(token.as_bytes());
        let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
        let signature = json!({"timestamp": timestamp, "token": token, "signature": signature});
        self.post(
            "mailgun",
            &[],
            &json!({"signature": signature, "event-data": event}),
        )
        .await
    }

    async fn sendgrid(&self, key: &EcdsaKeyPair, at: OffsetDateTime, events: &Value) -> u16 {
        let timestamp = at.unix_timestamp().to_string();
        let signed = format!("{timestamp}{events}");
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).expect("signed");
        let fields = [
            (
                "X-Twilio-Email-Event-Webhook-Signature",
                BASE64.encode(signature.as_ref()),
            ),
            ("X-Twilio-Email-Event-Webhook-Timestamp", timestamp),
        ];
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.post("sendgrid", &fields, events).await
    }

    async fn ses(&self, message: &Value) -> u16 {
        self.post("ses", &[("content-type", "text/plain; charset=UTF-8")], message)
            .await
    }

    async fn is_suppressed(&self) -> bool {
        self.app.count(SUPPRESSED).await == 1
    }

    async fn refused(&self, provider: &str) -> f64 {
        let series = format!("leadstream_notification_webhooks_refused_total{{provider=\"{provider}\"");
        self.app.metric(&series).await
    }
}

/// A message of SNS, signed by its version: 1 is RSA with SHA-1, 2 with SHA-256.
fn sns(version: &str, at: OffsetDateTime, kind: &str, message: &str) -> Value {
    let timestamp = at.format(&Rfc3339).expect("a time");
    let mut fields = vec![("Message", message.to_owned()), ("MessageId", "m-1".to_owned())];
    if kind == "SubscriptionConfirmation" {
        fields.push((
            "SubscribeURL",
            "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription".to_owned(),
        ));
    }
    fields.push(("Timestamp", timestamp));
    if kind == "SubscriptionConfirmation" {
        fields.push(("Token", "2336412f37".to_owned()));
    }
    fields.push(("TopicArn", TOPIC.to_owned()));
    fields.push(("Type", kind.to_owned()));
    let signed: String = fields
        .iter()
        .map(|(name, value)| format!("{name}\n{value}\n"))
        .collect();
    let mut value: Value = fields
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    value["SignatureVersion"] = version.into();
    value["SigningCertURL"] = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem".into();
    value["Signature"] = BASE64.encode(&rsa_signature(version, signed.as_bytes())).into();
    value
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 §9.2): the sum behind the name of its algorithm.
fn rsa_signature(version: &str, signed: &[u8]) -> Vec<u8> {
    let key = PrivateKey::from_pkcs8_pem(include_str!("sns/test_key.pem")).expect("a key");
    let (algorithm, sum) = if version == "1" {
        let sum = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, signed);
        ("3021300906052b0e03021a05000414", sum.as_ref().to_vec())
    } else {
        (
            "3031300d060960864801650304020105000420",
            Sha256::digest(signed).to_vec(),
        )
    };
    let algorithm = HEXLOWER.decode(algorithm.as_bytes()).expect("hex");
    key.sign(Pkcs1v15Sign::new_unprefixed(), &[algorithm, sum].concat())
        .expect("signed")
}

fn ses_bounce(source: &str) -> String {
    json!({
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "anna@example.com", "action": "failed", "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
        },
        "mail": {"source": source, "messageId": "0100", "destination": ["anna@example.com"]},
    })
    .to_string()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[tokio::test]
async fn a_provider_without_a_secret_and_one_that_is_not_known_are_not_there() {
    let app = TestApp::start().await;
    for provider in ["ses", "postmark", "mailgun", "sendgrid", "pigeon", "SES"] {
        let path = format!("/v1/bounces/{provider}");
        assert_eq!(
            app.post(&path, &[], vec![b'{'; 2_000_000]).await.status(),
            404,
            "{provider}"
        );
    }
}

#[tokio::test]
async fn ses_is_believed_by_its_topic_and_its_signature_of_either_version() {
    let provided = Provided::start().await;
    let message = ses_bounce(&provided.address);
    for version in ["1", "2"] {
        let good = sns(version, now(), "Notification", &message);
        for (field, value) in [
            ("Message", "{}"),
            ("TopicArn", "arn:aws:sns:eu-central-1:666:mine"),
            ("SignatureVersion", "3"),
            ("Signature", "AAAA"),
        ] {
            let mut bad = good.clone();
            bad[field] = value.into();
            assert_eq!(provided.ses(&bad).await, 403, "{field}");
        }
        assert_eq!(
            provided
                .ses(&sns(
                    version,
                    now() - Duration::hours(25),
                    "Notification",
                    &message
                ))
                .await,
            403
        );
        assert!(!provided.is_suppressed().await);
    }
    assert_eq!(
        provided
            .ses(&sns("1", now(), "Notification", "Amazon SES test"))
            .await,
        204
    );
    assert_eq!(
        provided.ses(&sns("1", now(), "Notification", &message)).await,
        204
    );
    assert!(provided.is_suppressed().await);
    assert_eq!(
        provided.ses(&sns("2", now(), "Notification", &message)).await,
        204,
        "again"
    );
    assert_eq!(
        provided
            .app
            .count("select count(*) from bounces where via = 'ses'")
            .await,
        1
    );
    assert!((provided.refused("ses").await - 10.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn the_url_that_confirms_a_subscription_is_shown_to_operators() {
    const PATH: &str = "/admin/v1/notification/bounces/ses/subscription";
    let provided = Provided::start().await;
    assert_eq!(provided.app.get_admin(PATH).await.status(), 404);
    let asked = sns("1", now(), "SubscriptionConfirmation", "please");
    assert_eq!(provided.ses(&asked).await, 204);
    let shown: Value = provided.app.get_admin(PATH).await.json().await.expect("JSON");
    let url = shown["confirm"].as_str().expect("a URL");
    assert!(url.contains("ConfirmSubscription"), "{url}");
}

#[tokio::test]
async fn a_certificate_that_is_not_ours_signs_nothing() {
    let other = Certificates::parse(include_bytes!("sns/other_certificate.pem")).expect("PEM");
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.providers.ses = Some(Ses {
        topics: vec![TOPIC.to_owned()],
        certificates: other,
    });
    let app = around.start(config);
    for version in ["1", "2"] {
        let message = sns(version, now(), "Notification", "{}").to_string();
        assert_eq!(
            app.post("/v1/bounces/ses", &[], message.into_bytes())
                .await
                .status(),
            403
        );
    }
}

#[tokio::test]
async fn postmark_is_believed_by_its_login() {
    let provided = Provided::start().await;
    let raw = provided.raw().await;
    assert!(raw.contains(&format!("X-PM-Metadata-notification: {}\r\n", provided.token())));
    let event = json!({"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "MessageID": "x",
        "Details": "smtp;550 5.1.1 unknown", "Email": "anna@example.com", "Metadata": {"notification": provided.token()}});
    assert_eq!(
        provided.postmark("postmark:another password!!", &event).await,
        401
    );
    assert_eq!(provided.post("postmark", &[], &event).await, 401);
    assert_eq!(
        provided
            .post("postmark", &[("authorization", "Bearer x")], &event)
            .await,
        401
    );
    let mut transient = event.clone();
    transient["Type"] = "Transient".into();
    assert_eq!(provided.postmark(LOGIN, &transient).await, 204);
    assert_eq!(
        provided.postmark(LOGIN, &json!({"RecordType": "Open"})).await,
        204
    );
    assert_eq!(provided.postmark(LOGIN, &json!([1])).await, 400);
    assert!(!provided.is_suppressed().await);
    assert_eq!(provided.postmark(LOGIN, &event).await, 204);
    assert!(provided.is_suppressed().await);
    let by_postmark = "select count(*) from suppressions where source = 'postmark' and reason = 'hard'";
    assert_eq!(provided.app.count(by_postmark).await, 1);
}

#[tokio::test]
async fn mailgun_is_believed_by_its_signature_for_a_day() {
    let provided = Provided::start().await;
    let event = json!({"event": "complained", "recipient": "anna@example.com",
        "message": {"headers": {"message-id": provided.message_id, "to": "anna@example.com"}}});
    assert_eq!(
        provided.mailgun("another key of Mailgun", now(), &event).await,
        403
    );
    assert_eq!(
        provided
            .mailgun(MAILGUN_KEY, now() - Duration::hours(25), &event)
            .await,
        403
    );
    assert_eq!(
        provided
            .mailgun(MAILGUN_KEY, now() + Duration::hours(1), &event)
            .await,
        403
    );
    assert_eq!(
        provided.post("mailgun", &[], &json!({"event-data": event})).await,
        403
    );
    let temporary = json!({"event": "failed", "severity": "temporary", "delivery-status": {"code": 550, "message": "5.1.1 unknown"},
        "message": {"headers": {"message-id": provided.message_id}}});
    assert_eq!(provided.mailgun(MAILGUN_KEY, now(), &temporary).await, 204);
    let of_nobody = json!({"event": "complained", "message": {"headers": {"message-id": "2a6e5a55-ff61-5d20-a72d-9402eaebbc7d@other.example"}}});
    assert_eq!(provided.mailgun(MAILGUN_KEY, now(), &of_nobody).await, 204);
    assert!(!provided.is_suppressed().await);
    for _ in 0..2 {
        assert_eq!(
            provided
                .mailgun(MAILGUN_KEY, now() - Duration::hours(23), &event)
                .await,
            204,
            "it went on trying"
        );
    }
    assert!(provided.is_suppressed().await);
    assert_eq!(
        provided
            .app
            .count("select count(*) from bounces where class = 'complaint'")
            .await,
        1
    );
}

#[tokio::test]
async fn sendgrid_is_believed_by_its_signature_over_time_and_body() {
    let provided = Provided::start().await;
    let raw = provided.raw().await.replace("\r\n ", " ");
    assert!(
        raw.contains("X-SMTPAPI: {\"unique_args\": {\"notification\": \""),
        "{raw}"
    );
    let bounce = |kind: &str, reason: &str| {
        json!({"event": "bounce", "type": kind, "status": "5.0.0", "reason": reason, "email": "anna@example.com",
            "notification": provided.token()})
    };
    let (blocked, unknown) = (
        bounce("blocked", "554 5.7.1 listed"),
        bounce("bounce", "550 5.1.1 no such user"),
    );
    let events = json!([{"event": "delivered", "notification": provided.token()}, {"odd": 1}, unknown]);
    assert_eq!(provided.sendgrid(&sendgrid_key(), now(), &events).await, 403);
    assert_eq!(
        provided
            .sendgrid(&provided.sendgrid, now() - Duration::hours(25), &events)
            .await,
        403
    );
    assert_eq!(provided.post("sendgrid", &[], &events).await, 403);
    assert_eq!(
        provided
            .sendgrid(&provided.sendgrid, now(), &json!({"no": "list"}))
            .await,
        400
    );
    assert_eq!(
        provided
            .sendgrid(&provided.sendgrid, now(), &json!([blocked]))
            .await,
        204
    );
    assert!(
        !provided.is_suppressed().await,
        "a policy says nothing of the person"
    );
    assert_eq!(provided.sendgrid(&provided.sendgrid, now(), &events).await, 204);
    assert!(provided.is_suppressed().await);
}
