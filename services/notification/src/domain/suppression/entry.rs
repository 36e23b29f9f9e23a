//! What a list of suppressions says of one person, ours or that of another system.

use std::fmt;

use contracts::{SubjectKey, instant};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::{Decision, Reason, Scope, SuppressionSource, person};

/// How far the clock of another system may be ahead.
const AHEAD_MAX: Duration = Duration::DAY;

/// One entry, as it was read. Only the person has to be there. `Debug` shows nothing of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// An address or a person id.
    #[serde(alias = "person", alias = "email", alias = "email_address", alias = "address")]
    person_id: String,
    /// All mails if nothing is said.
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    source: Option<String>,
    /// RFC 3339; now if nothing is said.
    #[serde(default)]
    decided_at: Option<String>,
}

/// Why an entry cannot be taken. The words name nobody: what is wrong may be an address with a slip in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("it is not UTF-8")]
    Encoding,
    #[error("it is no JSON object with person_id or email, and perhaps scope, reason, source, decided_at")]
    Object,
    #[error(
        "it has more columns than person_id or email, scope, reason, source, decided_at, or than the first line names"
    )]
    Columns,
    #[error("it names a column that is none of person_id or email, scope, reason, source, decided_at")]
    Heading,
    #[error("it has neither an email address nor a person id")]
    Person,
    #[error("its scope is neither everything nor updates")]
    Scope,
    #[error("its reason is no word such as asked-by-phone: a-z, 0-9, - and _")]
    Reason,
    #[error("a bounce or a complaint is about everything, not about updates alone")]
    TooNarrow,
    #[error("its source is none that an export has")]
    Source,
    #[error("its time is none such as 2026-11-24T09:00:00Z")]
    Time,
    #[error("its time has not come yet")]
    Future,
}

impl Entry {
    /// The columns of an export, in order.
    pub const COLUMNS: [&'static str; 5] = ["person_id", "scope", "reason", "source", "decided_at"];
    /// What the first column may be called.
    pub const PERSON: [&'static str; 5] = ["person_id", "person", "email", "email_address", "address"];

    /// What it decides. Its time is kept.
    ///
    /// # Errors
    /// The first [`Mistake`] in it.
    pub fn decision(&self, key: &SubjectKey, now: OffsetDateTime) -> Result<Decision, Mistake> {
        let (scope, reason) = (self.scope()?, self.reason()?);
        if scope == Scope::Updates && reason.is_of_a_mail_system() {
            return Err(Mistake::TooNarrow);
        }
        Ok(Decision {
            person_id: person(key, self.person_id.trim()).map_err(|_| Mistake::Person)?,
            scope,
            active: true,
            reason,
            source: self.source()?,
            decided_at: self.decided_at(now)?,
        })
    }

    fn scope(&self) -> Result<Scope, Mistake> {
        let word = given(self.scope.as_ref());
        word.map_or(Ok(Scope::Everything), |word| {
            Scope::from_word(word).ok_or(Mistake::Scope)
        })
    }

    fn reason(&self) -> Result<Reason, Mistake> {
        let word = given(self.reason.as_ref());
        word.map_or(Ok(Reason::IMPORTED), |word| {
            Reason::of_list(word).map_err(|_| Mistake::Reason)
        })
    }

    fn source(&self) -> Result<SuppressionSource, Mistake> {
        let word = given(self.source.as_ref());
        word.map_or(Ok(SuppressionSource::Import), |word| {
            SuppressionSource::from_word(word).ok_or(Mistake::Source)
        })
    }

    fn decided_at(&self, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, Mistake> {
        let Some(text) = given(self.decided_at.as_ref()) else {
            return Ok(None);
        };
        let at = instant::parse(text);
        let at = at.ok_or(Mistake::Time)?;
        if at > now + AHEAD_MAX {
            return Err(Mistake::Future);
        }
        Ok(Some(at))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry(…)")
    }
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const ID: &str = "00000000-0000-8000-8000-000000000001";
    const NOW: OffsetDateTime = datetime!(2026-11-24 09:00 UTC);

    fn decision(json: &str) -> Result<Decision, Mistake> {
        let key = SubjectKey::parse(&"ab".repeat(32)).expect("a key");
        let entry: Entry = serde_json::from_str(json).expect("an entry");
        entry.decision(&key, NOW)
    }

    #[test]
    fn an_entry_needs_a_person_and_keeps_what_else_it_says() {
        let least = decision(&format!(r#"{{"person_id": "{ID}"}}"#)).expect("a decision");
        assert_eq!(least.scope, Scope::Everything);
        assert_eq!(least.reason, Reason::IMPORTED);
        assert_eq!(least.source, SuppressionSource::Import);
        assert_eq!(least.decided_at, None);
        let most = decision(&format!(
            r#"{{"person": "{ID}", "scope": "updates", "reason": "unsubscribed", "source": "unsubscribe",
                "decided_at": "2024-02-29T23:59:59.000001+02:00"}}"#
        ));
        let most = most.expect("a decision");
        assert_eq!(most.scope, Scope::Updates);
        assert_eq!(most.source, SuppressionSource::Unsubscribe);
        assert_eq!(most.decided_at, Some(datetime!(2024-02-29 21:59:59.000_001 UTC)));
    }

    #[test]
    fn the_same_person_is_named_by_address_and_by_id() {
        let by_address = decision(r#"{"email": " Anna@Example.com "}"#).expect("a decision");
        let by_id = decision(&format!(r#"{{"person_id": "{}"}}"#, by_address.person_id));
        assert_eq!(by_id.expect("a decision").person_id, by_address.person_id);
    }

    #[test]
    fn every_mistake_has_words_of_its_own() {
        for (field, value, mistake) in [
            ("person_id", "anna(at)example.com", Mistake::Person),
            ("scope", "all", Mistake::Scope),
            ("reason", "two words", Mistake::Reason),
            ("source", "rumour", Mistake::Source),
            ("decided_at", "24.11.2026", Mistake::Time),
            ("decided_at", "0000-01-01T00:00:00+23:59", Mistake::Time),
            ("decided_at", "9999-12-31T23:59:59-23:59", Mistake::Time),
            ("decided_at", "2026-11-25T09:00:01Z", Mistake::Future),
        ] {
            let mut entry = serde_json::json!({"person_id": ID});
            entry[field] = value.into();
            assert_eq!(decision(&entry.to_string()), Err(mistake), "{field}");
        }
        let narrow = format!(r#"{{"person_id": "{ID}", "scope": "updates", "reason": "complaint"}}"#);
        assert_eq!(decision(&narrow), Err(Mistake::TooNarrow));
    }
}
