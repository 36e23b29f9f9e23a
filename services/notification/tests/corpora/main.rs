//! Real replies, reports and robots' mails, where `LEADSTREAM_CORPORA` names the folder that holds them.
//!
//! Every figure is told for two halves too: the lists were written with one half in sight, and the other held out.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test has no settings: the corpora's folder comes by environment"
)]

mod auto_replies;
mod bounces;
mod replies;

use std::collections::HashMap;
use std::path::PathBuf;

/// A line of a corpus, by column.
type Row = HashMap<String, String>;

/// A folder of the corpora, if they are there.
fn corpus(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("LEADSTREAM_CORPORA") else {
        println!("skipped: LEADSTREAM_CORPORA is not set");
        return None;
    };
    Some(PathBuf::from(folder).join(name))
}

fn rows(path: &PathBuf) -> Vec<Row> {
    let mut table = csv::Reader::from_path(path).expect("the list can be read");
    table.deserialize().map(|row| row.expect("a row")).collect()
}

/// Half of all keys, by FNV-1a, so that no order and no source decides.
fn is_held_out(key: &str) -> bool {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 17) % 2 == 1
}

/// How many of how many are right, in sight and held out.
#[derive(Debug, Default)]
struct Score {
    right: [usize; 2],
    all: [usize; 2],
}

impl Score {
    fn count(&mut self, key: &str, is_right: bool) {
        let half = usize::from(is_held_out(key));
        self.all[half] += 1;
        self.right[half] += usize::from(is_right);
    }

    /// Percent of both halves together.
    fn percent(&self) -> usize {
        let (right, all): (usize, usize) = (self.right.iter().sum(), self.all.iter().sum());
        right * 100 / all.max(1)
    }

    fn tell(&self, what: &str) {
        let [seen, held_out] = [0, 1].map(|half| format!("{}/{}", self.right[half], self.all[half]));
        println!(
            "{what}: {} % (in sight {seen}, held out {held_out})",
            self.percent()
        );
    }
}
