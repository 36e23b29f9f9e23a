//! What a command is given to read: a file, or `-` for standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use program::Failure;
use settings::exit_code;

/// More than any mail system takes; what follows says nothing of interest.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Everything that is there.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(BYTES_MAX).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::new(
            exit_code::USAGE,
            format!("cannot read {}: {error}", path.display()),
        )
    })?;
    Ok(bytes)
}
