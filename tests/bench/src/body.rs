//! The bodies of signups: about 330 bytes, each of another person.

use std::sync::atomic::{AtomicU64, Ordering};

/// Every address ends so; before it stands `lead-` and the number.
const DOMAIN: &str = "@mail.example.org";

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A signup of a person who was never here.
#[derive(Debug)]
pub struct Body {
    /// Names the person in this run.
    pub number: u64,
    /// As `POST /v1/signups` takes it.
    pub json: String,
}

/// The next one; numbers grow and are never used twice in a run.
pub fn next(campaign: &str) -> Body {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let json = format!(
        r#"{{"email":"lead-{number}{DOMAIN}","name":"Vera Müller","campaign":"{campaign}","consent":{{"updates":false}},"touch":{{"utm_source":"instagram","utm_medium":"social","utm_campaign":"autumn-2026","utm_content":"story-7","referrer":"https://l.instagram.com/","landing_page":"https://course.example/system-design/cheat-sheet"}}}}"#
    );
    Body { number, json }
}

/// The number that the next body will have.
pub fn upcoming() -> u64 {
    NEXT.load(Ordering::Relaxed)
}

/// The number in a recipient's address.
pub fn number_of(address: &str) -> Option<u64> {
    address.strip_suffix(DOMAIN)?.strip_prefix("lead-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_and_its_number_is_read_back_from_the_address() {
        let body = next("bench");
        let json: serde_json::Value = serde_json::from_str(&body.json).unwrap();
        assert_eq!(number_of(json["email"].as_str().unwrap()), Some(body.number));
    }
}
