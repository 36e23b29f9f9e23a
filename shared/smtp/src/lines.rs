//! Lines off the wire: each ends with CR LF, and nothing else ends one. Taking a bare LF for a line end is how
//! mails are smuggled (one more mail hidden in a text), so such lines are told apart, not mended.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::time::timeout;

const BUFFER_BYTES: usize = 16 * 1024;

/// Octets of a line of a mail without its CR LF (RFC 5321, 4.5.3.1.6).
const MAX_TEXT_LINE: usize = 998;

/// Octets of a command line without its CR LF: RFC 5321 wants 510, and more for the extensions' parameters.
const MAX_COMMAND_LINE: usize = 1022;

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// CR LF, and no other CR in the line.
    Proper,
    /// A LF without CR, or a CR without LF.
    Bare,
    /// The line went past the limit; its rest was thrown away up to the LF.
    TooLong,
}

/// What followed DATA.
#[derive(Debug, PartialEq, Eq)]
pub enum Text {
    /// The mail, dots unstuffed.
    Complete(Vec<u8>),
    /// It came to its end, but cannot be taken.
    Refused(Refusal),
}

/// What a server takes after DATA.
#[derive(Clone, Copy, Debug)]
pub struct TextRules {
    /// A bigger mail is refused.
    pub max_bytes: usize,
    /// Of a smaller one so much is held.
    pub kept_bytes: usize,
    pub strictness: Strictness,
}

/// What becomes of a line that no mail may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// The mail is refused.
    Strict,
    /// For a reader that passes nothing on: the line stays as it is, as far as it is no longer than it may be.
    Lenient,
}

/// Why a mail is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    TooBig,
    LineTooLong,
    BareLineEnd,
}

/// Reads lines; after an error or the end of the input it is of no more use.
#[derive(Debug)]
pub struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    silence: Duration,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// A client may be silent for `silence`; RFC 5321, 4.5.3.2.7, wants five minutes.
    pub fn new(input: R, silence: Duration) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            line: Vec::new(),
            silence,
        }
    }

    /// Whether more input is at hand: then replies can wait and leave together (RFC 2920).
    pub fn has_more(&self) -> bool {
        !self.input.buffer().is_empty()
    }

    /// The next command line; none at the end of the input.
    ///
    /// # Errors
    /// `TimedOut` when nothing came for too long, else what the socket says.
    pub async fn command(&mut self) -> io::Result<Option<(&[u8], LineEnd)>> {
        let end = self.next(MAX_COMMAND_LINE).await?;
        Ok(end.map(|end| (self.line.as_slice(), end)))
    }

    /// The mail up to its final dot, which is read even when the mail is refused.
    ///
    /// # Errors
    /// As [`Lines::command`]; `UnexpectedEof` when the input ends before the final dot.
    pub async fn text(&mut self, rules: TextRules) -> io::Result<Text> {
        let mut mail = Vec::new();
        let mut octets = 0;
        let mut refusal = None;
        loop {
            let end = self
                .next(MAX_TEXT_LINE + 1)
                .await?
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            if end == LineEnd::Proper && self.line == b"." {
                break;
            }
            let line = self.line.strip_prefix(b".").unwrap_or(&self.line);
            octets += line.len() + 2;
            refusal = refusal.or_else(|| refusal_of(line, end, octets, rules));
            if refusal.is_some() {
                mail = Vec::new();
            } else if octets <= rules.kept_bytes {
                mail.extend_from_slice(line);
                mail.extend_from_slice(b"\r\n");
            }
        }
        Ok(refusal.map_or(Text::Complete(mail), Text::Refused))
    }

    /// Reads one line into `self.line`, without its line end and at most `limit` octets of it.
    async fn next(&mut self, limit: usize) -> io::Result<Option<LineEnd>> {
        self.line.clear();
        let mut overflow = false;
        loop {
            let chunk = fill(&mut self.input, self.silence).await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(chunk.len());
            // One octet more than the limit, for the CR.
            let room = (limit + 1).saturating_sub(self.line.len());
            overflow |= taken > room;
            self.line.extend_from_slice(&chunk[..taken.min(room)]);
            self.input.consume(end.map_or(taken, |end| end + 1));
            if end.is_some() {
                return Ok(Some(self.finish(limit, overflow)));
            }
        }
    }

    fn finish(&mut self, limit: usize, overflow: bool) -> LineEnd {
        let proper = !overflow && self.line.pop_if(|byte| *byte == b'\r').is_some();
        if overflow || self.line.len() > limit {
            LineEnd::TooLong
        } else if proper && !self.line.contains(&b'\r') {
            LineEnd::Proper
        } else {
            LineEnd::Bare
        }
    }
}

