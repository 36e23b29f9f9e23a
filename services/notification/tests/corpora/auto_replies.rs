use notification::domain::auto_reply::judge;

use crate::{Score, corpus, rows};

#[test]
fn robots_are_never_answered_and_people_are() {
    let Some(folder) = corpus("auto-replies") else {
        return;
    };
    let mut score = Score::default();
    let mut wrong = Vec::new();
    for row in rows(&folder.join("expected.csv")) {
        let raw = std::fs::read(folder.join(&row["file"])).expect("the mail is there");
        let verdict = judge(&raw, &[]);
        let is_right = verdict.answer.as_str() == row["verdict"];
        score.count(&row["file"], is_right);
        if !is_right {
            wrong.push(format!("{}: {}", row["file"], verdict.why));
        }
    }
    score.tell("mails that may, or must not, be answered");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
