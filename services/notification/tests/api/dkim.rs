//! Signatures, judged by a verifier that is not ours.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use contracts::offer::DeliveryMode;
use notification::mail::dkim::Signer;
use serde_json::json;

use crate::dkim_keys::KeyFolder;
use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::{Surroundings, TestApp};

/// dkimpy, where the test script has put it.
struct Verifier {
    python: PathBuf,
    records: PathBuf,
}

/// What it says of one signature.
#[derive(Debug, PartialEq)]
struct Verdict {
    selector: String,
    algorithm: String,
    holds: bool,
    fields: Vec<String>,
}

impl Verifier {
    /// `None`, said aloud, where there is no dkimpy.
    #[expect(
        clippy::print_stderr,
        reason = "a test that is left out must not look like one that passed"
    )]
    fn new(folder: &KeyFolder) -> Option<Self> {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python/bin/python");
        let is_there = Command::new(&python).args(["-c", "import dkim, nacl"]).status();
        if !is_there.is_ok_and(|status| status.success()) {
            eprintln!(
                "SKIPPED: no dkimpy in target/python (.ci/run puts it there): signatures are not verified"
            );
            return None;
        }
        let records = folder.path().join("records.json");
        let names: serde_json::Map<_, _> = folder
            .keys()
            .records()
            .map(|record| (record.name, json!(record.value)))
            .collect();
        std::fs::write(&records, json!(names).to_string()).expect("written");
        Some(Self { python, records })
    }

    fn verify(&self, mail: &[u8]) -> Vec<Verdict> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/verify_dkim.py");
        let mut verifier = Command::new(&self.python)
            .arg(script)
            .arg(&self.records)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        verifier
            .stdin
            .take()
            .expect("piped")
            .write_all(mail)
            .expect("written");
        let output = verifier.wait_with_output().expect("it ends");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("ASCII");
        text.lines().map(verdict).collect()
    }

    fn all_hold(&self, mail: &[u8]) -> bool {
        self.verify(mail).iter().all(|verdict| verdict.holds)
    }
}

fn verdict(line: &str) -> Verdict {
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[2], "relaxed/relaxed");
    Verdict {
        selector: words[0].to_owned(),
        algorithm: words[1].to_owned(),
        holds: words[3] == "holds",
        fields: words[4].split(':').map(str::to_owned).collect(),
    }
}

async fn signing_app(folder: &KeyFolder) -> TestApp {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.signer = Some(Signer::new(folder.keys()));
    around.start(config)
}

/// The mail as it came, without what the mailbox wrote over it.
async fn raw(app: &TestApp, address: &str) -> Vec<u8> {
    app.mail_to(address).await;
    app.around.mailbox.raw(&app.mails_to(address)[0]).await
}

