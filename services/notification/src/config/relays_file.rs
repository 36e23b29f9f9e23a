//! Reading `relays.toml`: everything wrong with it is told at once, with file and line.

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use toml::Spanned;

use super::sending::CONNECTIONS_MAX;
use crate::domain::attempt::RelayName;
use crate::domain::notification::Class;
use crate::domain::rate::Quota;
use crate::domain::relay_choice::Terms;
use crate::mail::relay::Relay;
use crate::mail::relay_plan::RelayPlan;

/// Why a relays file was refused; `Display` gives one line for each mistake: `file:line: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RelaysError {
    file: String,
    mistakes: Vec<(usize, String)>,
}

impl Display for RelaysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (line, text)) in self.mistakes.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{line}: {text}", self.file)?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    relays: Vec<Spanned<RelayText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelayText {
    name: Spanned<String>,
    /// Not to be shown: it may hold a password.
    url: Option<Spanned<String>>,
    url_file: Option<Spanned<PathBuf>>,
    url_env: Option<Spanned<String>>,
    ca_file: Option<Spanned<PathBuf>>,
    #[serde(default = "one")]
    priority: u16,
    weight: Option<Spanned<u16>>,
    connections: Option<Spanned<u16>>,
    per_second: Option<Spanned<u32>>,
    per_minute: Option<Spanned<u32>>,
    per_hour: Option<Spanned<u32>>,
    classes: Option<Spanned<Vec<Spanned<String>>>>,
}

const fn one() -> u16 {
    1
}

/// What a relay has that says nothing of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults<'a> {
    /// The name that EHLO gives.
    pub(super) hello: &'a str,
    pub(super) connections: u16,
}

/// Reads the text of a relays file. `file` is its name in messages.
///
/// # Errors
/// [`RelaysError`] with every mistake found; what cannot be read as TOML of this shape ends with the first.
pub(super) fn parse(file: &str, text: &str, defaults: Defaults<'_>) -> Result<Vec<RelayPlan>, RelaysError> {
    let mut reader = Reader {
        text,
        defaults,
        mistakes: Vec::new(),
    };
    let plans = match toml::from_str::<FileText>(text) {
        Ok(parsed) => reader.plans(&parsed),
        Err(error) => {
            reader.refuse::<()>(&error.span().unwrap_or_default(), error.message());
            Vec::new()
        }
    };
    match reader.mistakes.is_empty() {
        true => Ok(plans),
        false => Err(RelaysError {
            file: file.to_owned(),
            mistakes: reader.mistakes,
        }),
    }
}

struct Reader<'a> {
    text: &'a str,
    defaults: Defaults<'a>,
    /// Line and words of each.
    mistakes: Vec<(usize, String)>,
}

