use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};

use crate::test_app::{FORM, TestApp, answered, stamp_of};

/// The value of the first attribute of this name after `from`.
fn attribute<'a>(page: &'a str, from: &str, name: &str) -> &'a str {
    let start = page.find(from).unwrap_or_else(|| panic!("{from} in the page"));
    let rest = &page[start..];
    let value = rest.split_once(&format!("{name}=\"")).expect("the attribute").1;
    value.split('"').next().expect("its end")
}

/// The hidden fields of a page, and what else a browser would send again.
fn sent_again(page: &str) -> Vec<(&'static str, String)> {
    let value = |name: &str| attribute(page, &format!("name=\"{name}\""), "value").to_owned();
    let message = page.split_once("<textarea").expect("a message").1;
    let message = message.split_once(">\n").expect("its begin").1;
    vec![
        ("name", value("name")),
        ("email", value("email")),
        ("topic", attribute(page, "value=\"course\"", "value").to_owned()),
        (
            "message",
            message.split("</textarea>").next().expect("its end").to_owned(),
        ),
        ("key", value("key")),
        ("stamp", value("stamp")),
    ]
}

#[tokio::test]
async fn the_page_is_small_and_works_without_scripts_under_a_strict_policy() {
    let app = TestApp::start().await;
    let response = app.get("/contact").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CACHE_CONTROL], "private, no-cache");
    let policy = response.headers()[CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let page = response.text().await.expect("a page");
    for forbidden in ["<script", "style=", "<style", "onclick", "http://", "https://"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let styles = app.get(attribute(&page, "stylesheet", "href")).await;
    assert_eq!(
        styles.headers()[CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    let size = page.len() + styles.text().await.expect("styles").len();
    assert!(size < 14 * 1024, "{size} bytes");
}

#[tokio::test]
async fn every_field_has_a_label_and_the_page_a_language() {
    let app = TestApp::start().await;
    let page = app.get("/contact").await.text().await.expect("a page");
    assert!(page.contains("<html lang=\"en\">"));
    for field in ["name", "email", "topic", "message", "website"] {
        assert!(page.contains(&format!("<label for=\"{field}\">")), "{field}");
        assert!(
            page.contains(&format!("id=\"{field}\" name=\"{field}\"")),
            "{field}"
        );
    }
    assert_eq!(attribute(&page, "id=\"name\"", "autocomplete"), "name");
    assert_eq!(attribute(&page, "id=\"email\"", "autocomplete"), "email");
    assert!(page.contains("A &#60;course&#62;"), "a title is text, not markup");
}

#[tokio::test]
async fn other_names_of_style_sheets_are_not_found() {
    let app = TestApp::start().await;
    for name in ["other.css", "..%2f..%2fetc%2fpasswd", "%00", "enquiry.css"] {
        assert_eq!(
            app.get(&format!("/static/enquiry/{name}")).await.status(),
            404,
            "{name}"
        );
    }
}

#[tokio::test]
async fn campaign_and_utm_parameters_travel_through_the_form() {
    let app = TestApp::start().await;
    let query = "?campaign=instagram&utm_source=IG&utm_medium=%22social%22&topic=press&utm_id=7";
    let page = app
        .get(&format!("/contact{query}"))
        .await
        .text()
        .await
        .expect("a page");
    assert_eq!(attribute(&page, "name=\"campaign\"", "value"), "instagram");
    assert_eq!(attribute(&page, "name=\"utm_source\"", "value"), "ig");
    assert_eq!(
        attribute(&page, "name=\"utm_medium\"", "value"),
        "&#34;social&#34;"
    );
    assert!(page.contains("<option value=\"press\" selected>"));

    let mut fields = FORM.to_vec();
    fields.extend([
        ("campaign", "instagram"),
        ("utm_source", "ig"),
        ("utm_term", "a b"),
    ]);
    assert_eq!(app.send_form(&fields).await.status(), 303);
    let stored = "select concat_ws('|', campaign, utm_source, utm_term) from enquiries";
    assert_eq!(app.text(stored).await, "instagram|ig|a b");
}

#[tokio::test]
async fn a_campaign_that_is_none_does_not_stop_a_visitor() {
    let app = TestApp::start().await;
    let page = app
        .get("/contact?campaign=../x&topic=none")
        .await
        .text()
        .await
        .expect("a page");
    assert!(!page.contains("name=\"campaign\"") && !page.contains("selected"));
    let mut fields = FORM.to_vec();
    fields.push(("campaign", "../x"));
    assert_eq!(app.send_form(&fields).await.status(), 303);
}

#[tokio::test]
async fn a_sent_form_leads_to_a_page_with_the_reference_number() {
    let app = TestApp::start().await;
    let response = app.send_form(&FORM).await;
    assert_eq!(response.status(), 303);
    let reference = app.text("select reference from enquiries").await;
    let location = response.headers()[LOCATION].to_str().expect("ASCII").to_owned();
    assert_eq!(location, format!("/contact/thanks?ref={reference}"));
    let thanks = app.get(&location).await.text().await.expect("a page");
    assert!(thanks.contains(&format!("<strong>{reference}</strong>")));
    assert_eq!(app.count("select count(*) from outbox").await, 1);
}

#[tokio::test]
async fn only_a_well_formed_reference_is_shown() {
    let app = TestApp::start().await;
    for wrong in [
        "",
        "?ref=",
        "?ref=hello",
        "?ref=%3Cscript%3E",
        "?ref=Q-1234-567",
        "?ref=Q-1234-5678%20",
    ] {
        let page = app.get(&format!("/contact/thanks{wrong}")).await;
        assert_eq!(page.status(), 200);
        let page = page.text().await.expect("a page");
        assert_eq!(page.contains("<strong>"), wrong.ends_with("5678%20"), "{wrong}");
    }
}

#[tokio::test]
async fn wrong_fields_come_back_with_what_was_typed_and_what_is_wrong() {
    let app = TestApp::start().await;
    let typed = [
        ("name", "see https://example.com"),
        ("email", "anna"),
        ("topic", "none"),
        ("message", "\n<b>\"bold\"</b>"),
        ("key", "k1"),
    ];
    let response = app.send_form(&typed).await;
    assert_eq!(response.status(), 422);
    let page = response.text().await.expect("a page");
    assert!(page.contains("<title>Error: "));
    assert!(page.contains("role=\"alert\" tabindex=\"-1\" autofocus"));
    for field in ["name", "email", "topic"] {
        assert!(
            page.contains(&format!("<a href=\"#{field}\">")),
            "{field} in the summary"
        );
        assert!(
            page.contains(&format!("id=\"{field}-error\"")),
            "{field} beside the field"
        );
        let input = format!("id=\"{field}\"");
        assert!(attribute(&page, &input, "aria-describedby").contains(&format!("{field}-error")));
        assert_eq!(attribute(&page, &input, "aria-invalid"), "true", "{field}");
    }
    assert!(!page.contains("message-error"));
    assert_eq!(attribute(&page, "id=\"email\"", "value"), "anna");
    assert!(page.contains("&#60;b&#62;&#34;bold&#34;&#60;/b&#62;</textarea>"));
    assert_eq!(attribute(&page, "name=\"key\"", "value"), "k1");
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
}

#[tokio::test]
async fn a_form_that_was_sent_too_fast_too_late_or_unsigned_goes_through_at_the_second_press() {
    let app = TestApp::start().await;
    let stamps = [
        stamp_of(time::Duration::ZERO),
        stamp_of(time::Duration::hours(25)),
        String::new(),
        "1.AAAAAAAAAAAAAAAA".to_owned(),
    ];
    for (number, stamp) in stamps.iter().enumerate() {
        let key = format!("key-{number}");
        let mut fields = FORM.to_vec();
        fields.extend([("stamp", stamp.as_str()), ("key", key.as_str())]);
        let response = app.send_form(&fields).await;
        assert_eq!(response.status(), 422, "{stamp}");
        let page = response.text().await.expect("a page");
        assert!(page.contains("Please press the button once more"), "{stamp}");
        let again = answered(app.post("/contact").form(&sent_again(&page))).await;
        assert_eq!(again.status(), 303, "{stamp}");
    }
    assert_eq!(app.count("select count(*) from enquiries").await, 4);
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_enquiry() {
    let app = TestApp::start().await;
    let page = app.get("/contact").await.text().await.expect("a page");
    let key = attribute(&page, "name=\"key\"", "value");
    let mut fields = FORM.to_vec();
    fields.push(("key", key));
    let (first, second) = tokio::join!(app.send_form(&fields), app.send_form(&fields));
    assert_eq!(first.status(), 303);
    assert_eq!(first.headers()[LOCATION], second.headers()[LOCATION]);
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
}

#[tokio::test]
async fn going_back_and_writing_something_else_is_another_enquiry() {
    let app = TestApp::start().await;
    let mut fields = FORM.to_vec();
    fields.push(("key", "of-one-page"));
    assert_eq!(app.send_form(&fields).await.status(), 303);
    fields[3].1 = "Something else.";
    assert_eq!(app.send_form(&fields).await.status(), 303);
    assert_eq!(app.count("select count(*) from enquiries").await, 2);
}
