//! `enquiry.events`: who was erased there.

use contracts::enquiry::ErasureConfirmed;
use contracts::{EventError, EventHeaders, Source};
use kafka::Verdict;

use super::Meaning;

/// What an event of enquiry means here.
pub(super) fn meaning(headers: &EventHeaders, data: Option<&[u8]>) -> Result<Meaning, EventError> {
    let confirmed = headers.data::<ErasureConfirmed>(data)?;
    Ok(
        confirmed.map_or(Meaning::Settled(Verdict::Skipped), |erased| Meaning::Erased {
            person: erased.person_id,
            at: erased.erased_at,
            by: Source::Enquiry,
        }),
    )
}
