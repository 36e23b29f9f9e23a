//! What a command is given to read: a file, or `-` for standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use program::Failure;
use settings::exit_code;

/// More than any mail system takes; what follows says nothing of interest.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Everything that is there, of a mail its beginning.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_most(path, BYTES_MAX)
}

/// Everything that is there, or a failure if that is more than a command reads.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read_most(path, BYTES_MAX + 1)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= BYTES_MAX) {
        return Ok(bytes);
    }
    let words = format!(
        "{} has more than {} MiB: give it in parts",
        path.display(),
        BYTES_MAX >> 20
    );
    Err(Failure::new(exit_code::USAGE, words))
}

fn read_most(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::new(
            exit_code::USAGE,
            format!("cannot read {}: {error}", path.display()),
        )
    })?;
    Ok(bytes)
}
