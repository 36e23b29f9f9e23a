//! From nothing to the mail in the inbox, by one command; killed, and started again.

use std::net::TcpListener;
use std::time::Duration;

use testkit::wait_until;

use crate::installation::Installation;

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn one_command_brings_pages_mails_and_metrics_and_all_of_it_survives_a_kill() {
    let here = Installation::new("main-job");
    let mut process = here.start().await;

    let (status, page) = here.get(here.public, "/").await;
    assert_eq!(status, 200);
    for link in [
        "/c/instagram",
        "/c/linkedin",
        "/c/youtube",
        "/contact",
        &here.mailbox.to_string(),
    ] {
        assert!(page.contains(link), "the start page leads to {link}");
    }
    assert!(
        here.get(here.public, "/c/instagram")
            .await
            .1
            .contains("Hi Instagram Fam!")
    );
    assert_eq!(here.sign_up("first@example.com").await, 202);
    assert_eq!(here.ask("asks@example.com").await, 202);
    here.wait_for_mail_to("first@example.com").await;
    here.wait_for_mail_to("asks@example.com").await;
    here.wait_for_mail_to("sales@course.example").await;
    let (_, metrics) = here.get(here.admin, "/metrics").await;
    for service in ["signup", "enquiry", "notification"] {
        assert!(
            metrics.contains(&format!("service=\"{service}\"")),
            "{service} is measured"
        );
    }

    assert_eq!(here.sign_up("second@example.com").await, 202);
    process.kill();
    let process = here.start().await;

    here.wait_for_mail_to("second@example.com").await;
    let mailed = here.mailed().await;
    assert!(
        mailed.contains(&"first@example.com".to_owned()),
        "the mailbox has kept its mails"
    );
    assert_eq!(
        mailed.iter().filter(|to| *to == "first@example.com").count(),
        1,
        "nothing is mailed again"
    );
    drop(process);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_the_engines_too() {
    let here = Installation::new("stop");
    let mut process = here.start().await;
    assert!(here.engines() >= 2, "Postgres and Kafka run");

    process.terminate();

    let status = process.exited(DEADLINE).await;
    assert!(status.success(), "{status}");
    wait_until("no engine is left", DEADLINE, async || here.engines() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_port_ends_it_at_once_with_the_setting_that_names_it() {
    let here = Installation::new("busy-port");
    let _busy = TcpListener::bind(here.admin).expect("a free port");

    let output = here.command().output().expect("it runs");

    assert_eq!(output.status.code(), Some(64));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("ADMIN_LISTEN"), "{words}");
    assert!(!here.data_dir.exists(), "nothing was started or made");
}

#[test]
fn a_wrong_setting_of_any_service_is_named_before_anything_is_made() {
    let here = Installation::new("wrong-settings");
    for (setting, value) in [
        ("PUBLIC_URL", "ftp://example.com"),
        ("SMTP_CONNECTIONS", "none"),
        ("CONTACT_URL", "contact"),
        ("ROUTES_FILE", "/no/such/routes.toml"),
        ("OFFERS_DIR", "/no/such/folder"),
        ("SUBJECT_KEY", "short"),
        ("DATABASE_URL", "mysql://127.0.0.1/leads"),
        ("ENQUIRY_DATABASE_URL", "127.0.0.1:5432"),
    ] {
        let output = here.command().env(setting, value).output().expect("it runs");
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{setting}: {words}");
        let flag = setting.to_lowercase().replace('_', "-");
        assert!(
            words.contains(setting) || words.contains(&flag),
            "{setting}: {words}"
        );
        assert!(!here.data_dir.exists(), "{setting}: nothing was made");
    }
}
