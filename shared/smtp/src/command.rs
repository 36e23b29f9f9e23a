//! What a client can say, parsed: RFC 5321, 4.1, and the parameters of the extensions on offer.

use crate::reply;

/// Octets of an address and of its local part (RFC 5321, 4.5.3.1).
const MAX_ADDRESS: usize = 254;
const MAX_LOCAL_PART: usize = 64;

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Hello(Hello),
    Mail(MailFrom),
    Rcpt { recipient: String },
    Data,
    Reset,
    Noop,
    Verify,
    Help,
    Quit,
}

/// How a client greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hello {
    /// `HELO`: no extensions.
    Plain,
    /// `EHLO`.
    Extended,
    /// `LHLO` of LMTP (RFC 2033 §4.1).
    Local,
}

/// `MAIL FROM` and its parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MailFrom {
    /// Empty for the null sender.
    pub sender: String,
    /// How big the client says the mail is.
    pub size: Option<usize>,
    /// Whether addresses may be other than ASCII (RFC 6531).
    pub utf8: bool,
}

/// Parses a command line.
///
/// # Errors
/// The reply to give.
pub fn parse(line: &[u8]) -> Result<Command, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| reply::UNKNOWN_COMMAND)?;
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => hello(rest, Hello::Extended),
        "HELO" => hello(rest, Hello::Plain),
        "LHLO" => hello(rest, Hello::Local),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => bare(rest, Command::Data),
        "RSET" => bare(rest, Command::Reset),
        "QUIT" => bare(rest, Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "VRFY" => Ok(Command::Verify),
        "HELP" => Ok(Command::Help),
        _ => Err(reply::UNKNOWN_COMMAND),
    }
}

fn hello(name: &str, hello: Hello) -> Result<Command, &'static str> {
    if name.is_empty() {
        Err(reply::HELLO_SYNTAX)
    } else {
        Ok(Command::Hello(hello))
    }
}

fn bare(rest: &str, command: Command) -> Result<Command, &'static str> {
    if rest.is_empty() {
        Ok(command)
    } else {
        Err(reply::NO_ARGUMENT)
    }
}

fn mail(rest: &str) -> Result<Command, &'static str> {
    let (sender, parameters) = argument(rest, "FROM:").ok_or(reply::MAIL_SYNTAX)?;
    let mut mail = MailFrom {
        sender: sender.to_owned(),
        ..MailFrom::default()
    };
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => mail.size = Some(value.parse().map_err(|_| reply::BAD_PARAMETER)?),
            "BODY" if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {}
            "SMTPUTF8" if value.is_empty() => mail.utf8 = true,
            _ => return Err(reply::BAD_PARAMETER),
        }
    }
    if !mail.utf8 && !sender.is_ascii() {
        return Err(reply::NEEDS_SMTPUTF8);
    }
    if sender.is_empty() || is_address(sender) {
        Ok(Command::Mail(mail))
    } else {
        Err(reply::BAD_SENDER)
    }
}

fn rcpt(rest: &str) -> Result<Command, &'static str> {
    let (recipient, mut parameters) = argument(rest, "TO:").ok_or(reply::RCPT_SYNTAX)?;
    if parameters.next().is_some() {
        return Err(reply::BAD_PARAMETER);
    }
    let known = is_address(recipient) || recipient.eq_ignore_ascii_case("postmaster");
    if known {
        Ok(Command::Rcpt {
            recipient: recipient.to_owned(),
        })
    } else {
        Err(reply::BAD_RECIPIENT)
    }
}

/// The address in its angle brackets after `keyword`, and the parameters after it.
fn argument<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, impl Iterator<Item = &'a str>)> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    let path = tail
        .trim_start()
        .strip_prefix('<')
        .filter(|_| head.eq_ignore_ascii_case(keyword))?;
    let end = closing_bracket(path)?;
    let parameters = &path[end + 1..];
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return None;
    }
    Some((without_route(&path[..end]), parameters.split_ascii_whitespace()))
}

/// Where the path ends; a quoted local part may have a bracket in it.
fn closing_bracket(path: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    path.find(|character| match character {
        _ if escaped => {
            escaped = false;
            false
        }
        '\\' => {
            escaped = quoted;
            false
        }
        '"' => {
            quoted = !quoted;
            false
        }
        other => other == '>' && !quoted,
    })
}

