use proptest::prelude::*;

use super::*;

const TOP: &str = r#"fallback_inbox = "all@example.com"
topics = [{ slug = "course", title = "A course" }, { slug = "press", title = "Press" }]
teams = [{ slug = "sales", name = "Sales", inbox = "sales@example.com" }]
"#;

const LAST: &str = r#"
[[rules]]
name = "rest"
team = "sales"
"#;

fn mistakes(rules: &str) -> String {
    match parse("routes.toml", &format!("{TOP}{rules}")) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

fn rule(name: &str, when: &str) -> String {
    format!("\n[[rules]]\nname = \"{name}\"\nwhen = {{ {when} }}\nteam = \"sales\"\n")
}

#[test]
fn a_complete_file_is_read_in_its_order() {
    let text = format!(
        "{TOP}{}{LAST}",
        rule("press", "topic = [\"press\"], words = [\"interview\"]")
    );
    let table = parse("routes.toml", &text).expect("valid");
    assert_eq!(table.topics.len(), 2);
    assert_eq!(table.rules[0].when.len(), 2);
    assert_eq!(table.last.name, "rest");
}

#[test]
fn a_last_rule_and_a_fallback_inbox_are_required() {
    assert_eq!(
        mistakes(&rule("a", "topic = [\"press\"]")),
        "routes.toml:6: the last rule must take everything: it cannot have `when`"
    );
    let without = format!("{}{LAST}", TOP.replacen("fallback_inbox", "fallback", 1));
    let error = parse("routes.toml", &without)
        .expect_err("no fallback inbox")
        .to_string();
    assert!(
        error.starts_with("routes.toml:1: unknown field `fallback`"),
        "{error}"
    );
    assert_eq!(
        parse("routes.toml", &format!("{TOP}rules = []"))
            .expect_err("no rule")
            .to_string(),
        "routes.toml:1: a last of [[rules]], without `when`, is needed"
    );
}

#[test]
fn a_rule_that_takes_everything_can_only_be_the_last() {
    assert_eq!(
        mistakes(&format!("{LAST}{}", LAST.replace("rest", "other"))),
        "routes.toml:6: a rule without `when` takes everything: only the last may have none"
    );
}

#[test]
fn unknown_names_and_keys_are_refused_where_they_stand() {
    for (when, expected) in [
        (
            "topic = [\"cours\"]",
            "routes.toml:7: \"cours\" is no topic of this file",
        ),
        ("topics = [\"course\"]", "routes.toml:7: unknown field `topics`"),
        ("words = []", "routes.toml:7: an empty list never matches"),
        ("words = [\"!\"]", "routes.toml:7: \"!\" has no word in it"),
        (
            "address_domain = [\"a b\"]",
            "routes.toml:7: \"a b\" is no domain",
        ),
        (
            "campaign = [\"A\"]",
            "routes.toml:7: \"A\" is no name of a campaign",
        ),
        ("", "routes.toml:7: `when` is empty"),
    ] {
        let told = mistakes(&format!("{}{LAST}", rule("a", when)));
        assert!(told.starts_with(expected), "{when}: {told}");
    }
    let told = mistakes("\n[[rules]]\nname = \"rest\"\nteam = \"sale\"\n");
    assert_eq!(told, "routes.toml:7: \"sale\" is no team of this file");
}

#[test]
fn names_that_stand_twice_are_refused() {
    let twice = format!(
        "{}{}{LAST}",
        rule("a", "words = [\"one\"]"),
        rule("a", "words = [\"two\"]")
    );
    assert_eq!(mistakes(&twice), "routes.toml:11: there is another rule \"a\"");
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    let text = format!(
        "{}{LAST}",
        TOP.replace("sales@example.com", "sales").replace("Press", "")
    );
    let error = parse("routes.toml", &text)
        .expect_err("three mistakes")
        .to_string();
    assert_eq!(error.lines().count(), 3, "{error}");
}

#[test]
fn a_rule_that_can_never_match_is_refused() {
    for (earlier, later) in [
        (
            "topic = [\"press\"]",
            "topic = [\"press\"], words = [\"interview\"]",
        ),
        (
            "words = [\"refund\"]",
            "words = [\"full refund\", \"refund now\"]",
        ),
        (
            "address_domain = [\"example\"]",
            "address_domain = [\"a.example\"], campaign = [\"x\"]",
        ),
        ("campaign = [\"x\", \"y\"]", "campaign = [\"y\"]"),
        ("topic = [\"press\", \"course\"]", "words = [\"anything\"]"),
    ] {
        let told = mistakes(&format!("{}{}{LAST}", rule("a", earlier), rule("b", later)));
        assert!(
            told.starts_with("routes.toml:11: rule \"b\" can never match"),
            "{later}: {told}"
        );
    }
}

#[test]
fn a_rule_that_only_several_together_shadow_is_refused_too() {
    let rules = [
        rule("a", "topic = [\"press\"]"),
        rule("b", "topic = [\"course\"], words = [\"price\"]"),
        rule("c", "words = [\"best price\"]"),
    ];
    let told = mistakes(&format!("{}{LAST}", rules.concat()));
    assert!(
        told.starts_with("routes.toml:16: rule \"c\" can never match"),
        "{told}"
    );
}

#[test]
fn a_rule_that_can_still_match_is_not_refused() {
    for (earlier, later) in [
        (
            "topic = [\"press\"], words = [\"interview\"]",
            "topic = [\"press\"]",
        ),
        ("words = [\"full refund\"]", "words = [\"refund\"]"),
        (
            "address_domain = [\"a.example\"]",
            "address_domain = [\"example\"]",
        ),
        ("campaign = [\"x\"]", "campaign = [\"x\", \"y\"]"),
        ("topic = [\"press\"]", "words = [\"anything\"]"),
    ] {
        assert_eq!(
            mistakes(&format!("{}{}{LAST}", rule("a", earlier), rule("b", later))),
            ""
        );
    }
}

proptest! {
    #[test]
    fn whatever_a_file_holds_never_panics(text in "\\PC*|([a-z_\\[\\]=\"{} ,.\n]){0,200}") {
        let _ = parse("routes.toml", &text);
    }
}
