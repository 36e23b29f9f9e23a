//! `notification.events`: how far our mails are, which offers have arrived, who was erased.

use contracts::notification::{ErasureConfirmed, OfferStored, Purpose, StateChanged};
use contracts::{EventError, EventHeaders, Source};
use kafka::Verdict;

use super::Meaning;

/// What an event of notification means here. States of enquiry's mails mean nothing.
pub(super) fn meaning(headers: &EventHeaders, data: Option<&[u8]>) -> Result<Meaning, EventError> {
    if let Some(told) = headers.data::<StateChanged>(data)? {
        return Ok(match told.purpose {
            Purpose::Delivery | Purpose::Links | Purpose::MyData => Meaning::MailState(told),
            Purpose::Ack | Purpose::Team => Meaning::Settled(Verdict::Skipped),
        });
    }
    if let Some(stored) = headers.data::<OfferStored>(data)? {
        return Ok(Meaning::OfferStored(stored.offer));
    }
    let confirmed = headers.data::<ErasureConfirmed>(data)?;
    Ok(
        confirmed.map_or(Meaning::Settled(Verdict::Skipped), |erased| Meaning::Erased {
            person: erased.person_id,
            at: erased.erased_at,
            by: Source::Notification,
        }),
    )
}
