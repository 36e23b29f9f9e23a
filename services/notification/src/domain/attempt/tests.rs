use contracts::EmailAddress;

use super::*;

fn answer(stage: Stage, code: u16, text: &str) -> Answer {
    Answer::of_reply(
        stage,
        code,
        text,
        &EmailAddress::parse("anna@example.com").expect("valid"),
    )
}

fn health(stage: Stage, code: u16, text: &str) -> RelayHealth {
    answer(stage, code, text).relay_health()
}

fn step(answer: Answer) -> Step {
    Step {
        relay: RelayName::only(),
        answer,
        took: Duration::ZERO,
    }
}

#[test]
fn what_fails_before_the_recipient_is_named_is_the_relays_fault() {
    assert_eq!(
        health(Stage::Session, 554, "no service here"),
        RelayHealth::Faulty
    );
    assert_eq!(
        health(Stage::Session, 421, "4.3.2 shutting down"),
        RelayHealth::Faulty
    );
    assert_eq!(
        health(Stage::Session, 535, "5.7.8 wrong password"),
        RelayHealth::Faulty
    );
    assert_eq!(
        health(Stage::Sender, 530, "5.7.0 authentication required"),
        RelayHealth::Faulty
    );
    assert_eq!(health(Stage::Sender, 451, "4.3.0 try later"), RelayHealth::Faulty);
    for stage in [Stage::Session, Stage::Sender] {
        assert_eq!(Answer::silence(stage).relay_health(), RelayHealth::Faulty);
    }
}

#[test]
fn what_is_said_of_a_recipient_never_condemns_the_relay_by_itself() {
    for (code, text) in [
        (554, "5.7.1 relay access denied"),
        (530, "5.7.0 must issue STARTTLS first"),
        (550, "5.7.1 our host is on a block list"),
    ] {
        assert_eq!(
            health(Stage::Recipient, code, text),
            RelayHealth::Doubtful,
            "{code} {text}"
        );
    }
    assert_eq!(
        health(Stage::Recipient, 550, "5.1.1 no such user"),
        RelayHealth::Works
    );
    assert_eq!(health(Stage::Recipient, 450, "4.2.0 busy"), RelayHealth::Works);
    assert_eq!(
        health(Stage::Recipient, 421, "4.3.2 shutting down"),
        RelayHealth::Faulty
    );
}

#[test]
fn haste_is_told_to_whoever_said_it() {
    let ses = answer(
        Stage::Message,
        454,
        "Throttling failure: Maximum sending rate exceeded.",
    );
    assert_eq!(
        (ses.relay_health(), ses.provider_mood()),
        (RelayHealth::Slow, ProviderMood::Neutral)
    );
    assert!(!ses.counts());
    let provider = answer(
        Stage::Recipient,
        450,
        "4.2.1 receiving mail at a rate that prevents delivery, too many messages",
    );
    assert_eq!(
        (provider.relay_health(), provider.provider_mood()),
        (RelayHealth::Works, ProviderMood::Slow)
    );
    assert!(provider.counts());
    let full = answer(Stage::Recipient, 452, "4.2.2 mailbox full");
    assert_eq!(full.provider_mood(), ProviderMood::PutOff);
}

#[test]
fn silence_after_the_mail_leaves_it_open_and_no_other_relay_is_asked() {
    let silence = Answer::silence(Stage::Message);
    assert_eq!(silence.class, ReplyClass::UnknownOutcome);
    assert!(!silence.may_go_elsewhere() && silence.counts());
    assert_eq!(silence.provider_mood(), ProviderMood::Slow);
    assert!(Answer::silence(Stage::Recipient).may_go_elsewhere());
}

#[test]
fn a_relay_that_takes_no_null_sender_holds_up_nobody_elses_mail() {
    let refused = answer(Stage::Sender, 501, "5.1.7 bad sender").to_null_sender();
    assert_eq!(refused.relay_health(), RelayHealth::Doubtful);
    assert!(refused.counts());
    let ending = answer(Stage::Sender, 421, "4.3.2 shutting down").to_null_sender();
    assert_eq!(ending.relay_health(), RelayHealth::Faulty);
}

#[test]
fn the_last_relay_decides_unless_one_before_it_had_more_to_say() {
    let fault = step(Answer::silence(Stage::Session));
    let denied = step(answer(Stage::Recipient, 554, "5.7.1 relay access denied"));
    let accepted = step(answer(Stage::Message, 250, "2.0.0 queued"));
    let outcome = |steps: &[Step]| Outcome::of_steps(steps).as_str();
    assert_eq!(outcome(&[fault.clone(), accepted]), "accepted");
    assert_eq!(
        Outcome::of_steps(&[denied.clone(), fault.clone()]),
        Outcome::Answered(denied.answer)
    );
    assert_eq!(outcome(&[fault]), "relay_fault");
    assert_eq!(outcome(&[]), "postponed");
}

#[test]
fn a_relays_name_is_short_and_plain() {
    assert_eq!(
        RelayName::parse("ses-1").map(|name| name.to_string()),
        Some("ses-1".to_owned())
    );
    for wrong in ["", "SES", "a b", "é", &"x".repeat(33)] {
        assert_eq!(RelayName::parse(wrong), None, "{wrong}");
    }
}
