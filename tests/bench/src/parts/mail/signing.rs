//! What DKIM costs a mail, on one thread.

use std::time::Instant;

use notification::mail::dkim::{Key, KeyAlgorithm, Keys, NamedKey};
use secrecy::ExposeSecret;

use super::letter::Letter;
use crate::error::BenchError;
use crate::parts::Run;
use crate::report::median;
use crate::screen;

/// Of one round, about a tenth of a second.
const MAILS: u32 = 200;
const FILE: usize = 300_000;
const RSA: [KeyAlgorithm; 1] = [KeyAlgorithm::Rsa];
const ED25519: [KeyAlgorithm; 1] = [KeyAlgorithm::Ed25519];
const BOTH: [KeyAlgorithm; 2] = [KeyAlgorithm::Rsa, KeyAlgorithm::Ed25519];

/// Measures and judges.
///
/// # Errors
/// When a key or a mail cannot be made.
pub(super) fn signing(run: &mut Run) -> Result<(), BenchError> {
    screen::progress("signatures");
    let (small, big) = (Letter::small()?, Letter::with_file(FILE)?);
    let rsa = milliseconds(run, &keys(&RSA)?, &small)?;
    let goal = "DKIM of a small mail, RSA-2048: at most 0.7 ms";
    run.report.goal("DKIM", goal, format!("{rsa:.3} ms"), rsa <= 0.7);
    for (what, algorithms, letter) in [
        ("a small mail, Ed25519", ED25519.as_slice(), &small),
        ("a small mail, RSA-2048 and Ed25519", &BOTH, &small),
        ("a mail with 300 kB, RSA-2048 and Ed25519", &BOTH, &big),
    ] {
        let figure = milliseconds(run, &keys(algorithms)?, letter)?;
        run.report
            .note(format!("DKIM of {what}"), format!("{figure:.3} ms"));
    }
    Ok(())
}

fn keys(algorithms: &[KeyAlgorithm]) -> Result<Keys, BenchError> {
    let named = |algorithm: &KeyAlgorithm| {
        let pem = Key::make(*algorithm)?;
        Ok(NamedKey {
            selector: algorithm.as_str().to_owned(),
            active: true,
            key: Key::parse(pem.expose_secret().as_bytes())?,
        })
    };
    let keys: Result<Vec<NamedKey>, notification::mail::dkim::KeyError> =
        algorithms.iter().map(named).collect();
    Ok(Keys {
        domain: "course.example".to_owned(),
        keys: keys.map_err(|error| BenchError::Program(error.to_string()))?,
    })
}

/// For one mail, made before: the median of all rounds.
fn milliseconds(run: &Run, keys: &Keys, letter: &Letter) -> Result<f64, BenchError> {
    let mut rounds = Vec::new();
    for _ in 0..run.rounds {
        let mails = (0..MAILS)
            .map(|_| letter.write())
            .collect::<Result<Vec<_>, _>>()?;
        let begin = Instant::now();
        for mail in mails {
            keys.sign(mail)
                .map_err(|error| BenchError::Program(error.to_string()))?;
        }
        rounds.push(begin.elapsed().as_secs_f64() * 1000.0 / f64::from(MAILS));
    }
    Ok(median(rounds))
}
