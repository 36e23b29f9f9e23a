//! `enquiry republish`.

use program::Republish;

use super::{Outcome, with_app};
use crate::commands::republish_unanswered::{count_unanswered, republish_unanswered};
use crate::config::Settings;

pub(super) fn run(command: &Republish<Settings>) -> Outcome {
    let since = command.since;
    with_app(&command.settings, async |app| {
        let enquiries = count_unanswered(app.state(), since).await?;
        command
            .run(&[(enquiries, "enquiries")], async || {
                Ok(republish_unanswered(app.state(), since).await?)
            })
            .await
    })
}
