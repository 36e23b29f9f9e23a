//! `notification.events`: how far our mails are, which offers have arrived, who was erased.

use contracts::EventHeaders;
use contracts::Source;
use contracts::notification::{ErasureConfirmed, OfferStored, Purpose, StateChanged};
use kafka::{Received, Verdict};

use super::{Meaning, data};

/// What an event of notification means here. States of enquiry's mails mean nothing.
pub(super) fn meaning(headers: &EventHeaders, record: &Received) -> Result<Meaning, Verdict> {
    if let Some(told) = data::<StateChanged>(headers, record)? {
        return Ok(match told.purpose {
            Purpose::Delivery | Purpose::Links | Purpose::MyData => Meaning::MailState(told),
            Purpose::Ack | Purpose::Team => Meaning::Settled(Verdict::Skipped),
        });
    }
    if let Some(stored) = data::<OfferStored>(headers, record)? {
        return Ok(Meaning::OfferStored(stored.offer));
    }
    let confirmed = data::<ErasureConfirmed>(headers, record)?;
    Ok(
        confirmed.map_or(Meaning::Settled(Verdict::Skipped), |erased| Meaning::Erased {
            person: erased.person_id,
            at: erased.erased_at,
            by: Source::Notification,
        }),
    )
}
