//! Everything that a database holds, as text.

use sqlx::PgPool;

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
