//! One SMTP connection, from greeting to goodbye.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use smtp::{Command, Hello, LineEnd, Lines, MailFrom, Refusal, Strictness, Text, TextRules};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio_util::sync::CancellationToken;

use super::reply;
use crate::MAX_MAIL_BYTES;
use crate::envelope::Envelope;
use crate::script::{Fault, Moment, Stage};
use crate::store::Store;

/// Recipients of one mail (RFC 5321 wants at least 100).
const MAX_RECIPIENTS: usize = 1000;

/// A client may be silent that long (RFC 5321, 4.5.3.2.7).
const SILENCE: Duration = Duration::from_secs(300);

/// What is on disk is what was sent.
const TEXT: TextRules = TextRules {
    max_bytes: MAX_MAIL_BYTES,
    kept_bytes: MAX_MAIL_BYTES,
    strictness: Strictness::Strict,
};

/// Whether the connection goes on.
type Flow = io::Result<ControlFlow<()>>;

pub(super) struct Session<R, W: AsyncWrite> {
    lines: Lines<R>,
    output: BufWriter<W>,
    store: Store,
    stage: Arc<Stage>,
    greeted: bool,
    mail: Option<Draft>,
}

/// A mail that `MAIL FROM` has begun.
struct Draft {
    envelope: Envelope,
    utf8: bool,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<R, W> {
    pub(super) fn new(input: R, output: W, store: Store, stage: Arc<Stage>) -> Self {
        Self {
            lines: Lines::new(input, SILENCE),
            output: BufWriter::new(output),
            store,
            stage,
            greeted: false,
            mail: None,
        }
    }

    /// Serves the client until it leaves, or `stop` comes between two commands.
    pub(super) async fn run(mut self, stop: CancellationToken) -> io::Result<()> {
        let mut flow = self.answer(Moment::Greeting, &[], reply::GREETING).await?;
        while flow.is_continue() {
            self.flush().await?;
            flow = tokio::select! {
                biased;
                command = self.next_command() => self.obey(command?).await?,
                () = stop.cancelled() => self.say(reply::STOPPING).await.map(|()| ControlFlow::Break(()))?,
            };
        }
        self.output.flush().await?;
        self.output.shutdown().await
    }

    /// The next command, or the reply to what is none; nothing when the client has gone.
    async fn next_command(&mut self) -> io::Result<Option<Result<Command, &'static str>>> {
        let line = match self.lines.command().await {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(Some(Err(reply::IDLE))),
            line => line?,
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
            Command::Mail(mail) => self.begin(mail).await,
            Command::Rcpt { recipient } => self.add(recipient).await,
            Command::Data => self.data().await,
            Command::Reset => {
                self.mail = None;
                self.reply(reply::OK).await
            }
            Command::Noop => self.reply(reply::OK).await,
            Command::Verify => self.reply(reply::CANNOT_VERIFY).await,
            Command::Help => self.reply(reply::HELP).await,
            Command::Quit => self.say(reply::BYE).await.map(|()| ControlFlow::Break(())),
        }
    }

    async fn hello(&mut self, hello: Hello) -> Flow {
        let text = match hello {
            Hello::Extended => reply::extended_hello(),
            Hello::Plain => reply::HELLO.to_owned(),
            Hello::Local => return self.reply(reply::UNKNOWN_COMMAND).await,
        };
        self.mail = None;
        self.greeted = true;
        self.answer(Moment::Hello, &[], &text).await
    }

    async fn begin(&mut self, mail: MailFrom) -> Flow {
        if !self.greeted {
            return self.reply(reply::HELLO_FIRST).await;
        }
        if self.mail.is_some() {
            return self.reply(reply::NESTED_MAIL).await;
        }
        if mail.size.is_some_and(|size| size > MAX_MAIL_BYTES) {
            return self.reply(reply::TOO_BIG).await;
        }
        if let Some(flow) = self.interfere(Moment::Sender, &[]).await? {
            return Ok(flow);
        }
        self.mail = Some(Draft {
            envelope: Envelope {
                from: mail.sender,
                to: Vec::new(),
            },
            utf8: mail.utf8,
        });
        self.reply(reply::SENDER_OK).await
    }

