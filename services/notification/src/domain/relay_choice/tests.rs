use std::time::Duration;

use contracts::EmailAddress;

use super::*;
use crate::domain::attempt::Stage;

const SOON: Duration = Duration::from_secs(30);

fn relay(priority: u16, weight: u16, connections: u16) -> RelayState {
    RelayState::new(Terms {
        priority,
        weight,
        connections,
        quotas: Vec::new(),
        classes: Class::ALL.to_vec(),
    })
}

fn provider() -> DomainGroup {
    DomainGroup::of(&EmailAddress::parse("anna@example.com").expect("valid"))
}

fn reply(stage: Stage, code: u16, text: &str) -> Answer {
    Answer::of_reply(
        stage,
        code,
        text,
        &EmailAddress::parse("anna@example.com").expect("valid"),
    )
}

fn next(relays: &mut [RelayState], now: Instant) -> Option<usize> {
    let next = choose(relays, Class::Delivery, &[], now)?;
    relays[next].set_out(now, now + SOON);
    Some(next)
}

#[test]
fn relays_of_one_priority_share_by_weight_and_the_next_priority_is_spared() {
    let now = Instant::now();
    let mut relays = [relay(1, 3, 100), relay(1, 1, 100), relay(2, 9, 100)];
    let mut counts = [0; 3];
    for _ in 0..40 {
        counts[next(&mut relays, now).expect("a relay")] += 1;
    }
    assert_eq!(counts, [30, 10, 0]);
}

#[test]
fn a_busy_relay_is_waited_for_and_a_faulty_one_is_passed_over() {
    let now = Instant::now();
    let mut relays = [relay(1, 1, 1), relay(2, 1, 8)];
    assert_eq!(next(&mut relays, now), Some(0));
    assert_eq!(next(&mut relays, now), None, "it is busy");
    assert!(!takes(&relays, Class::Delivery, now));
    let change = relays[0].note(&Answer::silence(Stage::Session), &provider(), now);
    relays[0].came_back();
    assert_eq!(change, Change::Opened);
    assert_eq!(next(&mut relays, now), Some(1));
}

#[test]
fn a_faulty_relay_is_tried_again_with_one_mail_and_closes_when_it_answers() {
    let now = Instant::now();
    let mut relays = [relay(1, 1, 8), relay(2, 1, 8)];
    relays[0].note(&reply(Stage::Session, 554, "no service"), &provider(), now);
    let later = relays[0].resumes(now).expect("a pause");
    assert_eq!(next(&mut relays, later), Some(0), "the probe");
    assert_eq!(next(&mut relays, later), Some(1));
    let change = relays[0].note(&reply(Stage::Message, 250, "queued"), &provider(), later);
    assert_eq!(change, Change::Closed);
    assert_eq!(next(&mut relays, later), Some(0));
}

#[test]
fn a_relay_that_asks_to_slow_down_is_spared_and_gets_less_afterwards() {
    let now = Instant::now();
    let mut relays = [relay(1, 1, 4), relay(2, 1, 8)];
    for _ in 0..4 {
        assert_eq!(next(&mut relays, now), Some(0));
    }
    let throttled = reply(
        Stage::Message,
        454,
        "Throttling failure: Maximum sending rate exceeded.",
    );
    assert_eq!(relays[0].note(&throttled, &provider(), now), Change::None);
    for _ in 0..4 {
        relays[0].came_back();
    }
    assert_eq!(next(&mut relays, now), Some(1));
    let later = relays[0].resumes(now).expect("a pause");
    let firsts: Vec<_> = (0..3).map(|_| next(&mut relays, later)).collect();
    assert_eq!(firsts, [Some(0), Some(0), None]);
}

#[test]
fn a_class_goes_only_where_it_is_carried_and_never_twice_to_one_relay() {
    let now = Instant::now();
    let mut relays = [relay(1, 1, 8), relay(1, 1, 8)];
    relays[0].terms.classes = vec![Class::Team];
    assert_eq!(choose(&mut relays, Class::Delivery, &[], now), Some(1));
    assert_eq!(choose(&mut relays, Class::Delivery, &[1], now), None);
    assert_eq!(choose(&mut relays, Class::Team, &[1], now), Some(0));
}

#[test]
fn a_quota_holds_mails_back() {
    let now = Instant::now();
    let quota = Quota {
        mails: 1,
        per: Duration::from_secs(60),
    };
    let mut relays = [RelayState::new(Terms {
        quotas: vec![quota],
        ..relay(1, 1, 8).terms
    })];
    assert_eq!(next(&mut relays, now), Some(0));
    assert_eq!(next(&mut relays, now), None);
    assert_eq!(next(&mut relays, now + quota.per), Some(0));
}
