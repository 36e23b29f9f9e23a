//! The delivery mail of one offer version: its templates, checked before the version is stored.

use std::fmt;

use contracts::offer::{DeliveryMode, OfferPublished};
use contracts::signup::MailLinks;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::domain::content::Delivery;
use crate::mail::render::{TemplateError, Words, environment, fill};

/// Compiled templates and what else of the manifest a mail needs. `Debug` shows which offer it is.
pub struct OfferMail {
    templates: Environment<'static>,
    manifest: OfferPublished,
}

impl OfferMail {
    /// Compiles the manifest's templates and fills each with what may come, so that none can fail when it is mailed.
    ///
    /// # Errors
    /// [`TemplateError`] of the first that is wrong.
    pub fn compile(manifest: OfferPublished) -> Result<Self, TemplateError> {
        let mut templates = environment(UndefinedBehavior::SemiStrict);
        templates.add_template_owned("subject.txt", manifest.mail.subject.clone())?;
        templates.add_template_owned("body.txt", manifest.mail.text.clone())?;
        templates.add_template_owned("body.html", manifest.mail.html.clone())?;
        let mail = Self { templates, manifest };
        for full in [true, false] {
            for attached in [true, false] {
                mail.words(&sample(full), attached)?;
            }
        }
        Ok(mail)
    }

    /// The manifest that this was made of.
    #[must_use]
    pub fn manifest(&self) -> &OfferPublished {
        &self.manifest
    }

    /// Whether the marketer wants the file in the mail.
    #[must_use]
    pub fn wants_attachment(&self) -> bool {
        matches!(
            self.manifest.delivery,
            DeliveryMode::Attachment | DeliveryMode::Both
        )
    }

    /// The words for one lead. A mail without the file always holds the link to it: where the templates do not name
    /// it (an offer that is only attached, and too big for the relay), it is added at the end.
    ///
    /// # Errors
    /// [`TemplateError`]: not of a mail that was compiled, unless its templates count their steps too closely.
    pub fn words(&self, delivery: &Delivery, attached: bool) -> Result<Words, TemplateError> {
        let mut words = fill(&self.templates, "", &self.values(delivery, attached))?;
        let link = &delivery.download;
        if !attached && !words.text.contains(link.as_str()) {
            words
                .text
                .push_str(&format!("\n\n{}\n{link}\n", self.manifest.title));
            let link = self.templates.render_named_str(
                "link.html",
                "<p><a href=\"{{ link }}\">{{ title }}</a></p>",
                context! { link => link, title => &self.manifest.title },
            )?;
            let end = words.html.rfind("</body>").unwrap_or(words.html.len());
            words.html.insert_str(end, &link);
        }
        Ok(words)
    }

    /// [`contracts::offer::MAIL_VARIABLES`].
    fn values(&self, delivery: &Delivery, attached: bool) -> Value {
        let confirm = delivery.confirm.as_ref().map_or(Value::UNDEFINED, Value::from);
        context! {
            greeting => &delivery.greeting,
            title => &self.manifest.title,
            download => &delivery.download,
            attached => attached,
            confirm => confirm,
            unsubscribe => &delivery.links.unsubscribe,
            my_data => &delivery.links.my_data,
        }
    }
}

impl fmt::Debug for OfferMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfferMail").field(&self.manifest.offer).finish()
    }
}

/// A lead with all that a lead can have, or with as little as possible.
fn sample(full: bool) -> Delivery {
    let link = |name: &str| format!("https://example.com/{name}");
    Delivery {
        greeting: "Hi Fam!".to_owned(),
        download: link("d"),
        confirm: full.then(|| link("confirm")),
        links: MailLinks {
            unsubscribe: link("u"),
            my_data: link("me"),
        },
    }
}

#[cfg(test)]
mod tests {
    use contracts::Slug;
    use contracts::offer::{DeliveryMail, MAIL_VARIABLES, OfferFile, OfferVersion};

    use super::*;

    fn offer(text: &str, html: &str) -> OfferPublished {
        OfferPublished {
            offer: OfferVersion {
                slug: Slug::parse("sheet").expect("a slug"),
                version: 1,
            },
            title: "Cheat <Sheet>".to_owned(),
            language: "en".to_owned(),
            delivery: DeliveryMode::Attachment,
            mail: DeliveryMail {
                subject: "{{ title }}".to_owned(),
                text: text.to_owned(),
                html: html.to_owned(),
            },
            file: OfferFile {
                name: "sheet.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                sha256: "0".repeat(64),
                bytes: 1,
                chunks: 1,
            },
        }
    }

    fn error(text: &str) -> String {
        OfferMail::compile(offer(text, ""))
            .expect_err("wrong")
            .to_string()
    }

    #[test]
    fn a_template_that_could_fail_is_refused_with_its_line() {
        assert_eq!(
            error("a\n{{ downlaod }}"),
            "template body.txt, line 2: undefined value"
        );
        assert!(error("{% if x %}").starts_with("template body.txt, line 1: syntax error"));
        assert!(
            error("{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}")
                .contains("fuel")
        );
        assert!(error("{% include 'other' %}").contains("template not found"));
    }

    #[test]
    fn html_is_escaped_and_a_confirm_link_is_there_only_where_it_is_owed() {
        let html = "{{ title }}{% if confirm %}<a href=\"{{ confirm }}\">yes</a>{% endif %}";
        let mail = OfferMail::compile(offer("{{ download }}", html)).expect("right");
        let with = mail.words(&sample(true), true).expect("filled");
        assert!(
            with.html.starts_with("Cheat &lt;Sheet&gt;<a href"),
            "{}",
            with.html
        );
        assert_eq!(
            mail.words(&sample(false), true).expect("filled").html,
            "Cheat &lt;Sheet&gt;"
        );
        assert_eq!(with.subject, "Cheat <Sheet>");
    }

    #[test]
    fn every_variable_of_the_contract_can_be_named() {
        let all: Vec<String> = MAIL_VARIABLES
            .iter()
            .map(|name| format!("{{{{ {name}|default('') }}}}"))
            .collect();
        OfferMail::compile(offer(&all.join(" "), "")).expect("right");
        assert!(
            error("{{ name }}").contains("undefined value"),
            "a form is no way to mail a text to a stranger"
        );
    }

    #[test]
    fn a_mail_without_the_file_always_has_the_link() {
        let mail = OfferMail::compile(offer("See the attachment.", "<body>See.</body>")).expect("right");
        assert_eq!(
            mail.words(&sample(false), true).expect("filled").text,
            "See the attachment."
        );
        let without = mail.words(&sample(false), false).expect("filled");
        assert!(without.text.contains("https://example.com/d"));
        let link = "<p><a href=\"https://example.com/d\">Cheat &lt;Sheet&gt;</a></p></body>";
        assert!(without.html.ends_with(link), "{}", without.html);
    }
}
