//! What strangers send, from the corpora: never a server error, and nothing that cannot be mailed.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::corpora;
use crate::site::Site;

fn naughty_strings() -> Option<Vec<String>> {
    let text =
        std::fs::read(corpora::path("http-abuse/naughty-strings.json")?).expect("the strings can be read");
    let strings: Vec<String> = serde_json::from_slice(&text).expect("a list of strings");
    assert!(strings.len() > 250, "only {} strings", strings.len());
    Some(strings)
}

fn is_expected(status: StatusCode, allowed: &[u16]) -> bool {
    allowed.contains(&status.as_u16())
}

#[tokio::test]
async fn every_naughty_string_is_taken_or_refused_as_a_name() {
    let Some(strings) = naughty_strings() else { return };
    let site = Site::start().await;
    let mut taken = 0;
    for (number, name) in strings.iter().enumerate() {
        let body = json!({
            "email": format!("visitor-{number}@example.com"), "name": name, "campaign": "instagram",
            "consent": {"updates": true},
        });
        let status = site.post_json("/v1/signups", &body).await.status();
        assert!(is_expected(status, &[202, 422]), "{status} for {name:?}");
        taken += i64::from(status == StatusCode::ACCEPTED);
    }
    assert_eq!(site.count("signups").await, taken);
    for event in site.events("leadstream.signup.accepted.v1").await {
        let name = event["name"].as_str().unwrap_or_default();
        assert!(
            !name.chars().any(char::is_control) && !name.contains("://"),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn every_naughty_string_may_stand_in_a_link_and_never_stops_a_signup() {
    let Some(strings) = naughty_strings() else { return };
    let site = Site::start().await;
    for (number, text) in strings.iter().enumerate() {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("utm_source", text)
            .append_pair("gclid", text)
            .append_pair(text, text)
            .finish();
        let page = site.get(&format!("/c/instagram?{query}")).await;
        assert_eq!(page.status(), StatusCode::OK, "{text:?}");
        assert!(
            !page.text().await.expect("a page").contains("<script"),
            "{text:?}"
        );
        let email = format!("visitor-{number}@example.com");
        let touch = [
            ("utm_source", text.as_str()),
            ("utm_term", text),
            ("gclid", text),
            ("referrer", text),
        ];
        let answer = site.sign_up("instagram", &email, &touch).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{text:?}");
    }
    assert_eq!(
        site.count("touches").await,
        i64::try_from(strings.len()).expect("few")
    );
}

#[tokio::test]
async fn every_naughty_string_is_shown_again_harmlessly_when_typed_as_an_address() {
    let Some(strings) = naughty_strings() else { return };
    let site = Site::start().await;
    for text in &strings {
        let answer = site.sign_up("instagram", text, &[("updates", text)]).await;
        assert!(
            is_expected(answer.status(), &[303, 422]),
            "{} for {text:?}",
            answer.status()
        );
        assert!(
            !answer.text().await.expect("a page").contains("<script"),
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn every_odd_json_file_gets_an_answer_that_blames_the_sender() {
    let Some(folder) = corpora::path("http-abuse/json") else {
        return;
    };
    let site = Site::start().await;
    let mut sent = 0;
    for file in std::fs::read_dir(folder).expect("the files") {
        let path = file.expect("a file").path();
        let body = std::fs::read(&path).expect("the file can be read");
        let request = site
            .client
            .post(site.url("/v1/signups"))
            .header("content-type", "application/json");
        let answer = request.body(body).send().await.expect("an answer");
        assert!(
            is_expected(answer.status(), &[400, 413, 422]),
            "{} for {}",
            answer.status(),
            path.display()
        );
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{}",
            path.display()
        );
        sent += 1;
    }
    assert!(sent > 150, "only {sent} files");
}

#[tokio::test]
async fn every_address_of_the_corpora_is_taken_or_refused_by_the_page_as_by_the_api() {
    let Some(rows) = corpora::rows("email-syntax/addresses.csv") else {
        return;
    };
    let site = Site::start().await;
    for row in &rows {
        let Ok(address) = serde_json::from_str::<String>(&row["address_json"]) else {
            continue;
        };
        let page = site.sign_up("instagram", &address, &[]).await.status();
        let body: Value = json!({"email": address, "campaign": "instagram", "consent": {"updates": false}});
        let api = site.post_json("/v1/signups", &body).await.status();
        // A form drops the NUL that JSON is refused for.
        let refused = page == StatusCode::UNPROCESSABLE_ENTITY || address.contains('\0');
        assert_eq!(
            api == StatusCode::UNPROCESSABLE_ENTITY,
            refused,
            "{address:?}: {page}, {api}"
        );
        assert!(
            is_expected(page, &[303, 422]) && is_expected(api, &[202, 422]),
            "{address:?}: {page}, {api}"
        );
    }
}

#[tokio::test]
async fn a_token_in_a_path_may_be_anything() {
    let Some(strings) = naughty_strings() else { return };
    let site = Site::start().await;
    for text in strings.iter().filter(|text| !text.is_empty()) {
        let segment: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in ["/c", "/d", "/u", "/confirm", "/me", "/static/signup"] {
            let status = site.get(&format!("{path}/{segment}")).await.status();
            assert!(
                is_expected(status, &[400, 404, 414, 431]),
                "{status} for {path}/{text:?}"
            );
        }
    }
}
