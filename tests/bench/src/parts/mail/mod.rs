//! P6, P11 and signatures: the way of mails by itself, beside what others make of it.

mod backlog;
mod letter;
mod sending;
mod signing;

use super::Run;
use crate::error::BenchError;
use crate::postfix::Postfix;
use crate::screen;

/// Measures and judges.
///
/// # Errors
/// When a program fails or mails stay away.
pub(crate) async fn mail(run: &mut Run) -> Result<(), BenchError> {
    signing::signing(run)?;
    let Some(postfix) = Postfix::find() else {
        screen::progress("SKIPPED: P6, and smtp-sink in P11: no smtp-source (Debian's package postfix)");
        run.report.note("P6", "skipped: no postfix here".to_owned());
        return backlog::backlogs(run, run.stage.sink.address).await;
    };
    sending::sending(run, &postfix).await?;
    let sink = postfix.sink().await?;
    backlog::backlogs(run, sink.address).await
}
