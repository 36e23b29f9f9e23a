//! What a visitor does in a browser and sees in the inbox.

use std::sync::Arc;

use mailbox::Summary;
use testkit::TestMailbox;

/// The mails to an address, newest first.
pub fn mails_to(mailbox: &TestMailbox, address: &str) -> Vec<Arc<Summary>> {
    let to_it = |mail: &Arc<Summary>| {
        mail.outline
            .to
            .iter()
            .any(|to| to.address.eq_ignore_ascii_case(address))
    };
    mailbox.messages().into_iter().filter(to_it).collect()
}

/// The first link in a text that leads to a path which starts so.
pub fn link_in(text: &str, base: &str, path: &str) -> Option<String> {
    let start = text.find(&format!("{base}{path}"))?;
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '>' | '<' | ')' | ']');
    let link = &text[start..];
    Some(link[..link.find(ends).unwrap_or(link.len())].to_owned())
}

/// Opens a page, fills in its form and sends it, in the trace of `traceparent`. A program is faster than a person: the
/// form comes back and asks for one more press of its button. Returns the path that the visitor is sent to.
///
/// # Panics
/// When the form is not taken.
pub async fn send_form(
    http: &reqwest::Client,
    url: &str,
    typed: &[(&str, &str)],
    traceparent: &str,
) -> String {
    let open = http.get(url).header("traceparent", traceparent);
    let mut page = open.send().await.expect("the page comes");
    for _press in 0..2 {
        let html = page.text().await.expect("the whole page");
        let mut fields = hidden_fields(&html);
        fields.extend(
            typed
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let send = http.post(url).form(&fields).header("traceparent", traceparent);
        page = send.send().await.expect("the form is answered");
        if let Some(path) = page.headers().get("location") {
            return path.to_str().expect("a plain path").to_owned();
        }
    }
    panic!(
        "the form came back twice: {}",
        page.text().await.unwrap_or_default()
    );
}

fn hidden_fields(html: &str) -> Vec<(String, String)> {
    let inputs = html.split("<input type=\"hidden\" name=\"").skip(1);
    let fields = inputs.filter_map(|input| {
        let (name, rest) = input.split_once("\" value=\"")?;
        let (value, _) = rest.split_once('"')?;
        Some((name.to_owned(), value.to_owned()))
    });
    fields.collect()
}
