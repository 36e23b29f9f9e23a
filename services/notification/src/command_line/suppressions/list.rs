//! Suppressions as a file: CSV, or JSON lines. Both say the same, and what is written can be read again.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use contracts::SubjectKey;
use csv::StringRecord;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::suppression::{Decision, Entry, Mistake, Scope, Suppression};

/// What stands before UTF-8 that a spreadsheet wrote.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Csv,
    /// A JSON object a line
    Jsonl,
}

impl Format {
    /// What the name of a file says: JSON lines for `.jsonl` and `.ndjson`, else CSV.
    pub(super) fn of_name(path: &Path) -> Self {
        let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        match extension {
            Some(extension) if extension == "jsonl" || extension == "ndjson" => Self::Jsonl,
            _ => Self::Csv,
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    person_id: Uuid,
    scope: &'a str,
    reason: &'a str,
    source: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    decided_at: OffsetDateTime,
}

impl<'a> From<&'a Suppression> for Row<'a> {
    fn from(held: &'a Suppression) -> Self {
        Self {
            person_id: held.person_id.0,
            scope: held.scope.as_str(),
            reason: held.reason.as_str(),
            source: held.source.as_str(),
            decided_at: held.decided_at,
        }
    }
}

/// Writes suppressions one after the other.
pub(super) enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> Writer<W> {
    /// Begins; CSV has a first line that names the columns.
    pub(super) fn new(format: Format, out: W) -> io::Result<Self> {
        if format == Format::Jsonl {
            return Ok(Self::Jsonl(out));
        }
        let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        out.write_record(Entry::COLUMNS)?;
        Ok(Self::Csv(Box::new(out)))
    }

    /// Writes one.
    pub(super) fn write(&mut self, held: &Suppression) -> io::Result<()> {
        let row = Row::from(held);
        match self {
            Self::Csv(out) => Ok(out.serialize(row)?),
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, &row)?;
                out.write_all(b"\n")
            }
        }
    }

    /// Nothing is left in memory.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut out) => out.flush(),
            Self::Jsonl(mut out) => out.flush(),
        }
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) decisions: Vec<Decision>,
    /// The lines that hold none, by number, and why.
    pub(super) wrong: Vec<(usize, Mistake)>,
}

impl List {
    /// Reads a file. Empty lines say nothing; the first line may name the columns.
    pub(super) fn read(format: Format, bytes: &[u8], key: &SubjectKey, now: OffsetDateTime) -> Self {
        let mut list = Self::default();
        let mut lines = lines(bytes).peekable();
        let first = lines.next_if(|(_, line)| format == Format::Csv && line.is_ok_and(is_heading));
        let heading = match first.map(|(number, line)| (number, line.and_then(names))) {
            None => None,
            Some((_, Ok(names))) => Some(names),
            Some((number, Err(mistake))) => {
                list.wrong.push((number, mistake));
                return list;
            }
        };
        for (number, line) in lines {
            let entry = line.and_then(|line| match format {
                Format::Csv => row(line, heading.as_ref()),
                Format::Jsonl => serde_json::from_str(line).map_err(|_| Mistake::Object),
            });
            match entry.and_then(|entry: Entry| entry.decision(key, now)) {
                Ok(decision) => list.decisions.push(decision),
                Err(mistake) => list.wrong.push((number, mistake)),
            }
        }
        list
    }
}

/// The lines that say something, with their numbers.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Result<&str, Mistake>)> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let numbered = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    numbered
        .map(|(number, line)| {
            (
                number,
                str::from_utf8(line).map(str::trim).map_err(|_| Mistake::Encoding),
            )
        })
        .filter(|(_, line)| *line != Ok(""))
}

/// The cells of a line. None of ours has a line end in it, so each line stands for itself.
fn cells(line: &str) -> StringRecord {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .buffer_capacity(line.len() + 1)
        .from_reader(line.as_bytes());
    let first = reader.records().next();
    first.and_then(Result::ok).unwrap_or_default()
}

