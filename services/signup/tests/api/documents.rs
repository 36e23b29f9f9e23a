//! The OpenAPI document, as it is served.

use serde_json::Value;

use crate::site::Site;

#[tokio::test]
async fn the_document_describes_the_public_api() {
    let site = Site::start().await;
    let document: Value = site
        .get("/v1/openapi/signup.json")
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    insta::assert_json_snapshot!("openapi", document);
}
