//! Faults on request: what a test needs to see how a sender copes with a relay that misbehaves.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A point of the SMTP dialogue at which the mailbox can misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The connection was opened, nothing was said yet.
    Greeting,
    /// After EHLO or HELO.
    Hello,
    /// After `MAIL FROM`.
    Sender,
    /// After `RCPT TO`.
    Recipient,
    /// After DATA, before the mail.
    Data,
    /// After the final dot, before the mail is stored: closing here loses it.
    Message,
    /// The mail is stored, the reply not sent: closing here makes the sender send it again.
    Stored,
}

/// What the mailbox does in place of, or before, its proper answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Says this line, for example `450 4.2.1 try later`, and goes on; a 421 closes the connection too.
    Reply(String),
    /// Closes the connection without a word.
    Close,
    /// Waits, then goes on as if nothing had been.
    Delay(Duration),
}

/// One fault at one moment: always, or for some recipients, or some times.
#[derive(Clone, Debug)]
pub struct Rule {
    moment: Moment,
    fault: Fault,
    recipient: Option<Pattern>,
    left: Option<u32>,
}

impl Rule {
    /// `fault` every time that `moment` comes.
    #[must_use]
    pub fn new(moment: Moment, fault: Fault) -> Self {
        Self {
            moment,
            fault,
            recipient: None,
            left: None,
        }
    }

    /// Only for mails with a recipient like `pattern`, in which `*` stands for anything: `*@full.example`.
    /// Such a rule never applies before the first `RCPT TO`.
    #[must_use]
    pub fn to(mut self, pattern: &str) -> Self {
        self.recipient = Some(Pattern(pattern.to_ascii_lowercase()));
        self
    }

    /// Only the next `count` times.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    fn applies(&self, moment: Moment, recipients: &[String]) -> bool {
        self.moment == moment
            && self.left != Some(0)
            && self
                .recipient
                .as_ref()
                .is_none_or(|pattern| recipients.iter().any(|to| pattern.matches(to)))
    }

    fn strike(&mut self) -> Fault {
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.fault.clone()
    }
}

/// The faults to come, as rules in order: at each moment the delays that apply add up, and the first reply or
/// close that applies is what happens.
#[derive(Clone, Debug, Default)]
pub struct Script {
    rules: Vec<Rule>,
}

impl Script {
    /// No faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more rule.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    fn faults(&mut self, moment: Moment, recipients: &[String]) -> Vec<Fault> {
        let mut faults = Vec::new();
        for rule in self
            .rules
            .iter_mut()
            .filter(|rule| rule.applies(moment, recipients))
        {
            let fault = rule.strike();
            let last = !matches!(fault, Fault::Delay(_));
            faults.push(fault);
            if last {
                break;
            }
        }
        faults
    }
}

/// The script that is being played, shared by all connections.
#[derive(Debug, Default)]
pub(crate) struct Stage(Mutex<Script>);

impl Stage {
    pub(crate) fn play(&self, script: Script) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = script;
    }

    /// What is to go wrong now; nothing as a rule.
    pub(crate) fn faults(&self, moment: Moment, recipients: &[String]) -> Vec<Fault> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .faults(moment, recipients)
    }
}

/// Lower-case text in which `*` stands for anything.
#[derive(Clone, Debug)]
struct Pattern(String);

impl Pattern {
    fn matches(&self, address: &str) -> bool {
        let address = address.to_ascii_lowercase();
        let mut pieces = self.0.split('*');
        let Some(mut rest) = pieces.next().and_then(|first| address.strip_prefix(first)) else {
            return false;
        };
        let mut pieces: Vec<&str> = pieces.collect();
        let Some(last) = pieces.pop() else {
            return rest.is_empty();
        };
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let matches = |pattern: &str, address: &str| Pattern(pattern.to_owned()).matches(address);
        assert!(matches("*@full.example", "ada@FULL.example"));
        assert!(matches("ada@full.example", "ada@full.example"));
        assert!(matches("a*@*.example", "ada@full.example"));
        assert!(!matches("*@full.example", "ada@full.example.org"));
        assert!(!matches("ada@full.example", "eda@full.example"));
        assert!(!matches("ada@full.example", "ada@full.example.org"));
    }

    #[test]
    fn a_counted_rule_wears_out() {
        let refusal = Fault::Reply("450 4.2.1 try later".into());
        let mut script = Script::new().with(Rule::new(Moment::Sender, refusal.clone()).times(2));
        let struck = [(); 3].map(|()| script.faults(Moment::Sender, &[]));
        assert_eq!(struck, [vec![refusal.clone()], vec![refusal], vec![]]);
    }

    #[test]
    fn a_delay_leaves_room_for_the_rule_after_it_and_a_close_does_not() {
        let delay = Fault::Delay(Duration::from_millis(5));
        let mut script = Script::new()
            .with(Rule::new(Moment::Data, delay.clone()))
            .with(Rule::new(Moment::Data, Fault::Close))
            .with(Rule::new(Moment::Data, Fault::Reply("451 4.3.0 no".into())));
        assert_eq!(script.faults(Moment::Data, &[]), [delay, Fault::Close]);
    }

    #[test]
    fn a_rule_for_a_recipient_waits_until_one_is_known() {
        let mut script = Script::new().with(Rule::new(Moment::Sender, Fault::Close).to("*"));
        assert_eq!(script.faults(Moment::Sender, &[]), []);
    }
}
