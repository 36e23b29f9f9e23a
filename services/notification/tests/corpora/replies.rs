use notification::domain::attempt::Stage;
use notification::domain::reply_class::{ReplyLine, classify};

use crate::{Score, corpus, rows};

#[test]
fn replies_are_understood_and_no_address_is_given_up_wrongly() {
    let Some(folder) = corpus("smtp-replies") else {
        return;
    };
    let mut score = Score::default();
    let mut wrong = Vec::new();
    let mut given_up = Vec::new();
    for row in rows(&folder.join("replies.csv")) {
        let reply = &row["reply"];
        let verdict = classify(Stage::Recipient, &ReplyLine::parse(reply));
        let told = verdict.class.treatment();
        let is_right = told == row["class"] || told == row["alt_class"];
        score.count(reply, is_right);
        if !is_right {
            wrong.push(format!("{told} ({}), not {}: {reply}", verdict.why, row["class"]));
        }
        if !is_right && told == "suppress" {
            given_up.push(reply.clone());
        }
    }
    score.tell("replies");
    println!("{wrong:#?}");
    assert!(given_up.is_empty(), "{given_up:#?}");
    assert!(score.percent() >= 90);
}
