//! The pages, as a browser gets them.

use crate::running::{FULL, Running, mail};

#[tokio::test]
async fn an_empty_mailbox_says_so() {
    let page = Running::start().await.text("/").await;
    assert!(page.contains("No mail yet"), "{page}");
}

#[tokio::test]
async fn the_list_links_to_every_mail_and_pages_through_them() {
    let running = Running::start().await;
    let mails: Vec<String> = (0..51).map(|n| mail(&format!("Mail {n:02}"))).collect();
    running
        .deliver(&mails.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    let page = running.text("/").await;
    let newest = running.mailbox.messages()[0].id;
    assert!(page.contains(&format!("href=\"/mail/{newest}\"")), "{page}");
    assert!(
        page.contains("Mail 50") && page.contains("Mail 01") && !page.contains("Mail 00"),
        "{page}"
    );
    assert!(page.contains("href=\"/?start=50\" rel=\"next\""), "{page}");
    let page = running.text("/?start=50").await;
    assert!(
        page.contains("Mail 00") && page.contains("href=\"/?start=0\" rel=\"prev\""),
        "{page}"
    );
}

#[tokio::test]
async fn what_a_mail_says_is_shown_and_never_run() {
    let running = Running::start().await;
    let evil = "From: \"<script>a()</script>\" <evil@mail.example>\r\nSubject: <script>b()</script>\r\n\
        X-Evil: <script>c()</script>\r\n\r\n<script>d()</script>\r\n";
    running.deliver(&[evil]).await;
    let id = running.mailbox.messages()[0].id;
    for path in [
        "/".to_owned(),
        format!("/mail/{id}?view=text"),
        format!("/mail/{id}?view=headers"),
    ] {
        let page = running.text(&path).await;
        assert!(!page.contains("<script>"), "{page}");
    }
}

#[tokio::test]
async fn the_reading_page_shows_people_attachments_and_the_html_in_a_sandbox() {
    let running = Running::start().await;
    running.deliver(&[FULL]).await;
    let id = running.mailbox.messages()[0].id;
    let page = running.text(&format!("/mail/{id}")).await;
    assert!(page.contains("<h1>Your cheat sheet ✓</h1>"), "{page}");
    assert!(
        page.contains("Support &#60;support@course.example&#62;"),
        "{page}"
    );
    assert!(
        page.contains(&format!("<iframe src=\"/mail/{id}/html\"")),
        "{page}"
    );
    assert!(
        page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""),
        "{page}"
    );
    assert!(
        page.contains("download>Sheet.pdf</a>") && page.contains("9 bytes"),
        "{page}"
    );
}

#[tokio::test]
async fn the_text_and_the_headers_have_views_of_their_own() {
    let running = Running::start().await;
    running.deliver(&[FULL, &mail("Plain")]).await;
    let full = running.mailbox.messages()[1].id;
    let text = running.text(&format!("/mail/{full}?view=text")).await;
    assert!(
        text.contains("Hello Ada, here it is ✓") && !text.contains("<iframe"),
        "{text}"
    );
    let headers = running.text(&format!("/mail/{full}?view=headers")).await;
    assert!(
        headers.contains("List-Unsubscribe-Post") && headers.contains("sender@mail.example"),
        "{headers}"
    );
    let plain = running
        .text(&format!("/mail/{}", running.mailbox.messages()[0].id))
        .await;
    assert!(plain.contains("<pre") && !plain.contains("<iframe"), "{plain}");
}

#[tokio::test]
async fn the_html_of_a_mail_can_load_and_run_nothing() {
    let running = Running::start().await;
    running.deliver(&[FULL]).await;
    let id = running.mailbox.messages()[0].id;
    let answer = running.get(&format!("/mail/{id}/html")).await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    for demand in [
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups",
    ] {
        assert!(policy.contains(demand), "{policy}");
    }
    assert!(
        !policy.contains("script-src") && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert!(
        answer
            .text()
            .await
            .expect("text")
            .contains("<base target=\"_blank\">")
    );
}

#[tokio::test]
async fn the_pages_keep_to_a_strict_policy_and_load_nothing_from_elsewhere() {
    let running = Running::start().await;
    running.deliver(&[&mail("One")]).await;
    for path in ["/", "/mail/latest"] {
        let answer = running.get(path).await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(
            policy.starts_with("default-src 'none';") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let page = answer.text().await.expect("text");
        assert!(
            !page.contains("http://") && !page.contains("https://") && !page.contains("style="),
            "{page}"
        );
    }
    assert!(
        running
            .text("/static/mailbox.css")
            .await
            .contains("prefers-color-scheme")
    );
    assert!(running.text("/static/refresh.js").await.contains("setTimeout"));
}
