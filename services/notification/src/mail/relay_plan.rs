//! A relay, what it is called, and what it may be asked to do.

use crate::domain::attempt::RelayName;
use crate::domain::notification::Class;
use crate::domain::relay_choice::Terms;
use crate::mail::relay::Relay;

/// One relay of those that mails leave by.
#[derive(Debug, Clone)]
pub struct RelayPlan {
    pub name: RelayName,
    pub relay: Relay,
    pub terms: Terms,
}

impl RelayPlan {
    /// The only relay: it carries everything, as fast as it answers.
    #[must_use]
    pub fn only(relay: Relay, connections: u16) -> Self {
        Self {
            name: RelayName::only(),
            relay,
            terms: Terms {
                priority: 1,
                weight: 1,
                connections,
                quotas: Vec::new(),
                classes: Class::ALL.to_vec(),
            },
        }
    }
}