fn is_heading(line: &str) -> bool {
    let first = cells(line).get(0).map(name);
    first.is_some_and(|name| Entry::PERSON.contains(&name.as_str()))
}

/// `Email Address` → `email_address`.
fn name(cell: &str) -> String {
    cell.to_ascii_lowercase().replace([' ', '-'], "_")
}

/// The columns that a first line names.
fn names(line: &str) -> Result<StringRecord, Mistake> {
    let names: Vec<String> = cells(line).iter().map(name).collect();
    let is_ours = |name: &String| Entry::COLUMNS[1..].contains(&name.as_str());
    let are_different = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    if are_different && names[1..].iter().all(is_ours) {
        Ok(StringRecord::from(names))
    } else {
        Err(Mistake::Heading)
    }
}

fn row(line: &str, heading: Option<&StringRecord>) -> Result<Entry, Mistake> {
    let cells = cells(line);
    let usual = usual_columns(&cells);
    let columns = heading.unwrap_or(&usual);
    if cells.len() > columns.len() {
        return Err(Mistake::Columns);
    }
    cells.deserialize(Some(columns)).map_err(|_| Mistake::Columns)
}

/// Of a file that does not name its columns: those of our export, or a person and perhaps a reason.
fn usual_columns(cells: &StringRecord) -> StringRecord {
    if cells
        .get(1)
        .is_some_and(|second| Scope::from_word(second).is_some())
    {
        StringRecord::from(Entry::COLUMNS.to_vec())
    } else {
        StringRecord::from(vec!["person_id", "reason"])
    }
}

#[cfg(test)]
mod tests {
    use contracts::PersonId;
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::domain::suppression::{Reason, SuppressionSource};

    const NOW: OffsetDateTime = datetime!(2026-11-24 09:00 UTC);

    fn read(format: Format, text: &str) -> List {
        let key = SubjectKey::parse(&"ab".repeat(32)).expect("a key");
        List::read(format, text.as_bytes(), &key, NOW)
    }

    fn reasons(list: &List) -> Vec<&str> {
        list.decisions
            .iter()
            .map(|decision| decision.reason.as_str())
            .collect()
    }

    fn held() -> Vec<Suppression> {
        let one = |last: u8, scope, reason, source| Suppression {
            person_id: PersonId(Uuid::from_bytes([last; 16])),
            scope,
            reason,
            source,
            decided_at: datetime!(2025-01-02 03:04:05.000_006 UTC),
        };
        vec![
            one(1, Scope::Everything, Reason::NOT_ME, SuppressionSource::NotMe),
            one(
                2,
                Scope::Updates,
                Reason::UNSUBSCRIBED,
                SuppressionSource::Unsubscribe,
            ),
            one(3, Scope::Everything, Reason::IMPORTED, SuppressionSource::Unknown),
        ]
    }

    #[test]
    fn what_is_written_is_read_again_as_it_was() {
        for format in [Format::Csv, Format::Jsonl] {
            let mut bytes = Vec::new();
            let mut writer = Writer::new(format, &mut bytes).expect("a writer");
            for one in held() {
                writer.write(&one).expect("written");
            }
            writer.finish().expect("written");
            let list = read(format, str::from_utf8(&bytes).expect("UTF-8"));
            assert_eq!(list.wrong, []);
            let same = list.decisions.iter().zip(held()).all(|(read, held)| {
                read.place() == (held.person_id, held.scope)
                    && (&read.reason, read.source, read.decided_at)
                        == (&held.reason, held.source, Some(held.decided_at))
            });
            assert!(same && list.decisions.len() == 3, "{list:?}");
        }
    }

