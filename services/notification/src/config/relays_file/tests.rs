use super::*;

const DEFAULTS: Defaults<'static> = Defaults {
    hello: "me.example",
    connections: 8,
};

fn plans(text: &str) -> Vec<RelayPlan> {
    parse("relays.toml", text, DEFAULTS).expect("valid")
}

fn mistakes(text: &str) -> String {
    parse("relays.toml", text, DEFAULTS)
        .expect_err("wrong")
        .to_string()
}

#[test]
fn what_is_not_said_has_a_default() {
    let plans = plans("[[relays]]\nname = \"ses\"\nurl = \"smtps://user:secret@ses.example\"\n");
    assert_eq!(plans[0].name.as_str(), "ses");
    assert_eq!(
        (plans[0].relay.host.as_str(), plans[0].relay.port),
        ("ses.example", 465)
    );
    let expected = Terms {
        priority: 1,
        weight: 1,
        connections: 8,
        quotas: Vec::new(),
        classes: Class::ALL.to_vec(),
    };
    assert_eq!(plans[0].terms, expected);
}

#[test]
fn everything_can_be_said() {
    let text = r#"
        [[relays]]
        name = "first"
        url = "smtp://one.example"
        priority = 1
        weight = 3
        connections = 20
        per_second = 14
        per_hour = 1000
        classes = ["delivery", "updates"]

        [[relays]]
        name = "second"
        url = "smtp://two.example"
        priority = 2
    "#;
    let plans = plans(text);
    let first = &plans[0].terms;
    assert_eq!((first.weight, first.connections), (3, 20));
    assert_eq!(first.classes, [Class::Delivery, Class::Updates]);
    let spans: Vec<_> = first
        .quotas
        .iter()
        .map(|quota| (quota.mails, quota.per.as_secs()))
        .collect();
    assert_eq!(spans, [(14, 1), (1000, 3600)]);
    assert_eq!(plans[1].terms.priority, 2);
}

#[test]
fn a_url_need_not_stand_in_the_file() {
    let folder = std::env::temp_dir().join(format!("relays-{}", uuid::Uuid::now_v7()));
    std::fs::write(&folder, "smtp://filed.example\n").expect("written");
    let text = format!("[[relays]]\nname = \"a\"\nurl_file = \"{}\"\n", folder.display());
    assert_eq!(plans(&text)[0].relay.host, "filed.example");
    std::fs::remove_file(&folder).expect("removed");
    let missing = mistakes("[[relays]]\nname = \"a\"\nurl_env = \"NOT_SET_FOR_SURE\"\n");
    assert_eq!(missing, "relays.toml:3: NOT_SET_FOR_SURE is not set");
}

#[test]
fn every_mistake_is_told_with_its_line_and_no_secret() {
    let text = r#"[[relays]]
name = "Big One"
url = "http://user:secret@one.example"
weight = 0
classes = ["delivery", "spam"]

[[relays]]
name = "two"

[[relays]]
name = "two"
url = "smtp://two.example"
per_minute = 0
"#;
    let told = mistakes(text);
    let lines: Vec<&str> = told
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    let expected = [2, 3, 4, 5, 7, 13, 11].map(|line| format!("relays.toml:{line}:"));
    assert_eq!(lines, expected, "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn what_cannot_be_read_names_the_line() {
    assert!(
        mistakes("[[relays]]\nname = \"a\"\nurl = \"smtp://a\"\nspeed = 3\n").starts_with("relays.toml:4: ")
    );
    assert!(mistakes("").contains("relays"));
    let team_only = "[[relays]]\nname = \"a\"\nurl = \"smtp://a\"\nclasses = [\"team\"]\n";
    assert!(mistakes(team_only).contains("no relay carries the class delivery"));
    let many = "[[relays]]\nname = \"a\"\nurl = \"smtp://a\"\nconnections = 257\n";
    assert!(mistakes(many).contains("257 connections"));
}
