//! Table `status_changes`.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::delivery::Status;
use crate::error::Error;

/// Notes that the enquiry has this status from its revision on.
pub async fn append(
    connection: &mut PgConnection,
    enquiry: Uuid,
    revision: i32,
    status: Status,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into status_changes (enquiry_id, revision, status, changed_at) values ($1, $2, $3, now())",
        enquiry,
        revision,
        status.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
