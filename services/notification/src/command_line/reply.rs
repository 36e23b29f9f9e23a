//! `notification reply explain`.

use std::io::{self, BufRead, Write};

use clap::{Args, Subcommand, ValueEnum};
use program::Outcome;
use serde::Serialize;

use crate::domain::attempt::Stage;
use crate::domain::reply_class::{ReplyLine, classify};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is done about a reply, and which rule says so
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The reply, such as "550 5.1.1 User unknown"; - for one reply a line on standard input
    reply: String,
    /// When it was said
    #[arg(long, value_enum, default_value_t = When::Recipient)]
    stage: When,
    /// Answer in JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// How far the dialogue with the relay had come.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    /// Greeting, EHLO, TLS, login
    Session,
    /// MAIL FROM
    Sender,
    /// RCPT TO
    Recipient,
    /// The mail itself
    Message,
}

#[derive(Debug, Serialize)]
struct Explanation {
    class: &'static str,
    why: &'static str,
}

pub(super) fn run(command: &Command) -> Outcome {
    let Command::Explain(explain) = command;
    if explain.reply != "-" {
        return print(explain, &explain.reply);
    }
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        let reply = String::from_utf8_lossy(&line);
        if !reply.trim().is_empty() {
            print(explain, &reply)?;
        }
    }
    Ok(())
}

fn print(explain: &Explain, reply: &str) -> Outcome {
    let verdict = classify(explain.stage.into(), &ReplyLine::parse(reply));
    let told = Explanation {
        class: verdict.class.treatment(),
        why: verdict.why,
    };
    if explain.json {
        writeln!(
            io::stdout(),
            "{}",
            serde_json::to_string(&told).map_err(io::Error::from)?
        )?;
    } else {
        writeln!(io::stdout(), "{}: {}", told.class, told.why)?;
    }
    Ok(())
}

impl From<When> for Stage {
    fn from(when: When) -> Self {
        match when {
            When::Session => Self::Session,
            When::Sender => Self::Sender,
            When::Recipient => Self::Recipient,
            When::Message => Self::Message,
        }
    }
}
