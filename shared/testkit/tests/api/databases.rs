//! Databases: fresh, migrated, and gone afterwards.

use sqlx::{Connection as _, PgConnection};
use testkit::{database, empty_database, engines};

#[tokio::test]
async fn every_database_is_a_fresh_migrated_one_and_is_dropped_with_its_value() {
    let (one, other) = (database("signup").await, database("signup").await);
    sqlx::query("insert into outbox (event_id, topic, key, event_type, event_time, content_type, payload) values (gen_random_uuid(), 't', 'k', 'x', now(), 'application/json', '')")
        .execute(one.pool())
        .await
        .unwrap();
    let count: i64 = sqlx::query_scalar("select count(*) from outbox")
        .fetch_one(other.pool())
        .await
        .unwrap();
    assert_eq!(count, 0);

    let url = one.url();
    drop(one);
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn an_empty_database_has_no_tables() {
    let empty = empty_database().await;
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(empty.pool())
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn the_engines_keep_what_was_synced_to_disk() {
    let mut server = PgConnection::connect(&engines().await.postgres_url)
        .await
        .unwrap();
    let fsync: String = sqlx::query_scalar("show fsync")
        .fetch_one(&mut server)
        .await
        .unwrap();
    assert_eq!(fsync, "on");
}
