use notification::domain::bounce::{Bounce, read};

use crate::{Row, Score, corpus, rows};

/// What is measured of reports.
#[derive(Debug, Default)]
struct Scores {
    hard: Score,
    soft: Score,
    complaint: Score,
    not_a_bounce: Score,
    recipient_of_strict: Score,
    recipient_of_others: Score,
    lenient: Score,
    wrongly_given_up: Vec<String>,
}

#[test]
fn reports_are_understood_and_no_address_is_given_up_wrongly() {
    let Some(folder) = corpus("bounces") else { return };
    let mut scores = Scores::default();
    for row in rows(&folder.join("expected.csv")) {
        let raw = std::fs::read(folder.join(&row["file"])).expect("the mail is there");
        scores.count(&row, &read(&raw));
    }
    scores.hard.tell("hard");
    scores.soft.tell("soft");
    scores.complaint.tell("complaints");
    scores.not_a_bounce.tell("not a bounce");
    scores.lenient.tell("hard or soft, either may be right");
    scores.recipient_of_strict.tell("recipients of strict rows");
    scores.recipient_of_others.tell("recipients of free-text rows");
    assert!(
        scores.wrongly_given_up.is_empty(),
        "{:#?}",
        scores.wrongly_given_up
    );
    assert!(scores.hard.percent() >= 95);
    assert!(scores.complaint.percent() >= 90);
    assert!(scores.recipient_of_strict.percent() >= 90);
    assert!(scores.recipient_of_others.percent() >= 60);
}

impl Scores {
    fn count(&mut self, row: &Row, bounces: &[Bounce]) {
        let file = &row["file"];
        let is_of_row = |bounce: &&Bounce| {
            let recipient = bounce.recipient.as_ref();
            recipient.is_some_and(|recipient| recipient.is(&row["recipient"]))
        };
        let found: Vec<&Bounce> = bounces.iter().filter(is_of_row).collect();
        let is_found = !found.is_empty();
        let about = if is_found { found } else { bounces.iter().collect() };
        let says = |class: &str| about.iter().any(|bounce| bounce.class.as_str() == class);
        let expected = row["class"].as_str();
        match row["strictness"].as_str() {
            "strict" => self.of_class(expected).count(file, says(expected)),
            "lenient" => self
                .lenient
                .count(file, says(expected) || says(&row["alt_class"])),
            _ => {}
        }
        let is_harmless =
            matches!(expected, "soft" | "not-a-bounce" | "unknown") && row["strictness"] != "lenient";
        if is_harmless && (says("hard") || says("complaint")) {
            self.wrongly_given_up.push(file.clone());
        }
        if !row["recipient"].is_empty() {
            match row["strictness"].as_str() {
                "strict" => self.recipient_of_strict.count(file, is_found),
                "recipient" => self.recipient_of_others.count(file, is_found),
                _ => {}
            }
        }
    }

    fn of_class(&mut self, class: &str) -> &mut Score {
        match class {
            "hard" => &mut self.hard,
            "soft" => &mut self.soft,
            "complaint" => &mut self.complaint,
            _ => &mut self.not_a_bounce,
        }
    }
}
