//! Who fetches a file, by real user agents.

use signup::domain::fetcher::Fetcher;

use crate::corpora;

/// Guesses that are right, in percent.
const RIGHT: usize = 95;

#[test]
fn real_people_and_real_scanners_are_told_apart_by_their_user_agents() {
    let Some(rows) = corpora::rows("user-agents/user_agents.csv") else {
        return;
    };
    let mut wrong = Vec::new();
    for row in &rows {
        let expected = if row["kind"].starts_with("human") {
            Fetcher::Person
        } else {
            Fetcher::Scanner
        };
        if Fetcher::guess(false, Some(&row["ua"]), None) != expected {
            wrong.push(format!("{}: {}", row["kind"], row["ua"]));
        }
    }
    let right = 100 * (rows.len() - wrong.len()) / rows.len();
    assert!(
        right >= RIGHT,
        "{right} % are right; these are not:\n{}",
        wrong.join("\n")
    );
}
