//! The programs of the release before this one.

use std::path::PathBuf;

/// Names the folder that `signup`, `enquiry` and `notification` of the previous release lie in.
const SETTING: &str = "LEADSTREAM_PREVIOUS_RELEASE";

/// The folder of the previous release's programs. `None`, said aloud, where none is named: this tree's own stand for them.
///
/// # Panics
/// When a program is missing there.
#[expect(clippy::print_stdout, reason = "whoever reads the tests' output shall know")]
#[expect(clippy::disallowed_methods, reason = "a setting of tests, read nowhere else")]
pub fn previous_release() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(SETTING).map(PathBuf::from) else {
        println!("{SETTING} names no folder: this tree's own programs stand for the previous release");
        return None;
    };
    for name in ["signup", "enquiry", "notification"] {
        assert!(
            folder.join(name).is_file(),
            "{SETTING}: no {name} in {}",
            folder.display()
        );
    }
    Some(folder)
}
