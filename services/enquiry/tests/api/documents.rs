use crate::test_app::{TestApp, json_of};

#[tokio::test]
async fn the_api_is_described_as_it_was_reviewed() {
    let app = TestApp::start().await;
    let document = json_of(app.get("/v1/openapi/enquiry.json").await).await;
    assert!(
        document["openapi"]
            .as_str()
            .expect("a version")
            .starts_with("3.1")
    );
    insta::assert_json_snapshot!("openapi", document, { ".info.version" => "[version]", ".info.license" => "[license]" });
}

#[test]
fn every_public_path_lies_below_the_prefixes_of_this_service() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let app = TestApp::start().await;
        for (_, path) in app.app.public_routes().paths() {
            let ours = [
                "/contact",
                "/v1/enquiries",
                "/v1/openapi/enquiry.json",
                "/static/enquiry/",
            ];
            assert!(ours.iter().any(|prefix| path.starts_with(prefix)), "{path}");
        }
    });
}
