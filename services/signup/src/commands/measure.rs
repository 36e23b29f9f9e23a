//! Reads what only the database knows into the metrics.

use crate::domain::delivery::Delivery;
use crate::error::Error;
use crate::state::State;
use crate::store::{erased_people, offers, requests};

/// Sets the gauges: held and stuck requests, unconfirmed erasures and offers.
///
/// # Errors
/// The database is not available.
pub async fn measure(state: &State) -> Result<(), Error> {
    let inner = state.clone();
    state.database.run_long(async move { read(&inner).await }).await
}

async fn read(state: &State) -> Result<(), Error> {
    let mut connection = state.database.pool().acquire().await?;
    for delivery in [Delivery::Held, Delivery::Stuck] {
        let count = requests::count(&mut connection, delivery).await?;
        state
            .metrics
            .requests
            .with_label_values(&[delivery.as_str()])
            .set(count);
    }
    let metrics = &state.metrics;
    metrics
        .erasures_unconfirmed
        .set(erased_people::count_unconfirmed(&mut connection).await?);
    metrics
        .offers_unconfirmed
        .set(offers::count_unconfirmed(&mut connection).await?);
    Ok(())
}
