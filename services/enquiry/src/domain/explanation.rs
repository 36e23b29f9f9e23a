//! Why a rule matched and those before it did not, to read and as JSON.

use std::fmt;

use contracts::enquiry::Team;
use serde::Serialize;

/// Why an enquiry goes there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    pub rule: String,
    pub team: Team,
    /// The rules that were looked at; the last one matched.
    pub steps: Vec<Step>,
}

/// One rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub rule: String,
    pub matched: bool,
    pub conditions: Vec<Finding>,
}

/// One condition that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub condition: &'static str,
    pub holds: bool,
    pub because: String,
}

impl Explanation {
    pub(super) fn new(rule: &str, team: &Team, steps: Vec<Step>) -> Self {
        Self {
            rule: rule.to_owned(),
            team: team.clone(),
            steps,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "rule \"{}\" sends it to {} <{}>\n",
            self.rule,
            self.team.name,
            self.team.inbox.expose()
        )?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.matched { "matches" } else { "does not match" };
        writeln!(f, "{}: {verdict}", self.rule)?;
        if self.conditions.is_empty() {
            writeln!(f, "  it takes whatever no rule before it took")?;
        }
        for finding in &self.conditions {
            let mark = if finding.holds { "yes" } else { "no " };
            writeln!(f, "  {mark} {}: {}", finding.condition, finding.because)?;
        }
        Ok(())
    }
}
