//! `enquiry.events`: who was erased there.

use contracts::EventHeaders;
use contracts::Source;
use contracts::enquiry::ErasureConfirmed;
use kafka::{Received, Verdict};

use super::{Meaning, data};

/// What an event of enquiry means here.
pub(super) fn meaning(headers: &EventHeaders, record: &Received) -> Result<Meaning, Verdict> {
    let confirmed = data::<ErasureConfirmed>(headers, record)?;
    Ok(
        confirmed.map_or(Meaning::Settled(Verdict::Skipped), |erased| Meaning::Erased {
            person: erased.person_id,
            at: erased.erased_at,
            by: Source::Enquiry,
        }),
    )
}
