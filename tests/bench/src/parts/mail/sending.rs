//! P6: mails made and handed over, beside smtp-source, into the same smtp-sink.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use notification::domain::reply_class::ReplyClass;
use notification::mail::connection::Connection;
use notification::mail::relay::Relay;
use tokio::task::JoinSet;

use super::letter::Letter;
use crate::error::BenchError;
use crate::parts::Run;
use crate::postfix::Postfix;
use crate::report::median;
use crate::screen;

const SESSIONS: usize = 8;

/// One size of mails.
struct Size {
    name: &'static str,
    letter: Letter,
    /// Of one run, about a second.
    mails: u64,
}

/// Measures and judges.
///
/// # Errors
/// When a program fails or a mail is refused.
pub(super) async fn sending(run: &mut Run, postfix: &Postfix) -> Result<(), BenchError> {
    let sizes = [
        Size {
            name: "1 KiB",
            letter: Letter::small()?,
            mails: 15_000,
        },
        Size {
            name: "200 KiB",
            letter: Letter::with_file(150_000)?,
            mails: 1_500,
        },
    ];
    for size in sizes {
        compare(run, postfix, size).await?;
    }
    Ok(())
}

/// In turns; the ratio is taken inside each round.
async fn compare(run: &mut Run, postfix: &Postfix, size: Size) -> Result<(), BenchError> {
    let sink = postfix.sink().await?;
    let octets = size.letter.write()?.octets();
    let letter = Arc::new(size.letter);
    let (mut ratios, mut rates) = (Vec::new(), [Vec::new(), Vec::new()]);
    for round in 1..=run.rounds {
        screen::progress(&format!(
            "mails of {}: round {round} of {}",
            size.name, run.rounds
        ));
        let theirs = postfix.rate(sink.address, SESSIONS, size.mails, octets).await?;
        let ours = rate(sink.address, size.mails, &letter).await?;
        ratios.push(ours / theirs);
        rates[0].push(ours);
        rates[1].push(theirs);
    }
    let ratio = median(ratios);
    let goal = format!("mails/s of {}, made and sent, over smtp-source: 1.0", size.name);
    run.report.goal("P6", &goal, format!("{ratio:.2}"), ratio >= 1.0);
    let [ours, theirs] = rates.map(median);
    let what = format!("{} ({octets} octets): ours, smtp-source", size.name);
    run.report.note(what, format!("{ours:.0}/s, {theirs:.0}/s"));
    Ok(())
}

/// Mails a second of workers that each keep their connection.
async fn rate(to: SocketAddr, mails: u64, letter: &Arc<Letter>) -> Result<f64, BenchError> {
    let relay = Relay::parse(&format!("smtp://{to}"), "bench.example")
        .map_err(|error| BenchError::Program(format!("the sink's address {error}")))?;
    let taken = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    let begin = Instant::now();
    for _ in 0..SESSIONS {
        workers.spawn(work(relay.clone(), Arc::clone(letter), Arc::clone(&taken), mails));
    }
    while let Some(ended) = workers.join_next().await {
        ended.map_err(|_| BenchError::Died("a worker"))??;
    }
    Ok(mails as f64 / begin.elapsed().as_secs_f64())
}

async fn work(
    relay: Relay,
    letter: Arc<Letter>,
    taken: Arc<AtomicU64>,
    mails: u64,
) -> Result<(), BenchError> {
    let refused = || BenchError::Program("the sink refused a mail".to_owned());
    let mut connection = Connection::open(&relay, &letter.to)
        .await
        .map_err(|_| refused())?;
    while taken.fetch_add(1, Ordering::Relaxed) < mails {
        let answer = connection.send(&letter.write()?, &letter.to).await;
        if answer.class != ReplyClass::Accepted {
            return Err(refused());
        }
    }
    connection.quit().await;
    Ok(())
}
