use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use clap::{ArgGroup, Args};
use contracts::PersonId;
use kafka::{DeadLetterReader, KafkaConfig, Replayer};
use settings::exit_code;
use time::OffsetDateTime;

use super::listed::Listed;
use super::whose::Whose;
use super::{Erased, not_there, unreachable};
use crate::{Confirmation, Failure, Outcome};

/// More than so many are not replayed without being asked for twice.
const FEW: usize = 5;
/// One batch: so many letters, and at least the one that passes this size.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// Arguments of `dead-letters replay`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["numbers", "all", "since"]))]
pub struct Replay<S: Args> {
    /// Their numbers in the list
    numbers: Vec<i64>,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Those whose records came then or later, such as 2026-11-24T09:00:00Z
    #[arg(long, value_parser = settings::moment)]
    since: Option<OffsetDateTime>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    pub(super) settings: S,
}

/// How many letters were not replayed, and why.
#[derive(Debug, Default)]
struct LeftOut {
    erased: usize,
    nobody_knows_whose: usize,
    not_whole: usize,
}

impl<S: Args> Replay<S> {
    pub(super) async fn run(
        &self,
        kafka: &KafkaConfig,
        erased: impl AsyncFn(Vec<PersonId>) -> Result<Erased, Failure>,
    ) -> Outcome {
        let reader = DeadLetterReader::open(kafka)
            .await
            .map_err(|error| unreachable(&error))?;
        let listed = reader.read(|letter| Some(Listed::of(&letter))).await;
        let chosen = self.choose(listed.map_err(|error| unreachable(&error))?)?;
        let mut left_out = LeftOut::default();
        let whole = self.without_doubtful(chosen, &mut left_out);
        let wanted = without_erased(whole, &erased, &mut left_out).await?;
        self.announce(&wanted, &left_out)?;
        if self.dry_run || wanted.is_empty() {
            return Ok(());
        }
        if wanted.len() > FEW {
            let question = format!("Replay {} dead letters?", wanted.len());
            self.confirmation.ask(&question)?;
        }
        replay(kafka, &reader, wanted, &erased).await
    }

    fn choose(&self, mut listed: Vec<Listed>) -> Result<Vec<Listed>, Failure> {
        let is_listed = |number: &i64| listed.iter().any(|letter| letter.number == *number);
        if let Some(missing) = self.numbers.iter().find(|number| !is_listed(number)) {
            return Err(not_there(*missing));
        }
        listed.retain(|letter| {
            self.all
                || self.numbers.contains(&letter.number)
                || self.since.is_some_and(|since| letter.time >= since)
        });
        Ok(listed)
    }

    /// What may be an erased person's goes only to whoever looked at it and named it.
    fn without_doubtful(&self, mut letters: Vec<Listed>, left_out: &mut LeftOut) -> Vec<Listed> {
        letters.retain(|letter| {
            let is_doubtful = letter.whose == Whose::Unknown && self.numbers.is_empty();
            left_out.nobody_knows_whose += usize::from(is_doubtful);
            left_out.not_whole += usize::from(!letter.is_whole && !is_doubtful);
            letter.is_whole && !is_doubtful
        });
        letters
    }

    fn announce(&self, letters: &[Listed], left_out: &LeftOut) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.dry_run {
            for letter in letters {
                writeln!(out, "{letter}")?;
            }
            writeln!(out, "{} would be replayed", letters.len())?;
        } else if letters.is_empty() {
            writeln!(out, "nothing is replayed")?;
        }
        let reasons = [
            (left_out.erased, "about people who were erased"),
            (
                left_out.nobody_knows_whose,
                "of which nobody can tell whose they are: look, and name them",
            ),
            (
                left_out.not_whole,
                "whose value was too large for the dead letters",
            ),
        ];
        for (count, reason) in reasons.into_iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "{count} left out, {reason}")?;
        }
        Ok(())
    }
}

/// An event from before the erasure of its person must not lie in Kafka for another week.
async fn without_erased(
    mut letters: Vec<Listed>,
    erased: &impl AsyncFn(Vec<PersonId>) -> Result<Erased, Failure>,
    left_out: &mut LeftOut,
) -> Result<Vec<Listed>, Failure> {
    let person = |letter: &Listed| match letter.whose {
        Whose::Of(person) => Some(person),
        Whose::Nobodys | Whose::Unknown => None,
    };
    let people: BTreeSet<PersonId> = letters.iter().filter_map(person).collect();
    if people.is_empty() {
        return Ok(letters);
    }
    let erased = erased(people.into_iter().collect()).await?;
    let is_erased = |letter: &Listed| {
        let at = person(letter).and_then(|person| erased.get(&person));
        at.is_some_and(|at| letter.happened <= *at)
    };
    let before = letters.len();
    letters.retain(|letter| !is_erased(letter));
    left_out.erased += before - letters.len();
    Ok(letters)
}

/// Batch after batch; who was erased is asked once more, as somebody may have thought about the question for long.
async fn replay(
    kafka: &KafkaConfig,
    reader: &DeadLetterReader,
    letters: Vec<Listed>,
    erased: &impl AsyncFn(Vec<PersonId>) -> Result<Erased, Failure>,
) -> Outcome {
    let replayer = Replayer::new(kafka).map_err(|error| unreachable(&error))?;
    let (mut replayed, mut failed, mut left_out) = (0, 0, LeftOut::default());
    for batch in batches(letters) {
        let batch = without_erased(batch, erased, &mut left_out).await?;
        let numbers = batch.iter().map(|letter| letter.number).collect();
        let taken = reader.take(&numbers).await.map_err(|error| unreachable(&error))?;
        let (sent, unsent): (Vec<_>, Vec<_>) =
            replayer.replay(&taken).await.into_iter().partition(Result::is_ok);
        (replayed, failed) = (replayed + sent.len(), failed + unsent.len());
        if failed > 0 {
            break;
        }
    }
    replayer.close(CLOSE_DEADLINE).await;
    writeln!(io::stdout(), "{replayed} replayed")?;
    if left_out.erased > 0 {
        writeln!(
            io::stdout(),
            "{} left out, about people who were erased meanwhile",
            left_out.erased
        )?;
    }
    if failed > 0 {
        let words = "Kafka did not take all of them: what is left in the list can be replayed again";
        return Err(Failure::new(exit_code::UNAVAILABLE, words));
    }
    Ok(())
}

fn batches(letters: Vec<Listed>) -> Vec<Vec<Listed>> {
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        let fits = |last: &&mut Vec<Listed>| last.len() < BATCH && bytes < BATCH_BYTES;
        let size = letter.bytes;
        match batches.last_mut().filter(fits) {
            Some(last) => {
                bytes += size;
                last.push(letter);
            }
            None => {
                bytes = size;
                batches.push(vec![letter]);
            }
        }
    }
    batches
}
