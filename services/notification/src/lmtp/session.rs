//! One connection, from greeting to goodbye. After the mail each recipient gets a reply of its own (RFC 2033 §4.2), and
//! 250 only when what the mail reports is durable.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use lifecycle::CancellationToken;
use smtp::{Command, Hello, LineEnd, Lines, MailFrom, Refusal, Strictness, Text, TextRules};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::time::{Instant, timeout_at};

use super::reply;
use crate::commands::take_bounce::take_mail;
use crate::domain::bounce_report::Via;
use crate::domain::incoming_mail::BYTES_MAX;
use crate::state::State;

/// The biggest mail that is taken (RFC 1870's SIZE).
pub(super) const MAX_MAIL_BYTES: usize = 10 * 1024 * 1024;
/// Recipients of one mail (RFC 5321 wants at least 100).
const MAX_RECIPIENTS: usize = 100;
/// However much a client has to say, and however slowly it says it.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Nothing is passed on: odd lines do no harm, and the copy in a bounce is as odd as the mail was.
const TEXT: TextRules = TextRules {
    max_bytes: MAX_MAIL_BYTES,
    kept_bytes: BYTES_MAX,
    strictness: Strictness::Lenient,
};

/// Whether the connection goes on.
type Flow = io::Result<ControlFlow<()>>;

pub(super) struct Session<R, W: AsyncWrite> {
    lines: Lines<R>,
    output: BufWriter<W>,
    state: State,
    ends: Instant,
    greeted: bool,
    /// The recipients of the mail that `MAIL FROM` has begun.
    recipients: Option<Vec<String>>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<R, W> {
    pub(super) fn new(input: R, output: W, state: State, silence: Duration) -> Self {
        Self {
            lines: Lines::new(input, silence),
            output: BufWriter::new(output),
            state,
            ends: Instant::now() + LIFETIME,
            greeted: false,
            recipients: None,
        }
    }

    /// Serves the client until it leaves, or `stop` comes between two commands.
    pub(super) async fn run(mut self, stop: CancellationToken) -> io::Result<()> {
        let mut flow = self.reply(reply::GREETING).await?;
        while flow.is_continue() {
            self.flush().await?;
            flow = tokio::select! {
                biased;
                command = self.next_command() => self.obey(command?).await?,
                () = stop.cancelled() => self.reply(reply::STOPPING).await?,
            };
        }
        self.output.flush().await?;
        self.output.shutdown().await
    }

    /// The next command, or the reply to what is none; nothing when the client has gone.
    async fn next_command(&mut self) -> io::Result<Option<Result<Command, &'static str>>> {
        let line = match timeout_at(self.ends, self.lines.command()).await {
            Err(_) => return Ok(Some(Err(reply::TOO_LONG_HERE))),
            Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => return Ok(Some(Err(reply::IDLE))),
            Ok(line) => line?,
        };
        Ok(line.map(|(line, end)| match end {
            LineEnd::Proper => smtp::parse(line),
            LineEnd::Bare => Err(reply::COMMAND_LINE_END),
            LineEnd::TooLong => Err(reply::COMMAND_TOO_LONG),
        }))
    }

    async fn obey(&mut self, command: Option<Result<Command, &'static str>>) -> Flow {
        let command = match command {
            None => return Ok(ControlFlow::Break(())),
            Some(Err(text)) => return self.reply(text).await,
            Some(Ok(command)) => command,
        };
        match command {
            Command::Hello(hello) => self.hello(hello).await,
            Command::Mail(mail) => self.begin(&mail).await,
            Command::Rcpt { recipient } => self.add(recipient).await,
            Command::Data => self.data().await,
            Command::Reset => {
                self.recipients = None;
                self.reply(reply::OK).await
            }
            Command::Noop => self.reply(reply::OK).await,
            Command::Verify => self.reply(reply::CANNOT_VERIFY).await,
            Command::Help => self.reply(reply::HELP).await,
            Command::Quit => {
                self.say(reply::BYE).await?;
                Ok(ControlFlow::Break(()))
            }
        }
    }

    async fn hello(&mut self, hello: Hello) -> Flow {
        if hello != Hello::Local {
            return self.reply(reply::UNKNOWN_COMMAND).await;
        }
        self.recipients = None;
        self.greeted = true;
        self.reply(&reply::hello()).await
    }

    async fn begin(&mut self, mail: &MailFrom) -> Flow {
        let refusal = if !self.greeted {
            Some(reply::LHLO_FIRST)
        } else if self.recipients.is_some() {
            Some(reply::NESTED_MAIL)
        } else {
            mail.size
                .filter(|size| *size > MAX_MAIL_BYTES)
                .map(|_| reply::TOO_BIG)
        };
        if let Some(text) = refusal {
            return self.reply(text).await;
        }
        self.recipients = Some(Vec::new());
        self.reply(reply::SENDER_OK).await
    }

    /// Complaints come to addresses that name no mail: the mail itself may.
    async fn add(&mut self, recipient: String) -> Flow {
        let text = match &mut self.recipients {
            None => reply::MAIL_FIRST,
            Some(recipients) if recipients.len() >= MAX_RECIPIENTS => reply::TOO_MANY_RECIPIENTS,
            Some(recipients) => {
                recipients.push(recipient);
                reply::RECIPIENT_OK
            }
        };
        self.reply(text).await
    }

    async fn data(&mut self) -> Flow {
        let recipients = match self.recipients.take() {
            None => return self.reply(reply::MAIL_FIRST).await,
            Some(recipients) if recipients.is_empty() => {
                self.recipients = Some(recipients);
                return self.reply(reply::RCPT_FIRST).await;
            }
            Some(recipients) => recipients,
        };
        self.say(reply::GO_AHEAD).await?;
        self.output.flush().await?;
        let text = match timeout_at(self.ends, self.lines.text(TEXT)).await {
            Err(_) => return self.reply(reply::TOO_LONG_HERE).await,
            Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                return self.reply(reply::IDLE).await;
            }
            Ok(text) => text?,
        };
        match text {
            Text::Complete(mail) => self.take(recipients, mail.into()).await?,
            Text::Refused(refusal) => {
                for _ in recipients {
                    self.say(words(refusal)).await?;
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn take(&mut self, recipients: Vec<String>, mail: bytes::Bytes) -> io::Result<()> {
        for recipient in recipients {
            let taken = take_mail(&self.state, Via::Lmtp, Some(recipient), mail.clone()).await;
            let text = match taken {
                Ok(_) => reply::TAKEN,
                Err(error) => {
                    tracing::warn!(%error, "a bounce must come again");
                    reply::LATER
                }
            };
            self.say(text).await?;
        }
        Ok(())
    }

    /// Says `text`; after a 421 the server hangs up (RFC 5321 §3.8).
    async fn reply(&mut self, text: &str) -> Flow {
        self.say(text).await?;
        Ok(if text.starts_with("421") {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes()).await?;
        self.output.write_all(b"\r\n").await
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.lines.has_more() {
            Ok(())
        } else {
            self.output.flush().await
        }
    }
}

const fn words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooBig => reply::TOO_BIG,
        Refusal::LineTooLong => reply::LINE_TOO_LONG,
        Refusal::BareLineEnd => reply::BARE_LINE_END,
    }
}
