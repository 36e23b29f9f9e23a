//! How fast Leadstream is, beside baselines of the same run. See the README.

mod baseline;
mod body;
mod error;
mod foreign;
mod load;
mod parts;
mod postfix;
mod processes;
mod program;
mod report;
mod screen;
mod services;
mod sink;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::baseline::Baseline;
use crate::error::BenchError;
use crate::foreign::ForeignCpu;
use crate::parts::{Run, Thoroughness};
use crate::report::Report;

/// Measures Leadstream and says which goals are met
#[derive(Debug, Parser)]
struct CommandLine {
    #[command(subcommand)]
    what: Option<What>,
    /// Writes goals and figures to a file
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    /// The median of 3 instead of 5
    #[arg(long, global = true)]
    quick: bool,
    /// Costs up to ten million leads, memory over ten minutes
    #[arg(long, global = true)]
    long: bool,
    /// Measures the programs as they are, without building them first
    #[arg(long, global = true)]
    no_build: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Everything (the default)
    All,
    #[command(flatten)]
    Part(Part),
    /// Serves what the service is compared with
    #[command(hide = true, subcommand)]
    Baseline(Baseline),
}

/// What is measured by itself, on engines of its own.
#[derive(Debug, Clone, Copy, Subcommand)]
enum Part {
    /// Signups beside a bare server and a naive service (P1 to P4)
    Signup,
    /// From signup to mail, and backlogs (P7, P8, P11)
    Pipeline,
    /// Sending beside smtp-source, signatures, a backlog of events (P6, P11)
    Mail,
    /// Memory and start (P9, P10)
    Memory,
    /// What a signup costs beside a million leads (P5)
    Cost,
}

impl Part {
    const ALL: [Self; 5] = [Self::Signup, Self::Memory, Self::Pipeline, Self::Mail, Self::Cost];
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(BenchError::from)
        .and_then(|runtime| runtime.block_on(run(command_line)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            screen::progress(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(command_line: CommandLine) -> Result<(), BenchError> {
    let parts = match command_line.what.clone().unwrap_or(What::All) {
        What::Baseline(baseline) => return baseline::serve(baseline).await,
        What::All => Part::ALL.to_vec(),
        What::Part(part) => vec![part],
    };
    // Ended from outside, the programs that were started have to go, too: dropping the run kills them.
    tokio::select! {
        measured = measure(&parts, &command_line) => measured,
        ended = ended_from_outside() => ended,
    }
}

async fn measure(parts: &[Part], command_line: &CommandLine) -> Result<(), BenchError> {
    if !command_line.no_build {
        screen::progress("building the services");
        program::build_all()?;
    }
    let how = Thoroughness {
        is_quick: command_line.quick,
        is_long: command_line.long,
    };
    let mut report = Report::default();
    let foreign = ForeignCpu::begin()?;
    for part in parts {
        let mut run = Run::new(how, report).await?;
        match part {
            Part::Signup => parts::signup(&mut run).await?,
            Part::Cost => parts::cost(&mut run).await?,
            Part::Memory => parts::memory(&mut run).await?,
            Part::Pipeline => parts::pipeline(&mut run).await?,
            Part::Mail => parts::mail(&mut run).await?,
        }
        report = run.report;
    }
    let cores = format!("{:.2} cores", foreign.cores()?);
    report.note("CPU that others took meanwhile", cores);
    screen::show(&report.table());
    command_line
        .json
        .as_deref()
        .map_or(Ok(()), |file| report.write(file))
}

async fn ended_from_outside() -> Result<(), BenchError> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Err(BenchError::Program("ended from outside".to_owned()))
}