async fn fill<R: AsyncRead + Unpin>(input: &mut BufReader<R>, silence: Duration) -> io::Result<&[u8]> {
    // A timer only where there is something to wait for: most lines are at hand already.
    if input.buffer().is_empty() {
        timeout(silence, input.fill_buf())
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??;
    }
    Ok(input.buffer())
}

fn refusal_of(line: &[u8], end: LineEnd, octets: usize, rules: TextRules) -> Option<Refusal> {
    if octets > rules.max_bytes {
        return Some(Refusal::TooBig);
    }
    let refusal = match end {
        LineEnd::TooLong => Some(Refusal::LineTooLong),
        LineEnd::Bare => Some(Refusal::BareLineEnd),
        LineEnd::Proper if line.len() > MAX_TEXT_LINE => Some(Refusal::LineTooLong),
        LineEnd::Proper => None,
    };
    refusal.filter(|_| rules.strictness == Strictness::Strict)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const STRICT: TextRules = TextRules {
        max_bytes: 4_000,
        kept_bytes: 4_000,
        strictness: Strictness::Strict,
    };

    async fn text(input: &[u8]) -> Text {
        let mut lines = Lines::new(input, MINUTE);
        lines.text(STRICT).await.expect("the text ends")
    }

    #[tokio::test]
    async fn stuffed_dots_are_taken_off_and_the_single_dot_ends_the_mail() {
        let mail = text(b"a\r\n..\r\n...b\r\n.c\r\n\r\n.\r\n").await;
        assert_eq!(mail, Text::Complete(b"a\r\n.\r\n..b\r\nc\r\n\r\n".to_vec()));
    }

    #[tokio::test]
    async fn a_dot_between_bare_line_ends_does_not_end_the_mail() {
        for smuggled in [
            "a\n.\nMAIL FROM:<x@y.example>\r\n.\r\n",
            "a\r\n.\nb\r\n.\r\n",
            "a\r.\rb\r\n.\r\n",
        ] {
            assert_eq!(
                text(smuggled.as_bytes()).await,
                Text::Refused(Refusal::BareLineEnd)
            );
        }
    }

    #[tokio::test]
    async fn a_line_may_have_998_octets_and_no_more() {
        let lines = |octets: usize| [vec![b'x'; octets], b"\r\n.\r\n".to_vec()].concat();
        assert!(matches!(text(&lines(998)).await, Text::Complete(_)));
        for octets in [999, 1_000, 1_001, 20_000] {
            assert_eq!(text(&lines(octets)).await, Text::Refused(Refusal::LineTooLong));
        }
    }

    #[tokio::test]
    async fn the_dot_that_was_stuffed_does_not_count() {
        let line = [b"..".to_vec(), vec![b'x'; 997], b"\r\n.\r\n".to_vec()].concat();
        assert!(matches!(text(&line).await, Text::Complete(_)));
    }

    #[tokio::test]
    async fn too_big_a_mail_is_read_to_its_end_and_refused() {
        let mail = [b"0123456789\r\n".repeat(400), b".\r\nQUIT\r\n".to_vec()].concat();
        let mut lines = Lines::new(mail.as_slice(), MINUTE);
        assert_eq!(
            lines.text(STRICT).await.expect("the text ends"),
            Text::Refused(Refusal::TooBig)
        );
        let command = lines.command().await.expect("a line");
        assert_eq!(command, Some((b"QUIT".as_slice(), LineEnd::Proper)));
    }

    #[tokio::test]
    async fn the_end_of_the_input_before_the_dot_is_an_error() {
        let error = Lines::new(b"a\r\n".as_slice(), MINUTE)
            .text(STRICT)
            .await
            .expect_err("cut off");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_reader_that_passes_nothing_on_takes_odd_lines_and_holds_no_more_than_it_wants() {
        let input = [
            b"a\rb\r\nc\n.\nd\r\n".to_vec(),
            vec![b'x'; 2_000],
            b"\r\n.\r\nQUIT\r\n".to_vec(),
        ]
        .concat();
        let rules = TextRules {
            max_bytes: 4_000,
            kept_bytes: 16,
            strictness: Strictness::Lenient,
        };
        let mut lines = Lines::new(input.as_slice(), MINUTE);
        let mail = lines.text(rules).await.expect("the text ends");
        assert_eq!(mail, Text::Complete(b"a\rb\r\nc\r\n\r\nd\r\n".to_vec()));
        let command = lines.command().await.expect("a line");
        assert_eq!(command, Some((b"QUIT".as_slice(), LineEnd::Proper)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_given_up() {
        let (_client, server) = tokio::io::duplex(64);
        let error = Lines::new(server, MINUTE).command().await.expect_err("silence");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// What a client sends, cut into the pieces in which it arrives.
    fn arriving() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let piece = prop_oneof![
            6 => prop::sample::select(&["\r\n", "\n", "\r", ".", "..", ".\r\n", "\r\n.\r\n", "a", "QUIT\r\n"][..])
                .prop_map(|text| text.as_bytes().to_vec()),
            2 => prop::collection::vec(any::<u8>(), 0..6),
            1 => (900_usize..1_100).prop_map(|length| vec![b'x'; length]),
        ];
        prop::collection::vec(piece, 0..40)
    }

    /// All lines, or the mail and then all lines, as far as they come.
    async fn read(pieces: &[Vec<u8>], rules: Option<TextRules>) -> (Option<Text>, Vec<(Vec<u8>, LineEnd)>) {
        let (mut client, server) = tokio::io::duplex(64);
        let mut lines = Lines::new(server, MINUTE);
        let send = async {
            for piece in pieces {
                client.write_all(piece).await.expect("taken");
                tokio::task::yield_now().await;
            }
            drop(client);
        };
        let receive = async {
            let text = match rules {
                Some(rules) => lines.text(rules).await.ok(),
                None => None,
            };
            let mut read = Vec::new();
            while let Ok(Some((line, end))) = lines.command().await {
                read.push((line.to_vec(), end));
            }
            (text, read)
        };
        tokio::join!(send, receive).1
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.expect("a runtime").block_on(future)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Catches a reader that sees a line end, or its absence, only where two pieces meet.
        #[test]
        fn lines_are_the_same_however_they_arrive(pieces in arriving(), strict in any::<bool>()) {
            let rules = TextRules {
                strictness: if strict { Strictness::Strict } else { Strictness::Lenient },
                ..STRICT
            };
            let at_once = [pieces.concat()];
            let by_bytes: Vec<Vec<u8>> = at_once[0].iter().map(|byte| vec![*byte]).collect();
            for rules in [None, Some(rules)] {
                let whole = wait(read(&at_once, rules));
                prop_assert_eq!(&wait(read(&pieces, rules)), &whole);
                prop_assert_eq!(&wait(read(&by_bytes, rules)), &whole);
            }
        }

        #[test]
        fn a_mail_of_proper_lines_comes_through_dots_and_all(
            lines in prop::collection::vec("[.a-z ]{0,30}", 0..20),
        ) {
            let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stuffed: String = lines.iter().map(|line| {
                if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") }
            }).collect();
            let (text, rest) = wait(read(&[format!("{stuffed}.\r\nQUIT\r\n").into_bytes()], Some(STRICT)));
            prop_assert_eq!(text, Some(Text::Complete(mail.into_bytes())));
            prop_assert_eq!(rest, [(b"QUIT".to_vec(), LineEnd::Proper)]);
        }

        #[test]
        fn no_more_is_held_than_is_wanted_and_a_strict_mail_has_no_odd_line(pieces in arriving(), kept in 0_usize..64) {
            let rules = TextRules { kept_bytes: kept, strictness: Strictness::Lenient, ..STRICT };
            if let (Some(Text::Complete(mail)), _) = wait(read(&pieces, Some(rules))) {
                prop_assert!(mail.len() <= kept);
            }
            if let (Some(Text::Complete(mail)), _) = wait(read(&pieces, Some(STRICT))) {
                let odd = mail.split(|byte| *byte == b'\n').any(|line| line.len() > MAX_TEXT_LINE + 1);
                let text = String::from_utf8_lossy(&mail).replace("\r\n", "");
                prop_assert!(!odd && !text.contains(['\r', '\n']));
            }
        }
    }
}
