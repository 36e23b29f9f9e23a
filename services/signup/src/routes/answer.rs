//! What the caller is told of an error of ours. The words for the log are the error's own.

use web::Problem;

use crate::error::{Answer, Error};

/// The problem that an error is for whoever asked by HTTP.
pub(super) fn problem(error: &Error) -> Problem {
    let answer = error.answer();
    match answer {
        Answer::TryAgain => tracing::warn!(%error, "try again later"),
        Answer::Internal => tracing::error!(error = error as &dyn std::error::Error, "internal error"),
        Answer::KeyReused | Answer::DeadLink | Answer::Conflict => {}
    }
    match answer {
        Answer::TryAgain => Problem::unavailable(),
        Answer::KeyReused => Problem::idempotency_key_reused(),
        Answer::DeadLink => Problem::not_found(),
        Answer::Conflict => Problem::conflict("this contradicts what is there"),
        Answer::Internal => Problem::internal(),
    }
}
