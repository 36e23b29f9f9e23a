//! Offers: a new version where something changed, told until notification holds it.

use contracts::offer::{CHUNK_TYPE, OfferPublished, OfferVersion};
use contracts::{Payload, Slug};
use signup::Error;
use signup::commands::republish_unconfirmed::republish_offer;
use signup::commands::{Applied, apply_offer, confirm_offer::confirm_offer};

use crate::test_app::{TestApp, change, count, empty_outbox, offer, outbox, told};

fn version(number: i32) -> OfferVersion {
    OfferVersion {
        slug: Slug::parse("system-design").expect("a slug"),
        version: number,
    }
}

#[tokio::test]
async fn an_offer_that_is_applied_twice_is_one_version_and_a_changed_one_is_the_next() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    let again = apply_offer(&service.state, offer()).await.expect("applied");
    assert_eq!(again, Applied::Unchanged(version(1)));
    assert!(outbox(database.pool()).await.is_empty());

    let mut changed = offer();
    changed.content.page.headline.push('!');
    let next = apply_offer(&service.state, changed).await.expect("applied");
    assert_eq!(next, Applied::Published(version(2)));
    assert_eq!(
        service.campaign().await.offer.version,
        version(2),
        "the page shows it at once"
    );
    assert_eq!(
        count(database.pool(), "select count(*) from files").await,
        1,
        "the file is the same"
    );
}

#[tokio::test]
async fn the_chunks_of_the_file_go_out_before_the_manifest_that_names_them() {
    let database = testkit::database("signup").await;
    let _service = TestApp::without_kafka(&database).await;
    let types = outbox(database.pool()).await;
    assert_eq!(types, [CHUNK_TYPE, CHUNK_TYPE, OfferPublished::TYPE]);
    let manifest: OfferPublished = told(database.pool()).await;
    let file = offer().file;
    assert_eq!(
        (manifest.file.chunks, manifest.file.bytes),
        (2, file.bytes.len() as u64)
    );
    let chunks: Vec<Vec<u8>> =
        sqlx::query_scalar("select payload from outbox where event_type = $1 order by seq")
            .bind(CHUNK_TYPE)
            .fetch_all(database.pool())
            .await
            .expect("chunks");
    assert!(chunks.concat() == file.bytes, "the chunks are the file");
}

#[tokio::test]
async fn a_greeting_changes_without_a_new_version() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mut changed = offer();
    changed.campaigns[0].greeting = "Hello Instagram!".to_owned();
    let applied = apply_offer(&service.state, changed).await.expect("applied");
    assert_eq!(applied, Applied::Unchanged(version(1)));
    assert_eq!(service.campaign().await.greeting, "Hello Instagram!");
}

#[tokio::test]
async fn a_campaign_of_another_offer_is_not_taken_over_and_nothing_is_stored() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mut other = offer();
    other.slug = Slug::parse("other").expect("a slug");
    let refused = apply_offer(&service.state, other).await;
    assert!(matches!(refused, Err(Error::CampaignTaken { .. })), "{refused:?}");
    assert_eq!(count(database.pool(), "select count(*) from offers").await, 1);
}

/// Breaks on a build that takes the same version again and again until it can be read.
#[tokio::test]
async fn a_version_that_cannot_be_read_holds_up_no_other() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let pool = database.pool();
    let mut other = offer();
    other.slug = Slug::parse("other").expect("a slug");
    other.campaigns.clear();
    apply_offer(&service.state, other).await.expect("published");
    empty_outbox(pool).await;
    change(
        pool,
        "update offer_versions set content = 'no JSON' where offer = 'other'",
    )
    .await;
    let due =
        "update offer_versions set next_publish_at = now() - case offer when 'other' then interval '1 hour'
                                                                               else '1 minute' end";
    change(pool, due).await;

    for _ in 0..2 {
        republish_offer(&service.state).await.expect("looked");
    }

    assert_eq!(outbox(pool).await, [CHUNK_TYPE, CHUNK_TYPE, OfferPublished::TYPE]);
}

#[tokio::test]
async fn a_version_is_published_again_until_notification_confirms_it() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    republish_offer(&service.state).await.expect("looked");
    assert!(outbox(database.pool()).await.is_empty(), "it is not due yet");

    const DUE: &str = "update offer_versions set next_publish_at = now()";
    change(database.pool(), DUE).await;
    republish_offer(&service.state).await.expect("published");
    assert_eq!(
        outbox(database.pool()).await,
        [CHUNK_TYPE, CHUNK_TYPE, OfferPublished::TYPE]
    );

    change(database.pool(), DUE).await;
    republish_offer(&service.state).await.expect("looked");
    assert_eq!(
        outbox(database.pool()).await.len(),
        3,
        "what still waits for Kafka is not doubled"
    );

    confirm_offer(&service.state, version(1)).await.expect("noted");
    empty_outbox(database.pool()).await;
    change(database.pool(), DUE).await;
    republish_offer(&service.state).await.expect("looked");
    assert!(outbox(database.pool()).await.is_empty());
}