    #[test]
    fn lists_of_others_have_their_columns_in_any_order_or_none_named() {
        let named = read(
            Format::Csv,
            "\u{feff}Email Address,decided_at,Reason\r\nanna@example.com,2024-01-01T00:00:00Z,Spam\r\n",
        );
        assert_eq!(named.wrong, [(2, Mistake::Reason)]);
        let unnamed = read(
            Format::Csv,
            "anna@example.com,asked-by-phone\n\nben@example.com\n\"cleo@example.com\",everything,hard\n",
        );
        assert_eq!(reasons(&unnamed), ["asked-by-phone", "imported", "hard"]);
        assert_eq!(unnamed.wrong, []);
    }

    #[test]
    fn each_wrong_line_is_told_by_its_number_and_nothing_passes_for_a_heading() {
        let list = read(
            Format::Csv,
            "nobody,reason\nanna@example.com\n\nben@example.com,old-list,and more\ncleo@example.com,two words\n",
        );
        let wrong = [(1, Mistake::Person), (4, Mistake::Columns), (5, Mistake::Reason)];
        assert_eq!(list.wrong, wrong);
        assert_eq!(list.decisions.len(), 1);
        assert_eq!(
            read(Format::Csv, "email,status\nanna@example.com,active\n").wrong,
            [(1, Mistake::Heading)]
        );
        let lines =
            "{\"email\": \"anna@example.com\"}\n[]\n{\"email\": \"ben@example.com\", \"status\": 1}\n{}\n";
        let list = read(Format::Jsonl, lines);
        let wrong = [(2, Mistake::Object), (3, Mistake::Object), (4, Mistake::Object)];
        assert_eq!(list.wrong, wrong);
    }

    #[test]
    fn bytes_that_are_no_text_are_one_wrong_line() {
        let key = SubjectKey::parse(&"ab".repeat(32)).expect("a key");
        let list = List::read(Format::Csv, b"anna@example.com\n\xff\xfe\n", &key, NOW);
        assert_eq!(
            (list.decisions.len(), list.wrong),
            (1, vec![(2, Mistake::Encoding)])
        );
    }

    #[test]
    fn a_name_says_how_a_file_is_written() {
        for (name, format) in [
            ("list.jsonl", Format::Jsonl),
            ("LIST.NDJSON", Format::Jsonl),
            ("list.csv", Format::Csv),
            ("-", Format::Csv),
        ] {
            assert_eq!(Format::of_name(Path::new(name)), format, "{name}");
        }
    }

    /// What lists are made of, to be put together in any order.
    const PIECES: [&str; 22] = [
        "email",
        "person_id",
        "reason",
        "scope",
        "decided_at",
        ",",
        ",",
        ";",
        "\n",
        "\n",
        "\r\n",
        "\"",
        "\"\"",
        "anna@example.com",
        "00000000-0000-8000-8000-000000000001",
        "everything",
        "spam",
        " ",
        "\u{feff}",
        "é\u{0}\u{202e}",
        "9999-12-31T23:59:59-23:59",
        "{\"email\": \"anna@example.com\"}",
    ];

    proptest! {
        /// Catches a line that is dropped without a word, and one that is taken for two.
        #[test]
        fn every_line_is_read_or_told_by_its_number(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
            let text = pieces.concat();
            let lines = text.strip_prefix('\u{feff}').unwrap_or(&text).split('\n');
            let said = lines.filter(|line| !line.trim().is_empty()).count();
            for format in [Format::Csv, Format::Jsonl] {
                let list = read(format, &text);
                let told = list.decisions.len() + list.wrong.len();
                let has_heading = format == Format::Csv && told + 1 == said;
                let is_refused = matches!(list.wrong[..], [(_, Mistake::Heading)]);
                prop_assert!(told == said || has_heading || is_refused, "{told} of {said}: {list:?}");
                prop_assert!(list.wrong.is_sorted_by(|one, next| one.0 < next.0));
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let key = SubjectKey::parse(&"ab".repeat(32)).expect("a key");
            for format in [Format::Csv, Format::Jsonl] {
                List::read(format, &bytes, &key, NOW);
            }
        }
    }
}
