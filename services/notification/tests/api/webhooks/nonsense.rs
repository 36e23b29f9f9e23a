//! What strangers post, and what believed providers should not.

use super::*;

#[tokio::test]
async fn what_is_too_long_or_no_text_is_refused_without_a_server_error() {
    let provided = Provided::start().await;
    for provider in ["ses", "postmark", "mailgun", "sendgrid"] {
        let path = format!("/v1/bounces/{provider}");
        for body in [
            Vec::new(),
            b"{".to_vec(),
            vec![0xff; 1_000],
            b"[".repeat(100_000),
            vec![b' '; 1024 * 1024],
        ] {
            let status = provided.app.post(&path, &[], body).await.status();
            assert!([401, 403].contains(&status.as_u16()), "{provider}: {status}");
        }
        assert_eq!(
            provided
                .app
                .post(&path, &[], vec![b' '; 1024 * 1024 + 1])
                .await
                .status(),
            413
        );
        assert_eq!(provided.app.get(&path).await.status(), 405);
    }
}

/// Whoever is believed can still send nonsense.
#[tokio::test]
async fn what_is_signed_and_makes_no_sense_is_refused_or_passed_and_suppresses_nobody() {
    let provided = Provided::start().await;
    let login = format!("Basic {}", BASE64.encode(LOGIN.as_bytes()));
    for body in json_bodies() {
        let fields = [
            ("authorization", login.as_str()),
            ("content-type", body.media_type),
        ];
        let answer = provided
            .app
            .post("/v1/bounces/postmark", &fields, body.bytes)
            .await;
        let status = answer.status().as_u16();
        assert!([204, 400, 415].contains(&status), "{}: {status}", body.what);
    }
    let huge = json!({"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": u64::MAX, "Details": "\u{0}\u{202e}",
        "Email": ["a"], "Metadata": {"notification": "x".repeat(100_000)}});
    assert!([204, 400].contains(&provided.postmark(LOGIN, &huge).await));
    for event in [
        json!(null),
        json!({}),
        json!([[]]),
        json!({"event": {"event": []}}),
    ] {
        assert!(
            [204, 400, 403].contains(&provided.mailgun(MAILGUN_KEY, now(), &event).await),
            "{event}"
        );
        assert!(
            [204, 400].contains(&provided.sendgrid(&provided.sendgrid, now(), &event).await),
            "{event}"
        );
        let message = sns("2", now(), "Notification", &event.to_string());
        assert_eq!(provided.ses(&message).await, 204, "{event}");
    }
    assert!(!provided.is_suppressed().await);
}

/// Catches a program that fetches what a stranger names: the way into the network behind it.
#[tokio::test]
async fn no_url_that_a_message_names_is_ever_opened() {
    let provided = Provided::start().await;
    let inside = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    inside.set_nonblocking(true).expect("it does not wait");
    let url = format!("http://{}/latest/meta-data", inside.local_addr().expect("bound"));
    for kind in [
        "Notification",
        "SubscriptionConfirmation",
        "UnsubscribeConfirmation",
    ] {
        let mut message = sns("2", now(), kind, "{}");
        message["SigningCertURL"] = url.clone().into();
        assert!([204, 403].contains(&provided.ses(&message).await), "{kind}");
        message["SubscribeURL"] = url.clone().into();
        message["UnsubscribeURL"] = url.clone().into();
        assert!([204, 403].contains(&provided.ses(&message).await), "{kind}");
    }
    let nobody = inside.accept().expect_err("nobody comes");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
}
