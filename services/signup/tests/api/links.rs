//! The links of a mail: what they do when they are opened, and what only a button does.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use crate::site::{MailLinks, Site};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A site, and the links of a mail with the box for updates ticked.
async fn mailed() -> (Site, MailLinks) {
    let site = Site::start().await;
    site.sign_up("instagram", "anna@example.com", &[("updates", "yes")])
        .await;
    let links = site.mail_links().await;
    (site, links)
}

async fn get(site: &Site, link: &str, headers: &[(&'static str, &str)]) -> reqwest::Response {
    let mut request = site.client.get(site.here(link)).header("user-agent", FIREFOX);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

/// All that an opened link could change: everything but the downloads, which are only noted.
async fn state(site: &Site) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "leads",
        "signups",
        "consents",
        "mail_requests",
        "erased_people",
        "mail_budgets",
        "outbox",
    ] {
        counts.push(site.count(table).await);
    }
    counts
}

#[tokio::test]
async fn opening_every_link_of_a_mail_and_of_the_pages_behind_them_changes_nothing() {
    let (site, links) = mailed().await;
    let before = state(&site).await;
    let mut open = vec![
        links.download,
        links.unsubscribe,
        links.my_data,
        links.confirm.expect("it was ticked"),
    ];
    let mut opened = Vec::new();
    while let Some(link) = open.pop() {
        for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
            let answer = site
                .client
                .request(method, site.here(&link))
                .send()
                .await
                .expect("an answer");
            assert!(answer.status().is_success(), "{link}");
            let is_page = answer.headers()["content-type"]
                .to_str()
                .expect("text")
                .starts_with("text/html");
            let page = if is_page {
                answer.text().await.expect("a page")
            } else {
                String::new()
            };
            let found = page
                .split("href=\"/")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap_or_default());
            let new = found.map(|path| format!("https://learn.example/{path}"));
            open.extend(new.filter(|link| !opened.contains(link)));
        }
        opened.push(link);
    }
    assert!(opened.len() >= 5, "{opened:?}");
    assert_eq!(state(&site).await, before);
}

#[tokio::test]
async fn the_download_link_gives_the_file_as_often_as_it_is_used() {
    let (site, links) = mailed().await;
    for _ in 0..3 {
        let answer = get(&site, &links.download, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let headers = answer.headers().clone();
        assert_eq!(headers["content-type"], "application/pdf");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(
            headers["content-disposition"],
            "attachment; filename=\"System Design Cheat Sheet.pdf\"; \
             filename*=UTF-8''System%20Design%20Cheat%20Sheet.pdf"
        );
        assert!(answer.bytes().await.expect("a file").starts_with(b"%PDF-"));
    }
    assert_eq!(site.count("downloads where fetcher = 'person'").await, 3);
}

#[tokio::test]
async fn a_part_of_the_file_a_known_file_and_its_head_are_answered_as_http_wants_it() {
    let (site, links) = mailed().await;
    let whole = get(&site, &links.download, &[]).await;
    let tag = whole.headers()["etag"].to_str().expect("text").to_owned();
    let whole = whole.bytes().await.expect("a file");
    let part = get(&site, &links.download, &[("range", "bytes=5-9")]).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        part.headers()["content-range"].to_str().expect("text"),
        format!("bytes 5-9/{}", whole.len())
    );
    assert_eq!(part.bytes().await.expect("a part"), whole.slice(5..10));
    let other = [("range", "bytes=5-9"), ("if-range", "\"another\"")];
    assert_eq!(get(&site, &links.download, &other).await.status(), StatusCode::OK);
    let outside = get(&site, &links.download, &[("range", "bytes=99999-")]).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let known = get(&site, &links.download, &[("if-none-match", tag.as_str())]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    let head = site
        .client
        .head(site.here(&links.download))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        head.headers()["content-length"].to_str().expect("text"),
        whole.len().to_string()
    );
}

