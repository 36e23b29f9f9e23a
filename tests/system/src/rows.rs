//! What databases hold: everything, as text, and what waits to be done.

use std::time::Duration;

use sqlx::PgPool;
use testkit::wait_for;

/// Every row of every table.
///
/// # Panics
/// When the database does not answer.
pub async fn all_rows(pool: &PgPool) -> String {
    let tables = "select table_name::text from information_schema.tables where table_schema = 'public' \
                  and table_type = 'BASE TABLE'";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(pool)
        .await
        .expect("the tables are known");
    let mut text = String::new();
    for table in tables {
        // Bytes are shown as they are, so that an address within a payload is found.
        let rows = format!("select replace(t::text, '\\', '') from (select * from \"{table}\") t");
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(rows))
            .fetch_all(pool)
            .await
            .expect("a table can be read");
        text.extend(rows.into_iter().map(|row| row + "\n"));
    }
    text
}

/// Whether rows hold a text, as it is or as bytes.
pub fn holds(rows: &str, text: &str) -> bool {
    rows.contains(text) || rows.contains(&data_encoding::HEXLOWER.encode(text.as_bytes()))
}

/// Rows that wait for something to be done, in the databases of signup, enquiry and notification.
///
/// # Panics
/// When one of them does not answer within this time.
pub(crate) async fn left_over(pools: [&PgPool; 3], patience: Duration) -> i64 {
    const OWED: &str = "select (select count(*) from outbox) + ";
    let mut left = 0;
    for (pool, more) in pools.into_iter().zip([
        "(select count(*) from signups where delivery in ('owed', 'stuck')) +
         (select count(*) from erased_people where enquiry_confirmed_at is null or notification_confirmed_at is null)",
        "(select count(*) from enquiries where delivery in ('owed', 'stuck'))",
        "(select count(*) from due_notifications) + (select count(*) from waiting_notifications)",
    ]) {
        let count = format!("{OWED}{more}");
        let count = wait_for("a database answers", patience, async || {
            let count = sqlx::AssertSqlSafe(count.clone());
            sqlx::query_scalar::<_, i64>(count).fetch_one(pool).await.ok()
        });
        left += count.await;
    }
    left
}
