//! Bodies of HTML forms.

use crate::site::Site;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_form_reaches_the_handler_decoded() {
    let site = Site::start();
    let answer = site
        .post(
            "/c/instagram",
            FORM,
            "name=%C3%84nn+B&email=ann%2Bx%40example.org&email=second",
        )
        .await;
    assert_eq!(answer.text().await.expect("text"), "ann+x@example.org");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_bad_request() {
    let site = Site::start();
    for body in ["email=%ff", "%c3=x", "email=%ed%a0%80"] {
        assert_eq!(
            site.post("/c/instagram", FORM, body).await.status(),
            400,
            "{body}"
        );
    }
    assert_eq!(
        site.post("/c/instagram", FORM, b"email=\xff".to_vec())
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn a_nul_character_is_refused_by_field() {
    let site = Site::start();
    let answer = site.post("/c/instagram", FORM, "a=1&email=x%00y").await;
    assert_eq!(answer.status(), 422);
    let problem: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(problem["errors"][0]["pointer"], "/email");
}

#[tokio::test]
async fn odd_but_harmless_forms_are_read() {
    let site = Site::start();
    for (body, email) in [
        ("", "nothing"),
        ("&&=&email", ""),
        ("email=%zz%4", "%zz%4"),
        ("email=a=b", "a=b"),
    ] {
        let answer = site.post("/c/instagram", FORM, body).await;
        assert_eq!(answer.status(), 200, "{body}");
        assert_eq!(answer.text().await.expect("text"), email, "{body}");
    }
}
