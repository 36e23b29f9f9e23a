//! The guard as a program of its own, for tests; `leadstream engine-guard` is the same function.

use std::process::ExitCode;

fn main() -> ExitCode {
    engines::guard_main(std::env::args_os().skip(1))
}
