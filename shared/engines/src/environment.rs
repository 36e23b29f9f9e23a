//! The one place of this crate that reads the environment: it says where this machine keeps its tools, which is
//! not a setting of Leadstream.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub(crate) struct Environment {
    path: Vec<PathBuf>,
    /// `LEADSTREAM_PG_BIN`: the folder with `postgres` and `initdb`, when it is not where one expects it.
    pub(crate) postgres_bin: Option<PathBuf>,
    pub(crate) java_home: Option<PathBuf>,
    /// Where downloads are kept for all checkouts of this user.
    pub(crate) cache: Option<PathBuf>,
}

impl Environment {
    pub(crate) fn read() -> Environment {
        // The XDG specification asks to ignore a relative folder.
        let cache = folder("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
        let cache = cache.or_else(|| Some(folder("HOME")?.join(".cache")));
        Environment {
            path: split_path(),
            postgres_bin: folder("LEADSTREAM_PG_BIN"),
            java_home: folder("JAVA_HOME"),
            cache: cache.map(|cache| cache.join("leadstream")),
        }
    }

    /// The first file of this name on the search path.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .map(|folder| folder.join(program))
            .find(|file| file.is_file())
    }

    /// `PATH` as it is, for the engines.
    pub(crate) fn path(&self) -> OsString {
        env::join_paths(&self.path).unwrap_or_default()
    }

    pub(crate) fn search_path(&self) -> impl Iterator<Item = &Path> {
        self.path.iter().map(PathBuf::as_path)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tools are found by the machine's own variables"
)]
fn split_path() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

#[expect(
    clippy::disallowed_methods,
    reason = "tools are found by the machine's own variables"
)]
fn folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
