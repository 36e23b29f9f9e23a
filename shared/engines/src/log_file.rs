use std::fs::{self, File};
use std::path::Path;

use crate::EngineError;
use crate::error::Doing as _;

/// How much of a log an error quotes, in lines.
const QUOTED: usize = 3;

/// Goes on with a log file.
pub(crate) fn append(path: &Path) -> Result<File, EngineError> {
    let doing = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).doing(doing)?;
    }
    File::options().create(true).append(true).open(path).doing(doing)
}

/// Begins a log file, keeping the one of the run before as `<name>.1`.
pub(crate) fn begin(path: &Path) -> Result<File, EngineError> {
    if path.exists() {
        fs::rename(path, path.with_extension("log.1")).doing(|| format!("cannot move {}", path.display()))?;
    }
    append(path)
}

/// The last words of a log, to be quoted in an error, and where to read more.
pub(crate) fn last_words(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| tells_something(line))
        .collect();
    let tail = &lines[lines.len().saturating_sub(QUOTED)..];
    format!("{} (all of it: {})", tail.join(" | "), path.display())
}

/// The frames of a Java stack trace say nothing to the reader of an error.
fn tells_something(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("at ")
}
