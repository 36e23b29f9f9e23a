//! `enquiry dead-letters list`, `show` and `replay`.

use program::dead_letters::{self, Command};

use super::{Outcome, with_app};
use crate::commands::find_erased::find_erased;
use crate::config::Settings;

pub(super) fn run(command: &Command<Settings>) -> Outcome {
    with_app(command.settings(), async |app| {
        let erased = async |people| Ok(find_erased(app.state(), people).await?);
        dead_letters::run(command, app.kafka(), erased).await
    })
}
