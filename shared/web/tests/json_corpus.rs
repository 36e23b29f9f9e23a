//! Real bad JSON, where `LEADSTREAM_CORPORA` names the folder that holds it.
#![expect(
    clippy::disallowed_methods,
    reason = "a test has no settings: the corpora's folder comes by environment"
)]

use serde_json::Value;
use std::path::PathBuf;

/// JSON by its grammar, and refused all the same.
const COMES_TWICE: &str = "y_object_duplicated_key.json";

#[test]
fn every_file_is_read_or_refused_as_its_name_says() {
    let Some(folder) = std::env::var_os("LEADSTREAM_CORPORA") else {
        println!("skipped: LEADSTREAM_CORPORA is not set");
        return;
    };
    let folder = PathBuf::from(folder).join("http-abuse/json");
    let mut checked = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let read = web::parse_json::<Value>(&std::fs::read(&path).expect("a file"));
        if let Err(problem) = &read {
            assert!(problem.status.is_client_error(), "{name}: {problem}");
        }
        checked += 1;
        let expected = match name.as_bytes()[0] {
            b'y' => Some(name != COMES_TWICE),
            b'n' => Some(false),
            _ => None,
        };
        if expected.is_some_and(|expected| expected != read.is_ok()) {
            wrong.push(name);
        }
    }
    assert!(checked > 100, "only {checked} files");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
