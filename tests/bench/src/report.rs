//! Goals with their figures, as a table and as JSON.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use crate::error::BenchError;

/// A goal and what was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Goal {
    pub id: &'static str,
    pub goal: String,
    pub figure: String,
    pub met: bool,
}

/// A figure that no goal asks for, but that explains one.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub what: String,
    pub figure: String,
}

/// All that a run has found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub goals: Vec<Goal>,
    pub measured: Vec<Measured>,
}

impl Report {
    pub(crate) fn goal(&mut self, id: &'static str, goal: &str, figure: String, met: bool) {
        let goal = goal.to_owned();
        self.goals.push(Goal {
            id,
            goal,
            figure,
            met,
        });
    }

    pub(crate) fn note(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.measured.push(Measured {
            what: what.into(),
            figure: figure.into(),
        });
    }

    /// Writes the JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, to: &Path) -> Result<(), BenchError> {
        Ok(serde_json::to_writer_pretty(File::create(to)?, self)?)
    }

    /// The table at the end.
    pub fn table(&self) -> String {
        let goals = self.goals.iter().map(|goal| {
            let met = if goal.met { "met" } else { "NOT met" };
            format!("{:<5} {:<62} {:>30}  {met}\n", goal.id, goal.goal, goal.figure)
        });
        let measured = self
            .measured
            .iter()
            .map(|measured| format!("      {:<62} {:>30}\n", measured.what, measured.figure));
        goals.chain(measured).collect()
    }
}

/// The middle one; of an even number the upper.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The duration that so many of a thousand do not exceed, in milliseconds.
pub fn permille_ms(mut delays: Vec<std::time::Duration>, permille: usize) -> f64 {
    delays.sort_unstable();
    let place = delays.len().saturating_sub(1) * permille / 1000;
    delays
        .get(place)
        .map_or(f64::NAN, |delay| delay.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn the_json_has_the_goals_with_id_goal_figure_and_met() {
        let mut report = Report::default();
        report.goal("P1", "fast", "10x".to_owned(), true);
        let json = serde_json::to_value(&report).unwrap();
        let goal = serde_json::json!({ "id": "P1", "goal": "fast", "figure": "10x", "met": true });
        assert_eq!(json["goals"][0], goal);
    }
}