#[tokio::test]
async fn scanners_and_people_are_counted_apart() {
    let (site, links) = mailed().await;
    get(&site, &links.download, &[]).await;
    get(&site, &links.download, &[("sec-purpose", "prefetch;prerender")]).await;
    site.client
        .head(site.here(&links.download))
        .header("user-agent", FIREFOX)
        .send()
        .await
        .expect("an answer");
    let bot = site
        .client
        .get(site.here(&links.download))
        .header("user-agent", "LinkedInBot/1.0");
    bot.send().await.expect("an answer");
    assert_eq!(site.count("downloads where fetcher = 'person'").await, 1);
    assert_eq!(site.count("downloads where fetcher = 'scanner'").await, 3);
}

#[tokio::test]
async fn a_mail_program_unsubscribes_with_one_click_without_cookies_or_redirects_as_often_as_it_likes() {
    let (site, links) = mailed().await;
    let url = site.here(&links.unsubscribe);
    let urlencoded = || site.client.post(&url).form(&[("List-Unsubscribe", "One-Click")]);
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let multipart = || {
        site.client
            .post(&url)
            .header("content-type", "multipart/form-data; boundary=b")
            .body(multipart)
    };
    for request in [urlencoded(), multipart(), urlencoded(), multipart()] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(!answer.headers().contains_key("location") && !answer.headers().contains_key("set-cookie"));
    }
    let events = site.events("leadstream.signup.unsubscribed.v1").await;
    assert_eq!(events.len(), 4, "each click is told: {events:?}");
    assert!(events.iter().all(|event| event["scope"] == "updates"));
    assert_eq!(
        site.count("consents where state = 'withdrawn' and method = 'one_click'")
            .await,
        1
    );
    assert_eq!(
        site.count("consents where purpose = 'delivery' and state = 'withdrawn'")
            .await,
        0
    );
}

#[tokio::test]
async fn the_token_counts_from_the_path_only() {
    let (site, links) = mailed().await;
    let token = links.unsubscribe.rsplit('/').next().expect("a token");
    let answer = site
        .post_form("/u/none", &[("List-Unsubscribe", "One-Click"), ("token", token)])
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(site.events("leadstream.signup.unsubscribed.v1").await.is_empty());
}

#[tokio::test]
async fn the_page_behind_the_unsubscribe_link_has_a_button_for_updates_and_one_for_everything() {
    let (site, links) = mailed().await;
    let page = get(&site, &links.unsubscribe, &[])
        .await
        .text()
        .await
        .expect("a page");
    assert!(
        page.contains("value=\"updates\">Stop the updates</button>"),
        "{page}"
    );
    assert!(
        page.contains("value=\"everything\">This was not me</button>"),
        "{page}"
    );
    let not_me = site
        .client
        .post(site.here(&links.unsubscribe))
        .form(&[("scope", "everything")]);
    assert_eq!(not_me.send().await.expect("an answer").status(), StatusCode::OK);
    let events = site.events("leadstream.signup.unsubscribed.v1").await;
    assert_eq!(events[0]["scope"], "everything");
}

#[tokio::test]
async fn updates_are_confirmed_by_the_button_and_not_by_the_link() {
    let (site, links) = mailed().await;
    let link = links.confirm.expect("the box was ticked");
    let page = get(&site, &link, &[]).await.text().await.expect("a page");
    assert!(page.contains("Yes, send me updates"), "{page}");
    let given = "consents where purpose = 'updates' and state = 'given' and method = 'confirm_page'";
    assert_eq!(site.count(given).await, 0);
    for _ in 0..2 {
        let pressed = site
            .client
            .post(site.here(&link))
            .send()
            .await
            .expect("an answer");
        assert_eq!(pressed.status(), StatusCode::OK);
    }
    assert_eq!(site.count(given).await, 1);
    assert_eq!(
        site.events("leadstream.signup.updates_confirmed.v1").await.len(),
        1
    );
}

