//! Loops that outlive failures.

use lifecycle::{Backoff, CancellationToken, every, keep_going};
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn of(&self, task: &str, words: &str) -> usize {
        let task = format!("task=\"{task}\"");
        let bytes = self.0.lock().expect("not poisoned");
        let text = String::from_utf8_lossy(&bytes);
        text.lines()
            .filter(|line| line.contains(&task) && line.contains(words))
            .count()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Log lines of all tests here, told apart by their task names.
fn log_lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .init();
        lines
    })
}

#[tokio::test(start_paused = true)]
async fn a_long_outage_is_survived_with_few_log_lines() {
    let lines = log_lines();
    let stop = CancellationToken::new();
    let steps = AtomicU32::new(0);
    let step = || {
        let number = steps.fetch_add(1, Ordering::SeqCst);
        let stop = stop.clone();
        async move {
            match number {
                0..100 => Err("database away"),
                _ => {
                    stop.cancel();
                    Ok(())
                }
            }
        }
    };
    let started = Instant::now();
    keep_going("outage", Backoff::default(), stop.clone(), step).await;

    assert_eq!(steps.load(Ordering::SeqCst), 101);
    let minutes = started.elapsed().as_secs() / 60;
    assert!(
        (3..=9).contains(&minutes),
        "about a hundred waits of 2.5 to 5 s, not {minutes} min"
    );
    let warnings = lines.of("outage", "database away");
    assert!(
        (2..=10).contains(&warnings),
        "the first failure and one line a minute, not {warnings} lines"
    );
    assert_eq!(lines.of("outage", "works again"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_waits_after_a_failure_ends_as_soon_as_it_is_stopped() {
    let stop = CancellationToken::new();
    let backoff = Backoff::new(Duration::from_secs(3600), Duration::from_secs(3600));
    let cancel = async {
        tokio::task::yield_now().await;
        stop.cancel();
    };
    let started = Instant::now();
    tokio::join!(
        keep_going("publisher", backoff, stop.clone(), || async { Err("away") }),
        cancel
    );
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_timer_comes_again_after_a_failure_and_stays_near_its_interval() {
    let stop = CancellationToken::new();
    let times = Mutex::new(Vec::new());
    let step = || {
        let mut times = times.lock().expect("not poisoned");
        times.push(Instant::now());
        if times.len() == 20 {
            stop.cancel();
        }
        let outcome = if times.len() % 2 == 0 {
            Ok(())
        } else {
            Err("every other time")
        };
        async move { outcome }
    };
    every("republish", Duration::from_secs(100), stop.clone(), step).await;

    let times = times.into_inner().expect("not poisoned");
    assert_eq!(times.len(), 20);
    let gaps: Vec<u64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs())
        .collect();
    assert!(gaps.iter().all(|gap| (89..=111).contains(gap)), "{gaps:?}");
    assert!(
        gaps.iter().any(|gap| gap != &gaps[0]),
        "replicas must drift apart: {gaps:?}"
    );
}
