//! What time brings: each timer calls commands.

pub mod housekeeping;
pub mod measure;
pub mod republish;
pub mod tell_again;

use lifecycle::Supervisor;

use crate::state::State;

/// Starts every task.
pub fn start(state: &State, supervisor: &Supervisor) {
    let stop = supervisor.token();
    supervisor.spawn(republish::NAME, republish::run(state.clone(), stop.clone()));
    supervisor.spawn(tell_again::NAME, tell_again::run(state.clone(), stop.clone()));
    supervisor.spawn(measure::NAME, measure::run(state.clone(), stop.clone()));
    supervisor.spawn(housekeeping::NAME, housekeeping::run(state.clone(), stop));
}