#[tokio::test]
async fn every_link_that_does_not_work_has_the_same_page() {
    let (site, links) = mailed().await;
    let token = |link: &str| link.rsplit('/').next().expect("a token").to_owned();
    let (download, unsubscribe) = (token(&links.download), token(&links.unsubscribe));
    let long_ago = time::OffsetDateTime::now_utc() - Duration::from_secs(91 * 24 * 3600);
    let event = site.events("leadstream.signup.accepted.v1").await.remove(0);
    let signup = event["signup_id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a UUID");
    let (old_download, old_confirm) = (
        site.state.rules.links.download(signup, long_ago),
        site.state.rules.links.confirm(signup, long_ago),
    );
    let mut pages = Vec::new();
    for path in [
        "/d/none".to_owned(),
        format!("/d/{}", token(&old_download)),
        format!("/confirm/{}", token(&old_confirm)),
        format!("/d/{unsubscribe}"),
        format!("/u/{download}"),
        format!("/confirm/{download}"),
        format!("/me/{unsubscribe}"),
        format!("/d/{}", "A".repeat(3_000)),
        "/d/%00%ff..%2f".to_owned(),
        format!("/d/{download}x"),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        pages.push(answer.text().await.expect("a page"));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:#?}");
    assert!(pages[0].contains("action=\"/d\""));
}

#[tokio::test]
async fn fresh_links_and_the_link_to_one_s_data_are_promised_alike_to_everybody() {
    let (site, _) = mailed().await;
    for path in ["/d", "/me"] {
        let mut pages = Vec::new();
        for email in ["anna@example.com", "stranger@example.com", "anna@example.com"] {
            let answer = site.post_form(path, &[("email", email)]).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            pages.push(answer.text().await.expect("a page"));
        }
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{path}");
        let wrong = site.post_form(path, &[("email", "no address\"")]).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = wrong.text().await.expect("a page");
        assert!(
            page.contains("value=\"no address&#34;\"") && page.contains("Error: "),
            "{page}"
        );
    }
}

/// The link that shows, exports and erases the data of the person who signed up.
async fn my_data_link(site: &Site) -> String {
    let event = site.events("leadstream.signup.accepted.v1").await.remove(0);
    let person = event["person_id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a UUID");
    let now = time::OffsetDateTime::now_utc();
    site.here(&site.state.rules.links.my_data(contracts::PersonId(person), now))
}

async fn press(site: &Site, link: &str, button: &str) -> reqwest::Response {
    let request = site.client.post(link).form(&[("do", button)]);
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn one_s_data_is_shown_and_exported_only_by_buttons() {
    let (site, _) = mailed().await;
    let link = my_data_link(&site).await;
    let opened = site
        .client
        .get(&link)
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a page");
    assert!(
        opened.contains("Show my data") && !opened.contains("anna@example.com"),
        "{opened}"
    );
    let shown = press(&site, &link, "show").await.text().await.expect("a page");
    assert!(shown.contains("anna@example.com"), "{shown}");
    let export = press(&site, &link, "export").await;
    assert_eq!(export.headers()["content-type"], "application/json");
    assert_eq!(
        export.json::<Value>().await.expect("JSON")["email"],
        "anna@example.com"
    );
}

#[tokio::test]
async fn one_s_data_is_erased_by_a_button_and_a_second_one() {
    let (site, _) = mailed().await;
    let link = my_data_link(&site).await;
    let asked = press(&site, &link, "erase").await.text().await.expect("a page");
    assert!(asked.contains("Erase everything?"), "{asked}");
    assert_eq!(
        site.count("leads").await,
        1,
        "nothing goes before it is confirmed"
    );
    let erased = press(&site, &link, "erase-for-good")
        .await
        .text()
        .await
        .expect("a page");
    assert!(erased.contains("Your data is erased"), "{erased}");
    assert_eq!(site.count("leads").await, 0);
    assert_eq!(site.events("leadstream.signup.person_erased.v1").await.len(), 1);
    let empty = press(&site, &link, "show").await.text().await.expect("a page");
    assert!(empty.contains("We keep nothing about you"), "{empty}");
}
