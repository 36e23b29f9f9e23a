//! What a notice says of one of its recipients.
//!
//! Notices are full of words that explain nothing (`this is a permanent error`), so only those are taken that stand
//! with the address: a quoted reply where there is one, else its lines.

use super::Recipient;
use crate::domain::reply_class::ReplyLine;

/// More lines than any reason has.
const LINES_MAX: usize = 12;

/// What is said, as far as it is found.
#[derive(Default)]
pub(super) struct Explanation {
    /// The quoted reply, or the lines of the address.
    pub(super) reason: String,
    /// The lines of the address, which may tell when it failed.
    pub(super) context: String,
}

impl Explanation {
    /// What a notice says of `recipient`, who is one of `all`.
    pub(super) fn of(words: &str, recipient: &Recipient, all: &[Recipient]) -> Self {
        let lines: Vec<&str> = words.lines().map(str::trim).collect();
        let passage = Passage {
            lines: &lines,
            recipient,
            all,
        };
        let context = passage.lines_of_address();
        let reason = passage.quoted_reply().unwrap_or_else(|| context.clone());
        Self { reason, context }
    }

    /// What a notice says that names no recipient: a quoted reply, or nothing.
    pub(super) fn of_nobody(words: &str) -> Self {
        let lines: Vec<&str> = words.lines().map(str::trim).collect();
        let quoted = lines.iter().position(|line| quotes_refusal(line));
        Self {
            reason: quoted
                .map(|at| reply_from(&lines, at, |_| false))
                .unwrap_or_default(),
            context: String::new(),
        }
    }
}

/// A notice, read for one of its recipients.
struct Passage<'a> {
    lines: &'a [&'a str],
    recipient: &'a Recipient,
    all: &'a [Recipient],
}

impl Passage<'_> {
    /// The first refusal that is quoted after the address, or anywhere if there is only one recipient.
    fn quoted_reply(&self) -> Option<String> {
        let begin = if self.is_alone() { 0 } else { self.first()? };
        let about = &self.lines[begin..];
        let end = about
            .iter()
            .position(|line| self.names_another(line))
            .unwrap_or(about.len());
        let at = about[..end].iter().position(|line| quotes_refusal(line))?;
        Some(reply_from(about, at, |line| self.names_another(line)))
    }

    /// Each line with the address and what follows, over one gap; before an only address its reason may stand.
    fn lines_of_address(&self) -> String {
        let Some(first) = self.first() else {
            return String::new();
        };
        let ahead = if self.is_alone() { 2 } else { 0 };
        let mut said: Vec<&str> = self.lines[..first]
            .iter()
            .rev()
            .filter(|line| !line.is_empty())
            .take(ahead)
            .copied()
            .collect();
        said.reverse();
        let mut gaps = 2;
        for line in &self.lines[first..] {
            if self.names_it(line) {
                gaps = 0;
            } else if line.is_empty() {
                gaps += 1;
            } else if self.names_another(line) {
                gaps = 2;
            }
            if gaps < 2 && !line.is_empty() && said.len() < LINES_MAX {
                said.push(line);
            }
        }
        said.join(" ")
    }

    fn is_alone(&self) -> bool {
        self.all.len() <= 1
    }

    fn first(&self) -> Option<usize> {
        self.lines.iter().position(|line| self.names_it(line))
    }

    fn names_it(&self, line: &str) -> bool {
        Recipient::all(line)
            .iter()
            .any(|name| name.is(self.recipient.expose()))
    }

    fn names_another(&self, line: &str) -> bool {
        let named = Recipient::all(line);
        let is_known = |name: &Recipient| self.all.iter().any(|other| other.is(name.expose()));
        !named.iter().any(|name| name.is(self.recipient.expose())) && named.iter().any(is_known)
    }
}

fn quotes_refusal(line: &str) -> bool {
    ReplyLine::parse(line).code.is_some_and(|code| code >= 400)
}

/// The reply and its next lines, with the command before it as sendmail's transcripts have it.
fn reply_from(lines: &[&str], at: usize, is_foreign: impl Fn(&str) -> bool) -> String {
    let command = at
        .checked_sub(1)
        .map(|before| lines[before])
        .filter(|line| line.starts_with(">>>"));
    let rest = lines[at + 1..]
        .iter()
        .take_while(|line| !begins_another(line) && !is_foreign(line));
    let said: Vec<&str> = command
        .into_iter()
        .chain([lines[at]])
        .chain(rest.take(LINES_MAX).copied())
        .collect();
    said.join(" ")
}

/// The end, a command, a ruled heading, or a new reply (and not the next line, `550-`, of this one).
fn begins_another(line: &str) -> bool {
    let is_reply =
        line.len() > 3 && line.as_bytes()[..3].iter().all(u8::is_ascii_digit) && line.as_bytes()[3] == b' ';
    line.is_empty() || is_reply || [">", "<<<", "---"].iter().any(|begin| line.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(words: &str, at: usize) -> String {
        let all: Vec<Recipient> = ["a@x.example", "b@x.example"]
            .iter()
            .filter_map(|name| Recipient::find(name))
            .collect();
        Explanation::of(words, &all[at], &all).reason
    }

    #[test]
    fn each_recipient_has_its_own_reason() {
        let words = "Sorry.\n\n<a@x.example>:\nRemote host said: 550 5.1.1 unknown\nuser\n\n<b@x.example>:\nmailbox is full\n\nBye";
        assert_eq!(reason(words, 0), "Remote host said: 550 5.1.1 unknown user");
        assert_eq!(reason(words, 1), "<b@x.example>: mailbox is full Bye");
    }

    #[test]
    fn a_transcript_tells_what_was_asked() {
        let words = "a@x.example\n>>> MAIL From:<us@y.example>\n<<< 553 no\n503 need RCPT\n";
        assert_eq!(reason(words, 0), ">>> MAIL From:<us@y.example> <<< 553 no");
    }

    #[test]
    fn a_recipient_that_is_not_named_has_no_reason() {
        assert_eq!(reason("Sorry. It failed, and we know no such user.", 0), "");
    }
}