/// Source routes (`@relay.example:ada@mail.example`) are to be understood and ignored (RFC 5321, 4.1.1.3).
fn without_route(path: &str) -> &str {
    match path.split_once(':') {
        Some((route, address)) if route.starts_with('@') => address,
        _ => path,
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let spaced = |text: &str| text.contains([' ', '<', '>', '@']);
    text.len() <= MAX_ADDRESS
        && (1..=MAX_LOCAL_PART).contains(&local.len())
        && !domain.is_empty()
        && !text.contains(char::is_control)
        && !spaced(domain)
        && (quoted || !spaced(local))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sender(line: &str) -> Result<String, &'static str> {
        match parse(line.as_bytes())? {
            Command::Mail(mail) => Ok(mail.sender),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn verbs_and_keywords_may_be_in_any_case() {
        assert_eq!(parse(b"ehlo me"), Ok(Command::Hello(Hello::Extended)));
        assert_eq!(
            sender("mail from:<ada@mail.example>"),
            Ok("ada@mail.example".into())
        );
        assert_eq!(
            parse(b"RcPt tO: <ada@mail.example>"),
            parse(b"RCPT TO:<ada@mail.example>")
        );
    }

    #[test]
    fn the_null_sender_is_a_sender_and_no_recipient() {
        assert_eq!(sender("MAIL FROM:<>"), Ok(String::new()));
        assert_eq!(parse(b"RCPT TO:<>"), Err(reply::BAD_RECIPIENT));
    }

    #[test]
    fn parameters_of_the_extensions_are_known_and_others_refused() {
        let mail = MailFrom {
            sender: "ü@mail.example".into(),
            size: Some(12),
            utf8: true,
        };
        let line = "MAIL FROM:<ü@mail.example> SIZE=12 BODY=8BITMIME SMTPUTF8";
        assert_eq!(parse(line.as_bytes()), Ok(Command::Mail(mail)));
        assert_eq!(
            parse(b"MAIL FROM:<a@mail.example> AUTH=<>"),
            Err(reply::BAD_PARAMETER)
        );
        assert_eq!(
            parse(b"MAIL FROM:<a@mail.example> SIZE=big"),
            Err(reply::BAD_PARAMETER)
        );
        assert_eq!(
            parse(b"RCPT TO:<a@mail.example> NOTIFY=NEVER"),
            Err(reply::BAD_PARAMETER)
        );
    }

    #[test]
    fn quoted_local_parts_and_source_routes_are_understood() {
        assert_eq!(
            sender(r#"MAIL FROM:<"a>b"@mail.example>"#),
            Ok(r#""a>b"@mail.example"#.into())
        );
        assert_eq!(
            sender("MAIL FROM:<@relay.example:a@mail.example>"),
            Ok("a@mail.example".into())
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("MAIL FROM:<{}@mail.example>", "x".repeat(65));
        for line in [
            "MAIL FROM:<ada>",
            "MAIL FROM:<a b@mail.example>",
            "MAIL FROM:<@mail.example>",
            long.as_str(),
        ] {
            assert_eq!(sender(line), Err(reply::BAD_SENDER), "{line}");
        }
        for line in [
            "MAIL FROM:ada@mail.example",
            "MAIL TO:<ada@mail.example>",
            "MAIL FROM:<ada@mail.example",
            "MAIL",
        ] {
            assert_eq!(sender(line), Err(reply::MAIL_SYNTAX), "{line}");
        }
    }

    /// What command lines are made of, to be put together in any order.
    const PIECES: [&str; 22] = [
        "MAIL",
        "RCPT",
        "LHLO",
        "DATA",
        " ",
        "  ",
        "\t",
        "FROM:",
        "TO:",
        "<",
        ">",
        "\"",
        "\\",
        "@",
        ":",
        "a",
        "b.example",
        " SIZE=",
        "99999999999999999999",
        " BODY=8BITMIME",
        " SMTPUTF8",
        "ü",
    ];

    proptest! {
        #[test]
        fn any_line_is_a_command_or_gets_a_reply(line in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Err(reply) = parse(&line) {
                prop_assert!(reply.starts_with('5'), "{reply}");
            }
        }

        #[test]
        fn what_passes_for_an_address_can_be_said_again(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..14)) {
            for keyword in ["MAIL FROM:<", "RCPT TO:<", ""] {
                let line = format!("{keyword}{}", pieces.concat());
                let again = match parse(line.as_bytes()) {
                    Ok(Command::Mail(mail)) => {
                        let utf8 = if mail.utf8 { " SMTPUTF8" } else { "" };
                        let size = mail.size.map(|size| format!(" SIZE={size}")).unwrap_or_default();
                        format!("MAIL FROM:<{}>{size}{utf8}", mail.sender)
                    }
                    Ok(Command::Rcpt { recipient }) => format!("RCPT TO:<{recipient}>"),
                    _ => continue,
                };
                prop_assert!(!again.contains(['\r', '\n', '\0']), "{again:?}");
                prop_assert_eq!(parse(again.as_bytes()), parse(line.as_bytes()), "{} {}", line, again);
            }
        }
    }
}
