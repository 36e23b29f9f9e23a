//! `notification ledger …`: what an operator does about mails that are owed.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use program::{Failure, Outcome};
use settings::exit_code;
use time::OffsetDateTime;
use uuid::Uuid;

use super::with_app;
use crate::app::App;
use crate::commands::cancel_notification::cancel_notification;
use crate::commands::retry_notifications::{count_failed, retry_failed, retry_notification};
use crate::config::Settings;
use crate::domain::ledger::Change;
use crate::domain::notification::NotificationId;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Try mails again now: those that have failed, and those that wait for their next try
    Retry(Box<Chosen>),
    /// Call mails off that were not sent yet
    Cancel(Box<Chosen>),
    /// Try again all that failed because relays were at fault
    RetryFailed(Box<RetryFailed>),
}

#[derive(Debug, Args)]
pub(super) struct Chosen {
    /// Ids of notifications
    #[arg(required = true)]
    ids: Vec<Uuid>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct RetryFailed {
    /// Those that were given up since then, such as 2026-11-24T09:00:00Z
    #[arg(long, value_parser = settings::moment)]
    since: OffsetDateTime,
    /// Only say how many
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Retry(chosen) => with_app(&chosen.settings, async |app| {
            each(&chosen.ids, "is queued again", async |id| {
                Ok(retry_notification(app.state(), id).await?)
            })
            .await
        }),
        Command::Cancel(chosen) => with_app(&chosen.settings, async |app| {
            each(&chosen.ids, "is called off", async |id| {
                Ok(cancel_notification(app.state(), id).await?)
            })
            .await
        }),
        Command::RetryFailed(failed) => with_app(&failed.settings, async |app| retry(&app, failed).await),
    }
}

/// Says of each what became of it; fails if one was not changed.
async fn each(
    ids: &[Uuid],
    done: &str,
    change: impl AsyncFn(NotificationId) -> Result<Change, Failure>,
) -> Outcome {
    let mut is_all_done = true;
    for &id in ids {
        let changed = change(NotificationId(id)).await?;
        is_all_done &= changed == Change::Done;
        let words = match changed {
            Change::Done => done.to_owned(),
            Change::Unknown => "is not in the ledger".to_owned(),
            Change::UnderWay => "is being sent just now: try again in a moment".to_owned(),
            Change::NotIn(state) => format!("is {}, which does not allow it", state.as_str()),
            Change::Forgotten => "has failed, and what it said is not known any more".to_owned(),
        };
        writeln!(io::stdout(), "{id} {words}")?;
    }
    if is_all_done {
        return Ok(());
    }
    Err(Failure::new(exit_code::SOFTWARE, "not all of them were changed"))
}

async fn retry(app: &App, failed: &RetryFailed) -> Outcome {
    let words = if failed.dry_run {
        let count = count_failed(app.state(), failed.since).await?;
        format!("{count} notifications would be queued again")
    } else {
        let count = retry_failed(app.state(), failed.since).await?;
        format!("{count} notifications are queued again")
    };
    writeln!(io::stdout(), "{words}")?;
    Ok(())
}
