//! What time brings: each timer calls commands.

pub mod forget_expired;
pub mod measure;
pub mod republish_owed;
pub mod republish_unconfirmed;

use lifecycle::Supervisor;

use crate::state::State;

/// Starts every task.
pub fn start(state: &State, supervisor: &Supervisor) {
    let stop = supervisor.token();
    let (state, stop) = (|| state.clone(), || stop.clone());
    supervisor.spawn(republish_owed::NAME, republish_owed::run(state(), stop()));
    supervisor.spawn(
        republish_unconfirmed::NAME,
        republish_unconfirmed::run(state(), stop()),
    );
    supervisor.spawn(measure::NAME, measure::run(state(), stop()));
    supervisor.spawn(forget_expired::NAME, forget_expired::run(state(), stop()));
}
