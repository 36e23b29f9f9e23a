//! What a visitor does in a browser and sees in the inbox.

use std::collections::BTreeMap;
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

/// Message-IDs of the mails of each visitor, with how many came under each.
pub(crate) type Mails = BTreeMap<String, BTreeMap<String, u32>>;

/// A team's mail belongs to the visitor who is answered by it.
pub(crate) fn mails_by_visitor(mailbox: &TestMailbox) -> Mails {
    let mut mails = Mails::new();
    for mail in mailbox.messages() {
        let mail = &mail.outline;
        let is_teams = mail.to.iter().all(|to| to.address.ends_with("@course.example"));
        let visitor = if is_teams {
            mail.reply_to.first()
        } else {
            mail.to.first()
        };
        let address = visitor.map(|visitor| visitor.address.clone()).unwrap_or_default();
        *mails
            .entry(address)
            .or_default()
            .entry(mail.message_id.clone())
            .or_default() += 1;
    }
    mails
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
