//! Making a database on a server, for programs that own the server.

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use sqlx::postgres::PgConnectOptions;
use url::Url;

use crate::config::PostgresError;
use crate::writer::connect;

/// Two programs that create the same database at once wait for each other here.
const LOCK: i64 = 0x6c65_6164_6462;

/// Creates the database `name` on the server of `server_url` where it is missing, and answers with its address.
/// `name` must be a plain identifier (`a-z`, `0-9`, `_`): it is written by programs, never by people.
///
/// # Errors
/// [`PostgresError::Address`] for a URL or a name that cannot be used; otherwise as [`connect`].
pub async fn ensure_database(server_url: &SecretString, name: &str) -> Result<SecretString, PostgresError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let mut url = Url::parse(server_url.expose_secret()).map_err(|_| PostgresError::Address)?;
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(PostgresError::Address);
    }
    let options =
        PgConnectOptions::from_str(server_url.expose_secret()).map_err(|_| PostgresError::Address)?;
    create_where_missing(&options, name).await?;
    url.set_path(name);
    Ok(SecretString::from(String::from(url)))
}

async fn create_where_missing(server: &PgConnectOptions, name: &str) -> Result<(), PostgresError> {
    let mut connection = connect(server).await?;
    let work = async {
        sqlx::query("select pg_advisory_lock($1)")
            .bind(LOCK)
            .execute(&mut connection)
            .await?;
        let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        if !exists {
            // An identifier cannot be a parameter; this one was checked to be plain.
            let create = sqlx::AssertSqlSafe(format!("create database {name}"));
            sqlx::query(create).execute(&mut connection).await?;
        }
        connection.close().await
    };
    work.await.map_err(PostgresError::Database)
}
