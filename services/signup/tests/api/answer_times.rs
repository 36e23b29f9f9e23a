//! How long an answer takes says nothing of an address. A measurement, so no part of every run: it wants a quiet machine.
//! Catches an answer that waits for what only a known address needs.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::site::Site;

const SAMPLES: usize = 1_000;
/// Before the first figure counts: connections are open, plans are made.
const WARM_UP: usize = 100;
/// Share of pairs that Mann and Whitney would find unequal if nothing but chance were at work is near a half; this far
/// from it a stranger would need hundreds of tries to tell one address.
const FARTHEST: f64 = 0.08;

/// Share of the pairs in which the first took longer: Mann and Whitney's U over all pairs.
fn share_longer(of: &[Duration], than: &[Duration]) -> f64 {
    let pairs = of
        .iter()
        .flat_map(|one| than.iter().map(move |other| one.cmp(other)));
    let halves: u32 = pairs
        .map(|order| u32::try_from(1 + order as i8).unwrap_or_default())
        .sum();
    f64::from(halves) / 2.0 / (of.len() * than.len()) as f64
}

async fn ask(site: &Site, path: &str, email: &str) -> Duration {
    let body = json!({"email": email, "campaign": "instagram", "consent": {"updates": false}});
    let started = Instant::now();
    let answer = match path {
        "/v1/signups" => site.post_json(path, &body).await,
        "/c/instagram" => site.sign_up("instagram", email, &[]).await,
        _ => site.post_form(path, &[("email", email)]).await,
    };
    assert!(!answer.status().is_client_error() && !answer.status().is_server_error());
    answer.bytes().await.expect("its body");
    started.elapsed()
}

#[tokio::test]
#[ignore = "a measurement"]
async fn the_time_of_an_answer_does_not_tell_a_known_address_from_a_new_one() {
    let site = Site::start().await;
    site.sign_up("instagram", "known@example.com", &[]).await;
    for (number, path) in ["/v1/signups", "/c/instagram", "/d", "/me"]
        .into_iter()
        .enumerate()
    {
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for sample in 0..WARM_UP + SAMPLES {
            let stranger = format!("new-{number}-{sample}@example.com");
            known.push(ask(&site, path, "known@example.com").await);
            new.push(ask(&site, path, &stranger).await);
        }
        let (known, new) = (&mut known[WARM_UP..], &mut new[WARM_UP..]);
        let share = share_longer(known, new);
        known.sort();
        new.sort();
        let (known, new) = (known[SAMPLES / 2], new[SAMPLES / 2]);
        println!(
            "{path}: known {known:?}, new {new:?} (medians); a known one takes longer in {share:.3} of the pairs"
        );
        assert!((share - 0.5).abs() < FARTHEST, "{path}: {share:.3}");
    }
}