/// Fails on a build that leaves the file out of the hash, signs before it stuffs dots into what it signs, or forgets
/// what RFC 8058 wants signed.
#[tokio::test]
async fn every_kind_of_mail_verifies_with_both_signatures() {
    let folder = KeyFolder::new();
    let app = signing_app(&folder).await;
    let Some(verifier) = Verifier::new(&folder) else {
        return;
    };
    app.store_offer(DeliveryMode::Both).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.publish(vec![asked(&enquiry("berta@example.com"))]).await;
    for (address, unsubscribe) in [
        ("anna@example.com", true),
        ("berta@example.com", false),
        ("sales@course.example", false),
    ] {
        let verdicts = verifier.verify(&raw(&app, address).await);
        let who: Vec<_> = verdicts
            .iter()
            .map(|verdict| {
                (
                    verdict.selector.as_str(),
                    verdict.algorithm.as_str(),
                    verdict.holds,
                )
            })
            .collect();
        let expected = [
            ("s1-rsa", "rsa-sha256", true),
            ("s1-ed25519", "ed25519-sha256", true),
        ];
        assert_eq!(who, expected, "{address}");
        for verdict in verdicts {
            let times = |name: &str| verdict.fields.iter().filter(|field| *field == name).count();
            assert_eq!(times("from"), 2, "a second From would pass");
            for name in [
                "to",
                "subject",
                "date",
                "message-id",
                "reply-to",
                "mime-version",
                "content-type",
            ] {
                assert_eq!(times(name), 1, "{name} of {address}");
            }
            for name in ["list-unsubscribe", "list-unsubscribe-post"] {
                assert_eq!(times(name), usize::from(unsubscribe), "{name} of {address}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_changed_on_the_way_breaks_both_signatures() {
    let folder = KeyFolder::new();
    let app = signing_app(&folder).await;
    let Some(verifier) = Verifier::new(&folder) else {
        return;
    };
    app.store_offer(DeliveryMode::Both).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    let mail = String::from_utf8(raw(&app, "anna@example.com").await).expect("ASCII");
    assert!(verifier.all_hold(mail.as_bytes()));
    let (before_file, file) = mail.split_at(mail.rfind("base64").expect("a file"));
    for (what, changed) in [
        ("a second From", format!("From: eve@example.net\r\n{mail}")),
        ("another Reply-To", format!("Reply-To: eve@example.net\r\n{mail}")),
        (
            "another way to unsubscribe",
            mail.replace("/u/unsubscribe-token", "/u/other"),
        ),
        (
            "another word",
            mail.replace("Hi Instagram Fam!", "Hi LinkedIn Fam!"),
        ),
        (
            "another file",
            format!("{before_file}{}", file.replacen("/w", "/x", 1)),
        ),
    ] {
        assert_ne!(changed, mail, "{what}");
        let verdicts = verifier.verify(changed.as_bytes());
        assert!(
            verdicts.len() == 2 && verdicts.iter().all(|verdict| !verdict.holds),
            "{what}"
        );
    }
}

/// As `docs/operations.md` rotates keys.
#[tokio::test]
async fn a_new_key_signs_once_it_is_made_active_and_the_old_ones_still_verify() {
    let folder = KeyFolder::new();
    folder.generate("s2", &["--algorithm", "rsa"]);
    let keys = folder.keys();
    let active: Vec<_> = keys
        .keys
        .iter()
        .map(|key| (key.selector.as_str(), key.active))
        .collect();
    assert_eq!(
        active,
        [("s1-rsa", true), ("s1-ed25519", true), ("s2-rsa", false)]
    );

    let text = std::fs::read_to_string(folder.file()).expect("readable");
    let swapped = text
        .replace("active = true", "active = no")
        .replace("active = false", "active = true");
    std::fs::write(folder.file(), swapped.replace("active = no", "active = false")).expect("written");
    let Some(verifier) = Verifier::new(&folder) else {
        return;
    };
    let app = signing_app(&folder).await;
    app.publish(vec![asked(&enquiry("berta@example.com"))]).await;
    let verdicts = verifier.verify(&raw(&app, "berta@example.com").await);
    let who: Vec<_> = verdicts
        .iter()
        .map(|verdict| (verdict.selector.as_str(), verdict.holds))
        .collect();
    assert_eq!(who, [("s2-rsa", true)]);
}

#[test]
fn keys_are_written_for_their_owner_alone_and_never_over_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = KeyFolder::empty();
    let printed = folder.generate("s1", &[]);
    let records: Vec<String> = folder.keys().records().map(|record| record.to_string()).collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), records);
    assert!(
        records[0].starts_with("s1-rsa._domainkey.course.example. 3600 IN TXT ( \"v=DKIM1; k=rsa; p=MII")
    );
    let mode = std::fs::metadata(folder.path().join("s1-rsa.pem"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    for (domain, selector, said) in [
        ("course.example", "s1", "s1-rsa.pem"),
        ("other.example", "s2", "is for course.example"),
    ] {
        let refused = folder.try_generate(domain, selector, &[]);
        let words = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(64), "{words}");
        assert!(words.contains(said), "{words}");
    }
    assert_eq!(
        folder.keys().keys.len(),
        2,
        "what was refused left something behind"
    );
}
