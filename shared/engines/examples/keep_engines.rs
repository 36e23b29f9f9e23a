//! Starts both engines on the data directory given and keeps them until this process ends, in whatever way.
//!
//! `cargo run -p engines --example keep_engines -- target/example-engines target/debug/engine-guard`

use std::io::{Read as _, stdin};
use std::path::PathBuf;
use std::process::Command;

use engines::{EngineError, EngineSpec};

#[expect(clippy::print_stdout, reason = "this is what a person, or a test, reads")]
fn main() -> Result<(), EngineError> {
    let mut args = std::env::args_os().skip(1);
    let data_dir: PathBuf = args
        .next()
        .unwrap_or_else(|| "target/example-engines".into())
        .into();
    let guard = args.next().unwrap_or_else(|| "target/debug/engine-guard".into());
    let spec = EngineSpec {
        data_dir,
        postgres: true,
        kafka: args.next().is_none_or(|only| only != "--postgres"),
    };

    let running = engines::start(&spec, Command::new(guard), |text| println!("{text}"))?;
    println!("running: {:?}", running.engines());
    let _end_of_input = stdin().read_to_end(&mut Vec::new());
    running.stop();
    println!("stopped");
    Ok(())
}
