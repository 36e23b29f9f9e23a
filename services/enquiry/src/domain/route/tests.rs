use proptest::prelude::*;

use super::*;
use crate::domain::routes_file;

const FILE: &str = r#"
fallback_inbox = "all@example.com"
topics = [{ slug = "course", title = "A course" }, { slug = "press", title = "Press" }]
teams = [
    { slug = "sales", name = "Sales", inbox = "sales@example.com" },
    { slug = "press", name = "Press", inbox = "press@example.com" },
    { slug = "support", name = "Support", inbox = "support@example.com" },
]
rules = [
    { name = "press", when = { topic = ["press"] }, team = "press" },
    { name = "refunds", when = { words = ["refund", "money back"], topic = ["course"] }, team = "support" },
    { name = "universities", when = { address_domain = ["edu", "uni.example"] }, team = "sales" },
    { name = "instagram", when = { campaign = ["instagram"] }, team = "sales" },
    { name = "everything else", team = "support" },
]
"#;

fn table() -> RoutingTable {
    routes_file::parse("routes.toml", FILE).expect("valid")
}

fn rule_for(topic: &str, message: &str, address: &str, campaign: Option<&str>) -> String {
    let slug = |text| Slug::parse(text).expect("a slug");
    let (topic, campaign) = (slug(topic), campaign.map(slug));
    let address = EmailAddress::parse(address).expect("an address");
    let question = Question::new(&topic, message, &address, campaign.as_ref());
    table().route(&question).rule.to_owned()
}

#[test]
fn the_first_rule_whose_conditions_all_hold_wins() {
    assert_eq!(
        rule_for("press", "A refund?", "a@mit.edu", Some("instagram")),
        "press"
    );
    assert_eq!(
        rule_for("course", "Money  BACK, please", "a@mit.edu", None),
        "refunds"
    );
    assert_eq!(
        rule_for("course", "Hello", "a@mail.uni.example", Some("instagram")),
        "universities"
    );
    assert_eq!(
        rule_for("course", "Hello", "a@example.com", Some("instagram")),
        "instagram"
    );
}

#[test]
fn what_no_rule_matches_goes_by_the_last_one() {
    assert_eq!(
        rule_for("course", "refunded", "a@notuni.example", None),
        "everything else"
    );
}

#[test]
fn an_explanation_names_the_rule_and_why_the_earlier_ones_did_not_match() {
    let topic = Slug::parse("course").expect("a slug");
    let address = EmailAddress::parse("a@mit.edu").expect("an address");
    let explanation = table().explain(&Question::new(&topic, "My money back", &address, None));
    insta::assert_snapshot!(explanation.to_string(), @r#"
    rule "refunds" sends it to Support <support@example.com>

    press: does not match
      no  topic: the topic is none of "press"
    refunds: matches
      yes topic: the topic is "course"
      yes words: the message has "money back"
    "#);
}

#[test]
fn the_last_rule_explains_itself_too() {
    let topic = Slug::parse("course").expect("a slug");
    let address = EmailAddress::parse("a@example.com").expect("an address");
    let explanation = table().explain(&Question::new(&topic, "Hello", &address, None));
    assert_eq!(explanation.rule, "everything else");
    assert_eq!(explanation.steps.len(), 5);
    assert_eq!(explanation.steps.iter().filter(|step| step.matched).count(), 1);
}

#[test]
fn a_domain_holds_itself_and_what_is_below_it_only() {
    let domain = Domain::parse("Exämple.de").expect("a domain");
    assert_eq!(domain.as_str(), "xn--exmple-cua.de");
    assert!(domain.holds("xn--exmple-cua.de"));
    assert!(domain.holds("mail.xn--exmple-cua.de"));
    assert!(!domain.holds("notxn--exmple-cua.de"));
    for wrong in ["", ".", "a b", "@example.com", "-a.example", "example.com."] {
        assert_eq!(Domain::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn a_route_and_its_explanation_always_agree(
        topic in prop::sample::select(vec!["course", "press"]),
        message in prop_oneof!["\\PC{0,40}", Just("a refund".to_owned()), Just("Money back!".to_owned())],
        domain in prop::sample::select(vec!["mit.edu", "uni.example", "example.com"]),
        campaign in prop::option::of(prop::sample::select(vec!["instagram", "youtube"])),
    ) {
        let table = table();
        let slug = |text: &str| Slug::parse(text).expect("a slug");
        let (topic, campaign) = (slug(topic), campaign.map(slug));
        let address = EmailAddress::parse(&format!("a@{domain}")).expect("an address");
        let question = Question::new(&topic, &message, &address, campaign.as_ref());
        let explanation = table.explain(&question);
        let route = table.route(&question);
        prop_assert_eq!(&explanation.rule, route.rule);
        prop_assert_eq!(&explanation.team, route.team);
        let (last, earlier) = explanation.steps.split_last().expect("one step at least");
        prop_assert!(last.matched && earlier.iter().all(|step| !step.matched));
        for step in &explanation.steps {
            prop_assert_eq!(step.matched, step.conditions.iter().all(|finding| finding.holds));
        }
    }
}
