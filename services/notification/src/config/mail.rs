//! What mails look like.

use std::path::PathBuf;

use clap::Args;
use contracts::EmailAddress;
use secrecy::{ExposeSecret, SecretString};
use settings::SettingsError;

use super::{required, secret, wrong};
use crate::domain::bounce_address::BounceKey;
use crate::domain::provider::Echo;
use crate::mail::compose::Sender;
use crate::mail::from::{self, Mailbox};
use crate::mail::host_name::is_host_name;

/// What mails look like.
#[derive(Debug, Clone, Args)]
pub struct MailArgs {
    /// Sender of every mail: name@example.org, or Name <name@example.org>
    #[arg(long, env = "MAIL_FROM")]
    mail_from: Option<String>,
    /// Domain of Message-IDs and bounce addresses; its MX should lead to where bounces are read
    #[arg(long, env = "MAIL_DOMAIN")]
    mail_domain: Option<String>,
    /// Secret of at least 32 bytes, hex or base64, that nobody can make up a bounce address without
    #[arg(long, env = "BOUNCE_KEY", hide_env_values = true)]
    bounce_key: Option<SecretString>,
    /// File that holds BOUNCE_KEY
    #[arg(long, env = "BOUNCE_KEY_FILE", value_parser = settings::path_or_blank)]
    bounce_key_file: Option<PathBuf>,
    /// For tests before a launch: every mail goes to this address, and a header field says whom it is for
    #[arg(long, env = "MAIL_REDIRECT_TO")]
    mail_redirect_to: Option<String>,
}

impl MailArgs {
    /// Who every mail comes from.
    pub(super) fn sender(&self, echoes: Vec<Echo>) -> Result<Sender, SettingsError> {
        let key = secret(
            "BOUNCE_KEY",
            self.bounce_key.as_ref(),
            self.bounce_key_file.as_deref(),
        )?;
        Ok(Sender {
            from: mailbox("MAIL_FROM", self.mail_from.as_deref())?,
            domain: domain("MAIL_DOMAIN", self.mail_domain.as_deref())?,
            bounce_key: BounceKey::parse(key.expose_secret()).map_err(wrong("BOUNCE_KEY"))?,
            echoes,
            redirect_to: self.redirect_to()?,
        })
    }

    fn redirect_to(&self) -> Result<Option<EmailAddress>, SettingsError> {
        let given = self.mail_redirect_to.as_deref().map(str::trim);
        let given = given.filter(|text| !text.is_empty());
        given
            .map(EmailAddress::parse)
            .transpose()
            .map_err(wrong("MAIL_REDIRECT_TO"))
    }
}

/// A mailbox that can stand in From.
///
/// # Errors
/// It is missing, or none.
pub fn mailbox(name: &'static str, text: Option<&str>) -> Result<Mailbox, SettingsError> {
    let text = required(name, text)?;
    from::parse(text)
        .ok_or_else(|| SettingsError::new(name, "must be name@example.org or Name <name@example.org>"))
}

/// A domain that Message-IDs and bounce addresses can end with, in lower case.
///
/// # Errors
/// It is missing, or none.
pub fn domain(name: &'static str, text: Option<&str>) -> Result<String, SettingsError> {
    let domain = required(name, text)?.to_ascii_lowercase();
    is_host_name(&domain)
        .then_some(domain)
        .ok_or_else(|| SettingsError::new(name, "must be a domain such as mail.example.org"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_a_name_or_none_and_one_address() {
        let from = mailbox("MAIL_FROM", Some("Café Kurs <hello@course.example>")).expect("a mailbox");
        assert_eq!(from.name.as_deref(), Some("Café Kurs"));
        for wrong in [
            None,
            Some(" "),
            Some("hello"),
            Some("a@b.example\r\nBcc: c@d.example"),
            Some("a@b.example, c@d.example"),
        ] {
            assert!(
                mailbox("MAIL_FROM", wrong)
                    .expect_err("wrong")
                    .to_string()
                    .starts_with("MAIL_FROM ")
            );
        }
    }

    #[test]
    fn a_domain_is_kept_in_lower_case_and_nothing_else_passes() {
        assert_eq!(
            domain("MAIL_DOMAIN", Some("Mail.Example.ORG")).expect("a domain"),
            "mail.example.org"
        );
        for wrong in [
            None,
            Some(""),
            Some("a@b.example"),
            Some("[127.0.0.1]"),
            Some("https://a.example"),
            Some("a b"),
        ] {
            assert!(domain("MAIL_DOMAIN", wrong).is_err(), "{wrong:?}");
        }
    }
}
