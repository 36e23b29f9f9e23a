//! `notification dkim generate` and `notification dkim records`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use program::{Failure, Outcome};
use secrecy::ExposeSecret;
use settings::exit_code;

use crate::config::DkimArgs;
use crate::mail::dkim::{self, Key, KeyAlgorithm, Keys, Record};
use crate::mail::host_name::is_host_name;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make keys in a folder, with the file that names them, and print what DNS has to say of them
    Generate(Generate),
    /// Print what DNS has to say of the keys in use
    Records(DkimArgs),
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// Where dkim.toml and the keys lie; keys that are added to others there do not sign until they are made active
    folder: PathBuf,
    /// The domain of MAIL_FROM
    #[arg(long, value_parser = host_name)]
    domain: String,
    /// What the names of the keys begin with; -rsa or -ed25519 follows
    #[arg(long, value_parser = host_name)]
    selector: String,
    /// Only this kind of key
    #[arg(long, value_enum)]
    algorithm: Option<KeyAlgorithm>,
}

pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Generate(generate) => make(generate),
        Command::Records(args) => print(args.required()?.records()),
    }
}

fn make(generate: &Generate) -> Outcome {
    let file = generate.folder.join("dkim.toml");
    let is_first = !file.exists();
    if !is_first {
        check_domain(&file, &generate.domain)?;
    }
    fs::create_dir_all(&generate.folder)?;
    let mut entries = String::new();
    if is_first {
        entries = format!("domain = \"{}\"\n", generate.domain);
    }
    let mut records = Vec::new();
    for algorithm in generate.algorithms() {
        let selector = format!("{}-{}", generate.selector, algorithm.as_str());
        let name = format!("{selector}.pem");
        let key = write_key(&generate.folder.join(&name), algorithm)?;
        records.push(Record::of(&selector, &generate.domain, &key));
        entries.push_str(&dkim::entry(&selector, &name, is_first));
    }
    let mut list = File::options().append(true).create(true).open(&file)?;
    list.write_all(entries.as_bytes())?;
    print(records.into_iter())
}

impl Generate {
    /// RSA first: a verifier that knows one kind only takes the first signature for ours.
    fn algorithms(&self) -> Vec<KeyAlgorithm> {
        match self.algorithm {
            Some(algorithm) => vec![algorithm],
            None => vec![KeyAlgorithm::Rsa, KeyAlgorithm::Ed25519],
        }
    }
}

fn check_domain(file: &Path, domain: &str) -> Outcome {
    let Keys { domain: others, .. } = dkim::read(file).map_err(usage)?;
    if others == domain {
        return Ok(());
    }
    Err(usage(format!(
        "{} is for {others}, not for {domain}",
        file.display()
    )))
}

/// Never over one that is there: mails that are under way were signed with it.
fn write_key(path: &Path, algorithm: KeyAlgorithm) -> Result<Key, Failure> {
    let pem = Key::make(algorithm).map_err(|error| Failure::new(exit_code::UNAVAILABLE, error))?;
    let key = Key::parse(pem.expose_secret().as_bytes())
        .map_err(|error| Failure::new(exit_code::SOFTWARE, error))?;
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| usage(format!("cannot write {}: {error}", path.display())))?;
    file.write_all(pem.expose_secret().as_bytes())?;
    file.sync_all()?;
    Ok(key)
}

fn print(records: impl Iterator<Item = Record>) -> Outcome {
    for record in records {
        writeln!(io::stdout(), "{record}")?;
    }
    Ok(())
}

fn host_name(text: &str) -> Result<String, &'static str> {
    let text = text.to_ascii_lowercase();
    if is_host_name(&text) {
        Ok(text)
    } else {
        Err("must be a name that DNS knows, such as course.example or s2027")
    }
}

fn usage(words: impl std::fmt::Display) -> Failure {
    Failure::new(exit_code::USAGE, words)
}
