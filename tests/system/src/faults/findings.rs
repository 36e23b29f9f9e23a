//! What a verifier counts.

use std::fmt;

/// The figures of a run, and what is wrong with them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Requests that were answered with 2xx.
    pub acknowledged: usize,
    /// People who were erased meanwhile; what they are owed is not asked for.
    pub erased: usize,
    /// Acknowledged, and not in a database, not on a topic, or not mailed.
    pub lost: Vec<String>,
    /// Rows, events and mails of nobody who posted.
    pub phantom: Vec<String>,
    /// Second events, rows or Message-IDs of one request.
    pub duplicate_events: Vec<String>,
    /// Records that came onto a topic again under the same event id: allowed, an outbox repeats.
    pub repeated_records: usize,
    /// Mails beyond one for each Message-ID.
    pub duplicate_mails: u32,
    /// How many of those the blows explain (promise 2).
    pub explained_mails: u32,
    /// Work that is left in a database though nothing is owed.
    pub orphan_rows: i64,
    /// What is left of people who were erased.
    pub traces: Vec<String>,
    /// Log lines that hold what none may.
    pub told: Vec<String>,
    /// Answers such as 500.
    pub wrong_answers: Vec<String>,
}

impl Findings {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        let nothing = [
            &self.lost,
            &self.phantom,
            &self.duplicate_events,
            &self.traces,
            &self.told,
            &self.wrong_answers,
        ];
        nothing.iter().all(|list| list.is_empty())
            && self.orphan_rows == 0
            && self.duplicate_mails <= self.explained_mails
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "acknowledged {} · erased {}", self.acknowledged, self.erased)?;
        writeln!(
            f,
            "lost {} · phantom {} · duplicate events {} · repeated records {} · duplicate mails {} (up to {} explained) \
             · orphan rows {}",
            self.lost.len(),
            self.phantom.len(),
            self.duplicate_events.len(),
            self.repeated_records,
            self.duplicate_mails,
            self.explained_mails,
            self.orphan_rows,
        )?;
        for (what, list) in [
            ("lost", &self.lost),
            ("phantom", &self.phantom),
            ("duplicate", &self.duplicate_events),
            ("trace of an erased person", &self.traces),
            ("in a log", &self.told),
            ("wrong answer", &self.wrong_answers),
        ] {
            for one in list.iter().take(10) {
                writeln!(f, "  {what}: {one}")?;
            }
        }
        Ok(())
    }
}