    async fn add(&mut self, recipient: String) -> Flow {
        let refusal = match &self.mail {
            None => Some(reply::MAIL_FIRST),
            Some(mail) if !mail.utf8 && !recipient.is_ascii() => Some(reply::NEEDS_SMTPUTF8),
            Some(mail) if mail.envelope.to.len() >= MAX_RECIPIENTS => Some(reply::TOO_MANY_RECIPIENTS),
            Some(_) => None,
        };
        if let Some(text) = refusal {
            return self.reply(text).await;
        }
        if let Some(flow) = self
            .interfere(Moment::Recipient, std::slice::from_ref(&recipient))
            .await?
        {
            return Ok(flow);
        }
        if let Some(mail) = &mut self.mail {
            mail.envelope.to.push(recipient);
        }
        self.reply(reply::RECIPIENT_OK).await
    }

    async fn data(&mut self) -> Flow {
        let envelope = match self.mail.take() {
            None => return self.reply(reply::MAIL_FIRST).await,
            Some(mail) if mail.envelope.to.is_empty() => {
                self.mail = Some(mail);
                return self.reply(reply::RCPT_FIRST).await;
            }
            Some(mail) => mail.envelope,
        };
        if let Some(flow) = self.interfere(Moment::Data, &envelope.to).await? {
            return Ok(flow);
        }
        self.say(reply::GO_AHEAD).await?;
        self.output.flush().await?;
        let text = self.lines.text(TEXT).await?;
        if let Some(flow) = self.interfere(Moment::Message, &envelope.to).await? {
            return Ok(flow);
        }
        match text {
            Text::Complete(mail) => self.keep(envelope, mail).await,
            Text::Refused(Refusal::TooBig) => self.reply(reply::TOO_BIG).await,
            Text::Refused(Refusal::LineTooLong) => self.reply(reply::LINE_TOO_LONG).await,
            Text::Refused(Refusal::BareLineEnd) => self.reply(reply::BARE_LINE_END).await,
        }
    }

    async fn keep(&mut self, envelope: Envelope, mail: Vec<u8>) -> Flow {
        let recipients = envelope.to.clone();
        match self.store.deliver(envelope, mail).await {
            Ok(id) => {
                self.answer(Moment::Stored, &recipients, &format!("250 2.0.0 kept as {id}"))
                    .await
            }
            Err(error) => {
                tracing::error!(%error, "a mail could not be kept");
                let full = matches!(
                    error.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                );
                self.reply(if full { reply::DISK_FULL } else { reply::NOT_KEPT })
                    .await
            }
        }
    }

    /// Says `text`, unless the script has something else to say.
    async fn answer(&mut self, moment: Moment, recipients: &[String], text: &str) -> Flow {
        match self.interfere(moment, recipients).await? {
            Some(flow) => Ok(flow),
            None => self.reply(text).await,
        }
    }

    /// Does what the script wants at this moment; none when all is to go on as usual.
    async fn interfere(
        &mut self,
        moment: Moment,
        recipients: &[String],
    ) -> io::Result<Option<ControlFlow<()>>> {
        for fault in self.stage.faults(moment, recipients) {
            match fault {
                Fault::Delay(time) => {
                    // What was said before is out by then, also where commands came several at a time.
                    self.output.flush().await?;
                    tokio::time::sleep(time).await;
                }
                Fault::Close => return Ok(Some(ControlFlow::Break(()))),
                Fault::Reply(text) => return self.reply(&text).await.map(Some),
            }
        }
        Ok(None)
    }

    /// Says `text`; after a 421 the server hangs up (RFC 5321, 3.8).
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
