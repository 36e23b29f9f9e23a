//! Templates: those compiled in, and how all are filled. HTML is escaped by a template's extension.

use std::fmt::{self, Write};

use minijinja::{
    AutoEscape, Environment, Output, State, UndefinedBehavior, Value, context, escape_formatter,
};

use crate::domain::content::{Ack, Content, Links, MyData, Team};

/// Steps that one rendering may take: a marketer's endless loop ends here.
const FUEL: u64 = 100_000;
const SUBJECT_MAX: usize = 200;

macro_rules! compiled_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

const TEMPLATES: [(&str, &str); 12] = compiled_in![
    "ack/subject.txt",
    "ack/body.txt",
    "ack/body.html",
    "links/subject.txt",
    "links/body.txt",
    "links/body.html",
    "my_data/subject.txt",
    "my_data/body.txt",
    "my_data/body.html",
    "team/subject.txt",
    "team/body.txt",
    "team/body.html",
];

/// A mail's words. `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(…)")
    }
}

/// A template that cannot be compiled or filled. Says where; quotes at most the template itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template {template}, line {line}: {problem}")]
pub struct TemplateError {
    template: String,
    line: usize,
    problem: String,
}

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        Self {
            template: error.name().unwrap_or("?").to_owned(),
            line: error.line().unwrap_or_default(),
            problem: error.kind().to_string(),
        }
    }
}

/// The templates that are compiled in: all but the delivery mails, which come with their offers.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Compiles them.
    ///
    /// # Errors
    /// [`TemplateError`] if one is wrong: a fault of this program, found by its tests.
    pub fn compile() -> Result<Self, TemplateError> {
        let mut environment = environment(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Self(environment))
    }

    /// The words of a mail; `None` for a delivery, whose templates are its offer's.
    ///
    /// # Errors
    /// [`TemplateError`], as with [`Templates::compile`].
    pub fn words(&self, content: &Content) -> Result<Option<Words>, TemplateError> {
        let (folder, values) = match content {
            Content::Delivery(_) => return Ok(None),
            Content::Links(links) => ("links", links_values(links)),
            Content::MyData(my_data) => ("my_data", my_data_values(my_data)),
            Content::Ack(ack) => ("ack", ack_values(ack)),
            Content::Team(team) => ("team", team_values(team)),
        };
        fill(&self.0, &format!("{folder}/"), &values).map(Some)
    }
}

/// An environment whose templates can neither load others nor run for ever.
pub(crate) fn environment(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(undefined);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(write_value);
    environment
}

/// As minijinja does it, but a slash in HTML stays a slash: links in mails are read by people and programs.
fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe() => {
            write_escaped(out, text).map_err(minijinja::Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}

/// The five characters that mean something in text or in a quoted attribute of HTML.
fn write_escaped(out: &mut Output<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            _ => out.write_char(c)?,
        }
    }
    Ok(())
}

/// Fills the three templates of one mail, whose names begin with `prefix`.
pub(crate) fn fill(
    environment: &Environment<'_>,
    prefix: &str,
    values: &Value,
) -> Result<Words, TemplateError> {
    let render = |name: &str| -> Result<String, TemplateError> {
        Ok(environment
            .get_template(&format!("{prefix}{name}"))?
            .render(values.clone())?)
    };
    Ok(Words {
        subject: one_line(&render("subject.txt")?),
        text: lines(render("body.txt")?),
        html: lines(render("body.html")?),
    })
}

/// A line ends with `\n` and nothing else, and no other control character is left: relays refuse a mail with a carriage
/// return of its own (RFC 5321 §2.3.8).
fn lines(text: String) -> String {
    let mut lines = match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    };
    lines.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    lines
}

/// A subject is one line, whatever its template or a title holds.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(SUBJECT_MAX).collect()
}

fn links_values(content: &Links) -> Value {
    let downloads: Vec<Value> = content
        .downloads
        .iter()
        .map(|download| context! { title => &download.title, url => &download.url })
        .collect();
    context! {
        downloads => downloads,
        links => context! { unsubscribe => &content.links.unsubscribe, my_data => &content.links.my_data },
    }
}

fn my_data_values(content: &MyData) -> Value {
    context! {
        link => &content.link,
        links => context! { unsubscribe => &content.links.unsubscribe },
    }
}

fn ack_values(content: &Ack) -> Value {
    context! { reference => &content.reference, topic => &content.topic, team => &content.team }
}

fn team_values(content: &Team) -> Value {
    context! {
        reference => &content.reference,
        topic => &content.topic,
        team => &content.team,
        rule => &content.rule,
        campaign => content.campaign.as_ref().map_or_else(|| Value::from(()), |slug| Value::from(slug.as_str())),
        visitor => content.visitor.expose(),
        name => content.name.as_ref().map_or_else(|| Value::from(()), |name| Value::from(name.expose())),
        message => content.message.expose(),
    }
}

#[cfg(test)]
mod tests {
    use contracts::{EmailAddress, MessageText, PersonName};

    use super::*;

    fn team(message: &str) -> Content {
        let address = |typed| EmailAddress::parse(typed).expect("valid");
        Content::Team(Team {
            reference: "Q-7K3M-9QXP".to_owned(),
            topic: "Prices & plans".to_owned(),
            team: "Sales".to_owned(),
            rule: "prices".to_owned(),
            campaign: None,
            visitor: address("anna@example.com"),
            name: Some(PersonName::parse("Anna <b>").expect("valid")),
            message: MessageText::parse(message).expect("valid"),
            fallback_inbox: address("office@example.com"),
        })
    }

    fn words(content: &Content) -> Words {
        Templates::compile()
            .expect("compiled in")
            .words(content)
            .expect("filled")
            .expect("not a delivery")
    }

    #[test]
    fn what_a_visitor_writes_is_escaped_in_html_and_whole_in_text() {
        let words = words(&team("<script>alert(1)</script>\n{{ 7 * 7 }} & so"));
        assert!(
            words.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{}",
            words.html
        );
        assert!(words.html.contains("Anna &lt;b&gt;"));
        assert!(words.text.contains("<script>alert(1)</script>\n{{ 7 * 7 }} & so"));
    }

    #[test]
    fn a_teams_subject_holds_nothing_that_a_visitor_typed() {
        assert_eq!(words(&team("buy now")).subject, "[Q-7K3M-9QXP] Prices & plans");
    }

    #[test]
    fn a_subject_is_one_line_whatever_comes_in() {
        assert_eq!(one_line(" a\r\nBcc: b\u{0}\tc "), "a Bcc: b c");
        assert_eq!(one_line(&"é".repeat(300)).chars().count(), SUBJECT_MAX);
    }
}