impl Reader<'_> {
    /// Notes a mistake; always `None`, for the value that is missing because of it.
    fn refuse<T>(&mut self, at: &Range<usize>, what: impl Display) -> Option<T> {
        let before = self.text.get(..at.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        self.mistakes.push((line, what.to_string()));
        None
    }

    fn plans(&mut self, file: &FileText) -> Vec<RelayPlan> {
        let plans: Vec<RelayPlan> = file.relays.iter().filter_map(|relay| self.plan(relay)).collect();
        let mut names = HashSet::new();
        for relay in &file.relays {
            let name = &relay.get_ref().name;
            if !names.insert(name.get_ref()) {
                self.refuse::<()>(
                    &name.span(),
                    format!("relay \"{}\" is there twice", name.get_ref()),
                );
            }
        }
        let connections: u32 = plans.iter().map(|plan| u32::from(plan.terms.connections)).sum();
        if connections > u32::from(CONNECTIONS_MAX) {
            let what =
                format!("all relays together have {connections} connections, more than {CONNECTIONS_MAX}");
            self.refuse::<()>(&(0..0), what);
        }
        for class in Class::ALL {
            let is_carried = plans.iter().any(|plan| plan.terms.classes.contains(&class));
            if self.mistakes.is_empty() && !is_carried {
                self.refuse::<()>(&(0..0), format!("no relay carries the class {}", class.as_str()));
            }
        }
        plans
    }

    fn plan(&mut self, relay: &Spanned<RelayText>) -> Option<RelayPlan> {
        let (at, relay) = (relay.span(), relay.get_ref());
        let name = RelayName::parse(relay.name.get_ref()).or_else(|| {
            self.refuse(
                &relay.name.span(),
                "name takes 1 to 32 lower-case letters, digits, hyphens",
            )
        });
        let way = self.way(&at, relay);
        let weight = self.positive("weight", relay.weight.as_ref());
        let connections = self.positive("connections", relay.connections.as_ref());
        let terms = Terms {
            priority: relay.priority,
            weight: weight.unwrap_or(1),
            connections: connections.unwrap_or(self.defaults.connections),
            quotas: self.quotas(relay),
            classes: self.classes(relay),
        };
        Some(RelayPlan {
            name: name?,
            relay: way?,
            terms,
        })
    }

    /// Where the relay is, as one of three settings says.
    fn way(&mut self, at: &Range<usize>, relay: &RelayText) -> Option<Relay> {
        let (span, url) = match (&relay.url, &relay.url_file, &relay.url_env) {
            (Some(url), None, None) => (url.span(), SecretString::from(url.get_ref().clone())),
            (None, Some(file), None) => {
                let read = std::fs::read_to_string(file.get_ref());
                let read = read.map_err(|error| format!("url_file cannot be read: {error}"));
                (file.span(), self.noted(&file.span(), read)?.into())
            }
            (None, None, Some(variable)) => {
                let read = settings::secret_in(variable.get_ref());
                let read = read.ok_or_else(|| format!("{} is not set", variable.get_ref()));
                (variable.span(), self.noted(&variable.span(), read)?)
            }
            _ => return self.refuse(at, "needs one of url, url_file, url_env"),
        };
        let way = Relay::parse(url.expose_secret(), self.defaults.hello)
            .map_err(|error| format!("its URL {error}"));
        let way = self.noted(&span, way)?;
        match &relay.ca_file {
            None => Some(way),
            Some(file) => {
                let trusting = trusting(way, file.get_ref());
                self.noted(&file.span(), trusting)
            }
        }
    }

    fn noted<T>(&mut self, at: &Range<usize>, read: Result<T, String>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(what) => self.refuse(at, what),
        }
    }

    fn positive<N: Copy + PartialEq + Default>(
        &mut self,
        name: &str,
        number: Option<&Spanned<N>>,
    ) -> Option<N> {
        let number = number?;
        if *number.get_ref() == N::default() {
            return self.refuse(&number.span(), format!("{name} must be at least 1"));
        }
        Some(*number.get_ref())
    }

    fn quotas(&mut self, relay: &RelayText) -> Vec<Quota> {
        let spans = [
            ("per_second", &relay.per_second, 1),
            ("per_minute", &relay.per_minute, 60),
            ("per_hour", &relay.per_hour, 3600),
        ];
        let quota = |(name, mails, seconds): (&str, &Option<Spanned<u32>>, u64)| {
            let mails = self.positive(name, mails.as_ref())?;
            Some(Quota {
                mails,
                per: Duration::from_secs(seconds),
            })
        };
        spans.into_iter().filter_map(quota).collect()
    }

    fn classes(&mut self, relay: &RelayText) -> Vec<Class> {
        let Some(words) = &relay.classes else {
            return Class::ALL.to_vec();
        };
        if words.get_ref().is_empty() {
            self.refuse::<()>(&words.span(), "classes names none");
        }
        let class = |word: &Spanned<String>| {
            Class::from_word(word.get_ref())
                .or_else(|| self.refuse(&word.span(), "a class is delivery, ack, team or updates"))
        };
        words.get_ref().iter().filter_map(class).collect()
    }
}

fn trusting(relay: Relay, ca_file: &Path) -> Result<Relay, String> {
    let pem = std::fs::read(ca_file).map_err(|error| format!("ca_file cannot be read: {error}"))?;
    relay.trusting(&pem).map_err(|error| format!("ca_file {error}"))
}

#[cfg(test)]
mod tests;
