//! CPU that others took while we measured: figures of a busy machine are to be read with care.

use std::time::Instant;

use crate::error::BenchError;
use crate::processes::{Processes, machine_cpu};

/// Counts from its making on.
#[derive(Debug)]
pub struct ForeignCpu {
    begin: Instant,
    machine: f64,
    own: f64,
}

impl ForeignCpu {
    /// Begins to count.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn begin() -> Result<Self, BenchError> {
        Ok(Self {
            begin: Instant::now(),
            machine: machine_cpu()?,
            own: own_cpu()?,
        })
    }

    /// Cores that processes not of this run have used on average.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn cores(&self) -> Result<f64, BenchError> {
        let foreign = (machine_cpu()? - self.machine) - (own_cpu()? - self.own);
        Ok((foreign / self.begin.elapsed().as_secs_f64()).max(0.0))
    }
}

fn own_cpu() -> Result<f64, BenchError> {
    Ok(Processes::read()?.cpu_of_tree(std::process::id()))
}
