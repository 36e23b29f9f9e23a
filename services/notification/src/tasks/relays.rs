//! The relays, as all workers share them: whose turn it is, how each does, and the connections to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::domain::attempt::{Answer, RelayName};
use crate::domain::domain_group::DomainGroup;
use crate::domain::notification::Class;
use crate::domain::relay_choice::{Change, RelayState, choose, takes};
use crate::mail::line::{Line, Lines};
use crate::mail::relay_plan::RelayPlan;
use crate::metrics::SendingMetrics;

/// All relays. Clones share them.
#[derive(Debug, Clone)]
pub struct Relays(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sites: Vec<Site>,
    /// One for each site.
    states: Mutex<Vec<RelayState>>,
    /// For one attempt.
    timeout: Duration,
    metrics: SendingMetrics,
}

#[derive(Debug)]
struct Site {
    name: RelayName,
    lines: Arc<Lines>,
}

/// The right to send one mail to a relay, which counts as under way there until this is dropped.
#[derive(Debug)]
pub struct Turn {
    relays: Relays,
    at: usize,
}

impl Relays {
    /// Nothing is known against any of them. An attempt may take `timeout`.
    #[must_use]
    pub fn new(plans: &[RelayPlan], timeout: Duration, metrics: SendingMetrics) -> Self {
        let states = plans
            .iter()
            .map(|plan| RelayState::new(plan.terms.clone()))
            .collect();
        let site = |plan: &RelayPlan| {
            metrics.start_relay(&plan.name);
            Site {
                name: plan.name.clone(),
                lines: Arc::new(Lines::new(plan.relay.clone())),
            }
        };
        Self(Arc::new(Shared {
            sites: plans.iter().map(site).collect(),
            states: Mutex::new(states),
            timeout,
            metrics,
        }))
    }

    /// A turn at the relay that takes the next mail of this class; `None` if there is none, or one to wait for.
    /// `asked` have been asked for the same mail.
    pub(super) fn turn(&self, class: Class, asked: &[Turn]) -> Option<Turn> {
        let now = Instant::now();
        let asked: Vec<usize> = asked.iter().map(|turn| turn.at).collect();
        let at = self.with(|states| {
            let at = choose(states, class, &asked, now)?;
            states[at].set_out(now, now + self.0.timeout);
            Some(at)
        })?;
        self.0.metrics.under_way(&self.0.sites[at].name).inc();
        Some(Turn {
            relays: self.clone(),
            at,
        })
    }

    /// The classes that no relay takes now.
    pub(super) fn refused_classes(&self) -> Vec<Class> {
        let now = Instant::now();
        let refused = |states: &mut Vec<RelayState>| {
            let refused = Class::ALL.into_iter().filter(|class| !takes(states, *class, now));
            refused.collect()
        };
        self.with(refused)
    }

    /// When the next pause of a relay ends.
    pub(super) fn resumes(&self, now: Instant) -> Option<Instant> {
        self.with(|states| states.iter().filter_map(|state| state.resumes(now)).min())
    }

    /// Says goodbye on connections that nobody has needed for so long.
    pub async fn hang_up(&self, idle: Duration) {
        join_all(self.0.sites.iter().map(|site| site.lines.hang_up(idle))).await;
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<RelayState>) -> T) -> T {
        work(&mut self.0.states.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Turn {
    /// Whose turn it is.
    #[must_use]
    pub fn name(&self) -> &RelayName {
        &self.site().name
    }

    /// The way to it.
    #[must_use]
    pub fn line(&self) -> Line {
        Line::of(Arc::clone(&self.site().lines))
    }

    /// Whether another relay carries this class too, so that patience with this one has an end.
    #[must_use]
    pub fn is_replaceable(&self, class: Class) -> bool {
        let carrying =
            |states: &mut Vec<RelayState>| states.iter().filter(|state| state.carries(class)).count();
        self.relays.with(carrying) > 1
    }

    /// The relay answered about a mail to `provider`.
    pub(super) fn note(&self, answer: &Answer, provider: &DomainGroup) {
        let name = self.name();
        self.relays.0.metrics.answered(name, answer.class);
        let now = Instant::now();
        match self
            .relays
            .with(|states| states[self.at].note(answer, provider, now))
        {
            Change::None => return,
            Change::Opened => tracing::warn!(
                relay = %name,
                class = answer.class.as_str(),
                stage = answer.stage.as_str(),
                reply_code = answer.code(),
                "the relay is at fault: mails take another way or wait, and their attempts are not counted"
            ),
            Change::Closed => tracing::info!(relay = %name, "the relay works again"),
        }
        let is_open = self.relays.with(|states| states[self.at].is_open());
        self.relays.0.metrics.circuit(name, is_open);
    }

    fn site(&self) -> &Site {
        &self.relays.0.sites[self.at]
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.relays.with(|states| states[self.at].came_back());
        self.relays.0.metrics.under_way(self.name()).dec();
    }
}
