//! Real cases, from the folder that `LEADSTREAM_CORPORA` names.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test has no settings: the corpora's folder comes by environment, and a skip is said aloud"
)]

use std::path::PathBuf;

/// A file of the corpora; none, said aloud, where there are no corpora.
pub fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LEADSTREAM_CORPORA");
    if folder.is_none() {
        println!("skipped: LEADSTREAM_CORPORA is not set");
    }
    Some(PathBuf::from(folder?).join(name))
}

/// The rows of a list, each as a map from column to value.
pub fn rows(name: &str) -> Option<Vec<std::collections::HashMap<String, String>>> {
    let mut reader = csv::Reader::from_path(path(name)?).expect("the list can be read");
    Some(reader.deserialize().map(|row| row.expect("a row")).collect())
}
