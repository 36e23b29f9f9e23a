use notification::domain::bounce::{Bounce, read};

use crate::{Row, Score, corpus, rows};

/// Broken copies of each mail.
const COPIES: u64 = 12;

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

#[test]
fn real_reports_that_are_broken_anyhow_are_read_to_an_end() {
    let Some(folder) = corpus("bounces") else { return };
    for (row, seed) in rows(&folder.join("expected.csv")).iter().zip(1..) {
        let raw = std::fs::read(folder.join(&row["file"])).expect("the mail is there");
        for copy in 0..COPIES {
            let broken = broken(&raw, seed * COPIES + copy);
            assert!(!read(&broken).is_empty(), "{} {copy}", row["file"]);
        }
    }
}

/// Some bytes are changed, or lines doubled, taken out, put elsewhere, or the end is missing: the same for the same seed.
fn broken(raw: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits") % below.max(1)
    };
    let mut mail = raw.to_vec();
    for _ in 0..=next(8) {
        let mut lines: Vec<&[u8]> = mail.split_inclusive(|byte| *byte == b'\n').collect();
        if lines.is_empty() {
            break;
        }
        let (at, to) = (next(lines.len()), next(lines.len()));
        match next(6) {
            0 => lines.insert(to, lines[at]),
            1 => drop(lines.remove(at)),
            2 => lines.swap(at, to),
            3 => lines.truncate(at + 1),
            _ => {}
        }
        let mut changed = lines.concat();
        for _ in 0..next(16) {
            let at = next(changed.len());
            if let Some(byte) = changed.get_mut(at) {
                *byte = u8::try_from(next(256)).expect("a byte");
            }
        }
        mail = changed;
    }
    mail
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
