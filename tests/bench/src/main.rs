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
use crate::parts::Run;

/// Measures Leadstream and says which goals are met
#[derive(Debug, Parser)]
struct CommandLine {
    #[command(subcommand)]
    part: Option<Part>,
    /// Writes goals and figures to a file
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    /// The median of 3 instead of 5
    #[arg(long, global = true)]
    quick: bool,
    /// Measures the programs as they are, without building them first
    #[arg(long, global = true)]
    no_build: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum Part {
    /// Everything (the default)
    All,
    /// Signups beside a bare server and a naive service (P1 to P4)
    Signup,
    /// From signup to mail, and backlogs (P7, P8, P11)
    Pipeline,
    /// Sending beside smtp-source, signatures, a backlog of events (P6, P11)
    Mail,
    /// Memory and start (P9, P10)
    Memory,
    /// Serves what the service is compared with
    #[command(hide = true, subcommand)]
    Baseline(Baseline),
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
    match command_line.part.clone().unwrap_or(Part::All) {
        Part::Baseline(baseline) => baseline::serve(baseline).await,
        // Ended from outside, the programs that were started have to go, too: dropping the run kills them.
        part => tokio::select! {
            measured = measure(&part, &command_line) => measured,
            ended = ended_from_outside() => ended,
        },
    }
}

async fn measure(part: &Part, command_line: &CommandLine) -> Result<(), BenchError> {
    if !command_line.no_build {
        screen::progress("building the services");
        program::build_all()?;
    }
    let mut run = Run::new(command_line.quick).await?;
    let foreign = ForeignCpu::begin()?;
    if matches!(part, Part::All | Part::Memory) {
        parts::memory(&mut run).await?;
    }
    if matches!(part, Part::All | Part::Pipeline) {
        parts::pipeline(&mut run).await?;
    }
    if matches!(part, Part::All | Part::Mail) {
        parts::mail(&mut run).await?;
    }
    if matches!(part, Part::All | Part::Signup) {
        parts::signup(&mut run).await?;
    }
    let cores = format!("{:.2} cores", foreign.cores()?);
    run.report.note("CPU that others took meanwhile", cores);
    screen::show(&run.report.table());
    command_line
        .json
        .as_deref()
        .map_or(Ok(()), |file| run.report.write(file))
}

async fn ended_from_outside() -> Result<(), BenchError> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Err(BenchError::Program("ended from outside".to_owned()))
}
