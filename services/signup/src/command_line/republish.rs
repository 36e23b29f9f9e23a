//! `signup republish`.

use program::Republish;

use super::{Outcome, with_app};
use crate::commands::republish_unanswered::{count_unanswered, republish_unanswered};
use crate::config::Settings;

pub(super) fn run(command: &Republish<Settings>) -> Outcome {
    let since = command.since;
    with_app(&command.settings, async |app| {
        let found = count_unanswered(app.state(), since).await?;
        let counts = [
            (found.requests, "requests"),
            (found.erasures, "erasures"),
            (found.offers, "offers"),
        ];
        command
            .run(&counts, async || {
                Ok(republish_unanswered(app.state(), since).await?)
            })
            .await
    })
}
